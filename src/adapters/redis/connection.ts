/** One TCP or TLS connection that never reconnects, never resends and queues nothing: ioredis, held to that. */
import { TLSSocket } from 'node:tls';
import { Redis, ReplyError } from 'ioredis';
import { printable } from '../../core/info.ts';
import { connectorTo, type Target } from './connector.ts';
import { readFailure } from './failures.ts';
import type { Reply } from './replies.ts';
import type { Wire, WireEvents } from './wire.ts';
import './stray-replies.ts';

export class Connection implements Wire {
  readonly #redis: Redis;
  #error: Error | undefined;

  constructor(target: Target, { onReady, onEnd }: WireEvents) {
    this.#redis = new Redis({
      Connector: connectorTo(target),
      ...(target.tls && { tls: target.tls }),
      connectTimeout: target.connectTimeoutMs,
      protocol: 2,
      lazyConnect: true,
      enableReadyCheck: false,
      retryStrategy: null,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      disableClientInfo: true,
    });
    this.#redis.on('error', (error: Error) => {
      this.#error ??= error;
      this.reset();
    });
    this.#redis.on('ready', onReady);
    this.#redis.on('end', () => onEnd(readFailure(this.#error)));
    this.#redis.connect().catch(() => {}); // says less than the 'error' and 'end' events that come with it
  }

  get open(): boolean {
    return this.#redis.status === 'ready' && this.#redis.stream.writable;
  }

  /** An IPv4 address is written as one on an IPv6 socket too. */
  get ip(): string | undefined {
    const stream = this.#redis.stream as Redis['stream'] | undefined;
    return stream?.remoteAddress?.replace(/^::ffff:/i, '');
  }

  send(commands: readonly (readonly string[])[]): Promise<Reply>[] {
    const { stream } = this.#redis;
    stream?.cork();
    const replies = commands.map(([name = '', ...args]) =>
      this.#redis.call(name, ...args).then(value, noValue),
    );
    stream?.uncork();
    return replies;
  }

  reset(): void {
    const stream = this.#redis.stream as Redis['stream'] | undefined;
    if (!stream) this.#redis.disconnect();
    // resetAndDestroy would wait for a pending connect, and knows no TLS. There, only what was written can be read
    // late, and EXEC is not written before the last check.
    else if (stream.connecting || stream instanceof TLSSocket) stream.destroy();
    else if (!stream.destroyed) stream.resetAndDestroy();
  }
}

function value(reply: unknown): Reply {
  return { kind: 'value', value: reply };
}

function noValue(error: unknown): Reply {
  const message = printable((error as Error).message);
  return error instanceof ReplyError ? { kind: 'error', message } : { kind: 'lost', reason: message };
}
