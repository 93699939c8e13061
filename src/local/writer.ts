/**
 * A client that writes increasing numbers and follows the master by `GET /masters/{name}` alone: what an application
 * would see of a failover. It remembers what was acknowledged, so that what was lost can be counted.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Address } from '../core/model.ts';

/** Where it pushes its numbers, if not told otherwise. */
const KEY = 'lambda-sentinel:writes';
const WRITE_TIMEOUT_MS = 1000;
const BETWEEN_WRITES_MS = 2;
/** How soon the address is asked for again while writes fail. */
const RESOLVE_MS = 50;

export interface WriterOptions {
  /** A list of its own. */
  readonly key?: string;
  /** @default 2 */
  readonly betweenWritesMs?: number;
  /** @default 50, always */
  readonly resolveAfterMs?: () => number;
}

export interface Acknowledged {
  readonly number: number;
  /** Wall clock, in milliseconds and fractions of them. */
  readonly at: number;
  readonly address: string;
}

export class Writer {
  readonly #url: string;
  readonly #options: Required<WriterOptions>;
  readonly #ending = new AbortController();
  readonly #acknowledged: Acknowledged[] = [];
  #failed = 0;
  #connection: { readonly redis: Redis; readonly address: string } | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(readUrl: string, name: string, options: WriterOptions = {}) {
    this.#url = `${readUrl}/masters/${name}`;
    const { key = KEY, betweenWritesMs = BETWEEN_WRITES_MS, resolveAfterMs = () => RESOLVE_MS } = options;
    this.#options = { key, betweenWritesMs, resolveAfterMs };
  }

  start(): void {
    this.#loop = this.#run();
  }

  async end(): Promise<void> {
    this.#ending.abort();
    this.#connection?.redis.disconnect();
    await this.#loop;
  }

  get acknowledged(): readonly Acknowledged[] {
    return this.#acknowledged;
  }

  /** Attempts that got no acknowledgement. */
  get failed(): number {
    return this.#failed;
  }

  /** How many acknowledged writes the node does not hold. */
  async lostAt(node: Address): Promise<number> {
    const redis = connect(node);
    try {
      const held = new Set(await redis.lrange(this.#options.key, 0, -1));
      return this.#acknowledged.filter(({ number }) => !held.has(String(number))).length;
    } finally {
      redis.disconnect();
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    const { key, betweenWritesMs, resolveAfterMs } = this.#options;
    for (let number = 1; !signal.aborted; number++) {
      try {
        const { redis, address } = await this.#connected();
        await redis.rpush(key, number);
        this.#acknowledged.push({ number, at: wallClock(), address });
        await pause(betweenWritesMs, signal);
      } catch {
        if (signal.aborted) return;
        this.#failed += 1; // counted, and told by the demo: the reason is the failover under way
        this.#connection?.redis.disconnect();
        this.#connection = undefined;
        await pause(resolveAfterMs(), signal);
      }
    }
  }

  async #connected() {
    if (this.#connection) return this.#connection;
    const reply = await fetch(this.#url, {
      headers: { accept: 'text/plain' },
      signal: AbortSignal.any([this.#ending.signal, AbortSignal.timeout(WRITE_TIMEOUT_MS)]),
    });
    if (!reply.ok) throw new Error(`${this.#url} answers ${reply.status}`);
    const address = (await reply.text()).trim();
    const [host = '', port] = address.split(':');
    const redis = connect({ host, port: Number(port) });
    this.#connection = { redis, address };
    await redis.connect();
    return this.#connection;
  }
}

function connect({ host, port }: Address): Redis {
  const redis = new Redis({
    host,
    port,
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    commandTimeout: WRITE_TIMEOUT_MS,
    connectTimeout: WRITE_TIMEOUT_MS,
  });
  redis.on('error', () => {}); // told by the command that fails
  return redis;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {}); // ending: do not wait
}

function wallClock(): number {
  return performance.timeOrigin + performance.now();
}
