/** A client that sends bytes and keeps every reply with its type, so that two servers can be compared to the letter. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { until } from '../../src/local/until.ts';

export type Value =
  | string
  | number
  | null
  | readonly Value[]
  | { readonly simple: string }
  | { readonly error: string }
  | { readonly verbatim: string }
  | { readonly double: string }
  | { readonly nullArray: true }
  | { readonly set: readonly Value[] }
  | { readonly push: readonly Value[] }
  | { readonly map: readonly (readonly [Value, Value])[] };

const ANSWERED_MS = 15_000;

export class WireClient {
  readonly socket: Socket;
  /** Replies and pushes that nobody has taken yet. */
  readonly received: Value[] = [];
  closed = false;
  #rest = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => {}); // told by `closed`
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async to(port: number, tls?: ConnectionOptions): Promise<WireClient> {
    const socket = tls
      ? connectTls({ host: '127.0.0.1', port, ...tls })
      : connect({ host: '127.0.0.1', port });
    const client = new WireClient(socket);
    await once(socket, tls ? 'secureConnect' : 'connect');
    return client;
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  send(...words: readonly string[]): void {
    this.write(request(words));
  }

  async ask(...words: readonly string[]): Promise<Value> {
    this.send(...words);
    return this.next(words.join(' '));
  }

  async next(what = 'a reply'): Promise<Value> {
    await until(what, () => this.received.length > 0 || this.closed, { timeoutMs: ANSWERED_MS, everyMs: 2 });
    const value = this.received.shift();
    if (value === undefined) throw new Error(`${what}: the connection was closed`);
    return value;
  }

  async untilClosed(): Promise<void> {
    await until('the end of the connection', () => this.closed, { timeoutMs: ANSWERED_MS });
  }

  end(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const read = readValue(this.#rest, 0);
      if (!read) return;
      this.received.push(read.value);
      this.#rest = this.#rest.subarray(read.end);
    }
  }
}

export function request(words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`);
}

/** The words of a RESP2 array of names and values in turn, or of a map. */
export function entriesOf(value: Value): readonly (readonly [string, Value])[] {
  if (isKind(value, 'map')) return value.map.map(([name, one]) => [String(name), one]);
  const flat = value as readonly Value[];
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), flat[i + 1] ?? null] as const] : []));
}

export function fieldsOf(value: Value): Readonly<Record<string, Value>> {
  return Object.fromEntries(entriesOf(value));
}

export function isKind<K extends string>(
  value: Value,
  kind: K,
): value is Extract<Exclude<Value, readonly Value[]>, { readonly [k in K]: unknown }> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && kind in value;
}

interface Read {
  readonly value: Value;
  readonly end: number;
}

function readValue(bytes: Buffer, start: number): Read | undefined {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd === -1) return undefined;
  const sign = String.fromCharCode(bytes[start] ?? 0);
  const line = bytes.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (sign) {
    case '+':
      return { value: { simple: line }, end };
    case '-':
      return { value: { error: line }, end };
    case ':':
      return { value: Number(line), end };
    case ',':
      return { value: { double: line }, end };
    case '_':
      return { value: null, end };
    case '$':
    case '=': {
      if (line === '-1') return { value: null, end };
      const after = end + Number(line);
      if (bytes.length < after + 2) return undefined;
      const text = bytes.toString('utf8', end, after);
      return { value: sign === '=' ? { verbatim: text } : text, end: after + 2 };
    }
    case '*':
      if (line === '-1') return { value: { nullArray: true }, end };
      return readItems(bytes, end, Number(line), (items) => items);
    case '~':
      return readItems(bytes, end, Number(line), (items) => ({ set: items }));
    case '>':
      return readItems(bytes, end, Number(line), (items) => ({ push: items }));
    case '%':
      return readItems(bytes, end, 2 * Number(line), (items) => ({
        map: items.flatMap((name, i) => (i % 2 === 0 ? [[name, items[i + 1] ?? null] as const] : [])),
      }));
    default:
      throw new Error(`no reply begins with ${JSON.stringify(sign)}`);
  }
}

function readItems(
  bytes: Buffer,
  start: number,
  count: number,
  as: (items: Value[]) => Value,
): Read | undefined {
  const items: Value[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const read = readValue(bytes, at);
    if (!read) return undefined;
    items.push(read.value);
    at = read.end;
  }
  return { value: as(items), end: at };
}
