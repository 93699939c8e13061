/**
 * Requests out of a stream of bytes, however it is cut: arrays of bulk strings, or inline lines. What is held is never
 * more than one request that is allowed and what arrived behind it.
 */
import { splitInline } from './inline.ts';

export type Parsed =
  | { readonly kind: 'request'; readonly words: readonly Buffer[] }
  | { readonly kind: 'incomplete' }
  /** The stream cannot be read on: `message` is Redis' own, without `-ERR `. */
  | { readonly kind: 'malformed'; readonly message: string };

export interface Limits {
  readonly words: number;
  /** Of one word. */
  readonly bytes: number;
}

/** Of a client that has not told who it is; as in Redis. */
export const STRANGERS: Limits = { words: 10, bytes: 16_384 };
export const CLIENTS: Limits = { words: 1024, bytes: 65_536 };

/** All words of one request together. */
const REQUEST_BYTES_MAX = 131_072;
const LINE_BYTES_MAX = 65_536;
const CAPACITY_MIN = 256;
const EMPTY = Buffer.alloc(0);
const [LF, CR, STAR, DOLLAR] = [10, 13, 42, 36];

export class RequestParser {
  #buffer: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  /** Up to where no end of line was found. */
  #searched = 0;
  #words: Buffer[] = [];
  #wanted: number | undefined;
  #length: number | undefined;
  #bytes = 0;
  #malformed: string | undefined;

  /** Whether a request was begun that has not ended. */
  get midway(): boolean {
    return this.#wanted !== undefined || this.#end > this.#start;
  }

  get bufferedBytes(): number {
    return this.#end - this.#start + this.#bytes;
  }

  push(chunk: Buffer): void {
    if (this.#malformed !== undefined) return;
    this.#makeRoom(chunk.length);
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  next(limits: Limits): Parsed {
    for (;;) {
      if (this.#malformed !== undefined) return { kind: 'malformed', message: this.#malformed };
      const parsed = this.#wanted === undefined ? this.#begin(limits) : this.#word(limits);
      if (parsed) return parsed;
    }
  }

  /** The first line of a request. @returns undefined to go on */
  #begin(limits: Limits): Parsed | undefined {
    if (this.#start === this.#end) return this.#incomplete();
    const isArray = this.#buffer[this.#start] === STAR;
    const line = this.#line(isArray ? 'too big mbulk count string' : 'too big inline request');
    if (line === undefined) return this.#incomplete();
    if (!isArray) return this.#inline(line, limits);
    const count = readLength(line.subarray(1));
    if (count === undefined || count > limits.words) {
      const known = count !== undefined && count <= CLIENTS.words;
      return this.#fail(known ? 'unauthenticated multibulk length' : 'invalid multibulk length');
    }
    if (count > 0) this.#wanted = count;
    return undefined;
  }

  #inline(line: Buffer, limits: Limits): Parsed | undefined {
    const words = splitInline(line.toString('latin1'));
    if (!words) return this.#fail('unbalanced quotes in request');
    if (words.length > limits.words) return this.#fail('too many words in an inline request');
    if (words.length === 0) return undefined;
    return { kind: 'request', words: words.map((word) => Buffer.from(word, 'latin1')) };
  }

  /** One word of an array. @returns undefined to go on */
  #word(limits: Limits): Parsed | undefined {
    if (this.#length === undefined) {
      if (this.#start === this.#end) return this.#incomplete();
      const first = this.#buffer[this.#start] ?? 0;
      if (first !== DOLLAR) return this.#fail(`expected '$', got '${printable(first)}'`);
      const line = this.#line('too big bulk count string');
      if (line === undefined) return this.#incomplete();
      const length = readLength(line.subarray(1));
      if (length === undefined || length < 0 || length > limits.bytes) {
        const known = length !== undefined && length >= 0 && length <= CLIENTS.bytes;
        return this.#fail(known ? 'unauthenticated bulk length' : 'invalid bulk length');
      }
      this.#bytes += length;
      if (this.#bytes > REQUEST_BYTES_MAX) return this.#fail('too big a request');
      this.#length = length;
    }
    if (this.#end - this.#start < this.#length + 2) return this.#incomplete();
    this.#words.push(Buffer.from(this.#buffer.subarray(this.#start, this.#start + this.#length)));
    this.#advance(this.#length + 2);
    this.#length = undefined;
    if (this.#words.length < (this.#wanted ?? 0)) return undefined;
    const words = this.#words;
    [this.#words, this.#wanted, this.#bytes] = [[], undefined, 0];
    return { kind: 'request', words };
  }

  /** @returns the next line without its end, or undefined when it has not arrived */
  #line(tooLong: string): Buffer | undefined {
    const at = this.#buffer.subarray(0, this.#end).indexOf(LF, Math.max(this.#start, this.#searched));
    const length = (at === -1 ? this.#end : at) - this.#start;
    if (length > LINE_BYTES_MAX) {
      this.#fail(tooLong);
      return undefined;
    }
    if (at === -1) {
      this.#searched = this.#end;
      return undefined;
    }
    const end = at > this.#start && this.#buffer[at - 1] === CR ? at - 1 : at;
    const line = this.#buffer.subarray(this.#start, end);
    this.#advance(at + 1 - this.#start);
    return line;
  }

  #incomplete(): Parsed {
    return this.#malformed === undefined
      ? { kind: 'incomplete' }
      : { kind: 'malformed', message: this.#malformed };
  }

  #fail(message: string): Parsed {
    this.#malformed = `Protocol error: ${message}`;
    this.#words = [];
    [this.#buffer, this.#start, this.#end] = [EMPTY, 0, 0];
    return { kind: 'malformed', message: this.#malformed };
  }

  #advance(bytes: number): void {
    this.#start += bytes;
    this.#searched = this.#start;
    if (this.#start < this.#end) return;
    // a thousand clients that are silent hold nothing
    [this.#start, this.#end, this.#searched] = [0, 0, 0];
    if (this.#buffer.length > CAPACITY_MIN) this.#buffer = EMPTY;
  }

  #makeRoom(bytes: number): void {
    const held = this.#end - this.#start;
    if (this.#end + bytes <= this.#buffer.length) return;
    const target =
      held + bytes <= this.#buffer.length / 2
        ? this.#buffer
        : Buffer.allocUnsafeSlow(Math.max(CAPACITY_MIN, 2 * (held + bytes)));
    this.#buffer.copy(target, 0, this.#start, this.#end);
    this.#searched = Math.max(0, this.#searched - this.#start);
    [this.#buffer, this.#start, this.#end] = [target, 0, held];
  }
}

function readLength(digits: Buffer): number | undefined {
  const text = digits.toString('latin1');
  return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function printable(byte: number): string {
  return byte > 32 && byte < 127 ? String.fromCharCode(byte) : ' ';
}
