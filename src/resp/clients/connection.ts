/**
 * One socket: bytes to requests, one request after the other to its reply. What a client can make the gateway hold is
 * bounded both ways: it is not read from while it is being answered or does not read its answers, and it is closed when
 * it lets what it is told pile up.
 */
import type { Socket } from 'node:net';
import { DEFAULT_USER } from '../acl/users.ts';
import type { Call, Command, Environment } from '../commands/command.ts';
import { answer } from '../commands/dispatch.ts';
import { encode } from '../protocol/encode.ts';
import { error, type Reply } from '../protocol/reply.ts';
import { CLIENTS, RequestParser, STRANGERS } from '../protocol/request-parser.ts';
import { Client } from './client.ts';

const HALF_SENT = 'ERR Protocol error: the request was begun and did not end in time';
const LINGER_MS = 1000;

export interface ConnectionOptions {
  readonly env: Environment;
  readonly table: ReadonlyMap<string, Command>;
  readonly outputBytesMax: number;
  /** How long a request may be half-sent, and answers unread. */
  readonly patienceMs: number;
}

export class Connection {
  readonly client: Client;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #parser = new RequestParser();
  #busy = false;
  #closing = false;
  #deadline: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: ConnectionOptions) {
    const { env } = options;
    [this.#socket, this.#options] = [socket, options];
    this.client = new Client({
      id: env.clients.nextId(),
      from: { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
      to: { host: socket.localAddress ?? '', port: socket.localPort ?? 0 },
      fd: (socket as { _handle?: { fd?: number } })._handle?.fd ?? -1,
      now: env.clock.now(),
      user: env.users.open ? DEFAULT_USER : undefined,
      send: (reply) => this.#send(reply),
      close: (after) => this.#close(after),
      unsent: () => ({ input: this.#parser.bufferedBytes, output: socket.writableLength }),
    });
    env.clients.counted.connections += 1;
    env.clients.add(this.client);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 300_000);
    socket.on('error', () => socket.destroy()); // it went away: nobody is left to be told
    socket.on('close', () => this.#ended());
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#closing) return;
    this.#options.env.clients.counted.bytesIn += chunk.length;
    this.#parser.push(chunk);
    if (!this.#busy) this.#pump().catch((thrown: Error) => this.#broken(thrown));
  }

  /** Answers what has arrived, in its order; the socket is not read from meanwhile. */
  async #pump(): Promise<void> {
    this.#busy = true;
    this.#socket.pause();
    while (!this.#closing) {
      const parsed = this.#parser.next(this.client.user === undefined ? STRANGERS : CLIENTS);
      if (parsed.kind === 'incomplete') break;
      if (parsed.kind === 'malformed') {
        this.#send(error(`ERR ${parsed.message}`));
        this.#closing = true;
        break;
      }
      this.#expectWithin(undefined);
      await this.#carryOut(parsed.words);
      if (this.#socket.writableNeedDrain) await this.#drained();
    }
    this.#busy = false;
    if (this.#closing) return this.#finish();
    // counted from its beginning: one byte now and then is no progress
    if (this.#parser.midway && !this.#deadline) this.#expectWithin(HALF_SENT);
    this.#socket.resume();
  }

  async #carryOut(raw: readonly Buffer[]): Promise<void> {
    const { env, table } = this.#options;
    const words = raw.map((word) => word.toString());
    const [name = ''] = words;
    if (/^(post|host:)$/i.test(name)) {
      // a browser that was led to this port by a page
      env.telemetry.log('warn', `closed client ${this.client.id}, which speaks HTTP`);
      this.#close(false);
      return;
    }
    const unpauses = name.toLowerCase() === 'client' && words[1]?.toLowerCase() === 'unpause';
    if (!unpauses) await env.clients.pauseOver();
    const { counted } = env.clients;
    this.client.lastAt = env.clock.now();
    counted.commands += 1;
    const call: Call = { env, client: this.client, words, raw };
    const reply = await answer(call, table);
    if (reply.kind === 'error') counted.errors += 1;
    this.client.answer(reply);
  }

  #send(reply: Reply): void {
    const { env, outputBytesMax } = this.#options;
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (this.#socket.writableLength > outputBytesMax) {
      const told = `closed client ${this.client.id}, which left ${this.#socket.writableLength} bytes unread`;
      env.telemetry.log('warn', told);
      env.clients.counted.closedSlow += 1;
      this.#close(false);
      return;
    }
    const bytes = encode(reply, this.client.version);
    env.clients.counted.bytesOut += bytes.length;
    if (bytes.length > 0) this.#socket.write(bytes);
  }

  /** Resolves when what was written has been taken, or the client is gone. */
  #drained(): Promise<void> {
    const { env } = this.#options;
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#socket.off('drain', done).off('close', done);
        resolve();
      };
      const timer = setTimeout(() => {
        env.telemetry.log('warn', `closed client ${this.client.id}, which does not read its answers`);
        env.clients.counted.closedSlow += 1;
        this.#close(false);
      }, this.#options.patienceMs);
      this.#socket.on('drain', done).on('close', done);
    });
  }

  /** @param message - what is told when no more comes in time; undefined: nothing is awaited */
  #expectWithin(message: string | undefined): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    if (message === undefined) return;
    this.#deadline = setTimeout(() => {
      this.#send(error(message));
      this.#close(true);
    }, this.#options.patienceMs);
  }

  #close(after: boolean): void {
    this.#closing = true;
    if (!after) this.#socket.destroy();
    else if (!this.#busy) this.#finish();
  }

  /** What else it sends is read and dropped: closing on unread bytes would reset the connection before the last reply. */
  #finish(): void {
    if (this.#socket.destroyed) return;
    this.#socket.end();
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #broken(thrown: Error): void {
    this.#options.env.telemetry.log('error', `client ${this.client.id}: ${thrown.message}`);
    this.#close(false);
  }

  #ended(): void {
    this.#closing = true;
    clearTimeout(this.#deadline);
    const { env } = this.#options;
    env.channels.removeAll(this.client);
    env.clients.delete(this.client);
  }
}
