/**
 * A client that asks the endpoint again and again and reads the newest number from the master it is named. An answer of
 * the endpoint must not be older than the one before it; what it reads may be, after a failover that lost writes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';

const EVERY_MS = 50;
const TIMEOUT_MS = 1000;

/** What the endpoint answers; `rev` only where there is one. */
export interface Named {
  readonly address: string;
  readonly epoch: number;
  readonly rev?: number;
}

export class Reader {
  /** The endpoint's answers that were older than one before them. */
  readonly olderAnswers: string[] = [];
  /** Numbers that were smaller than one read before. */
  readonly olderNumbers: string[] = [];
  readonly #url: string;
  readonly #ending = new AbortController();
  #key = '';
  #named: Named | undefined;
  #number = 0;
  #connection: { readonly redis: Redis; readonly address: string } | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(readUrl: string, name: string) {
    this.#url = `${readUrl}/masters/${name}`;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** From here on it reads that list. */
  follow(key: string): void {
    this.#key = key;
    this.#number = 0;
  }

  async end(): Promise<void> {
    this.#ending.abort();
    this.#connection?.redis.disconnect();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        const named = await this.#ask();
        await this.#read(named.address);
      } catch {
        // the endpoint or the master does not answer: writers count that
        this.#connection?.redis.disconnect();
        this.#connection = undefined;
      }
      await wait(EVERY_MS, undefined, { signal }).catch(() => {}); // ending: do not wait
    }
    this.#connection?.redis.disconnect();
  }

  async #ask(): Promise<Named> {
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const reply = await fetch(this.#url, { headers: { accept: 'application/json' }, signal });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${this.#url} answers ${reply.status}`);
    const named = JSON.parse(text) as Named;
    const before = this.#named;
    if (before && (named.epoch < before.epoch || (named.rev ?? 0) < (before.rev ?? 0)))
      this.olderAnswers.push(`${told(named)} after ${told(before)}`);
    this.#named = named;
    return named;
  }

  async #read(address: string): Promise<void> {
    if (this.#connection?.address !== address) {
      this.#connection?.redis.disconnect();
      this.#connection = { redis: client(address), address };
      await this.#connection.redis.connect();
    }
    const key = this.#key;
    const number = Number((await this.#connection.redis.lindex(key, -1)) ?? 0);
    if (key !== this.#key) return;
    if (number < this.#number) this.olderNumbers.push(`${number} after ${this.#number} from ${address}`);
    this.#number = number;
  }
}

function told({ address, epoch, rev }: Named): string {
  return `${address} (epoch ${epoch}, rev ${rev})`;
}

function client(address: string): Redis {
  const [host = '', port] = address.split(':');
  const redis = new Redis({
    host,
    port: Number(port),
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    commandTimeout: TIMEOUT_MS,
    connectTimeout: TIMEOUT_MS,
  });
  redis.on('error', () => {}); // told by the command that fails
  return redis;
}
