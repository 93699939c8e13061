/** Asks every node for its role, by no door, about fifty times a second: how long none said master, and how long two. */
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Address } from '../../src/core/model.ts';

const EVERY_MS = 20;
/** A node whose last answer is older takes no write. */
const FRESH_MS = 100;
/** This process was kept from running, and cannot tell what happened meanwhile. */
const STALLED_MS = 100;

export interface Watched {
  /** Without a node that answers and says master. */
  readonly withoutMasterMs: number;
  readonly twoMastersMs: number;
}

interface Answer {
  readonly role: unknown;
  readonly at: number;
}

export class RoleWatch {
  readonly #ending = new AbortController();
  readonly #answers = new Map<number, Answer>();
  readonly #loops: Promise<unknown>;
  #withoutMasterMs = 0;
  #twoMastersMs = 0;

  constructor(nodes: readonly Address[]) {
    this.#loops = Promise.all([...nodes.map(({ port }) => this.#ask(port)), this.#count(nodes.length)]);
  }

  async end(): Promise<Watched> {
    this.#ending.abort();
    await this.#loops;
    return {
      withoutMasterMs: Math.round(this.#withoutMasterMs),
      twoMastersMs: Math.round(this.#twoMastersMs),
    };
  }

  async #ask(port: number): Promise<void> {
    const { signal } = this.#ending;
    let client: Redis | undefined;
    while (!signal.aborted) {
      try {
        client ??= await connected(port);
        const [role] = (await client.role()) as unknown[];
        this.#answers.set(port, { role, at: performance.now() });
      } catch {
        // killed or hung: that it does not answer is what is counted
        client?.disconnect();
        client = undefined;
      }
      await pause(signal);
    }
    client?.disconnect();
  }

  async #count(nodes: number): Promise<void> {
    const { signal } = this.#ending;
    let before = performance.now();
    while (!signal.aborted) {
      await pause(signal);
      const now = performance.now();
      const passedMs = now - before;
      before = now;
      if (passedMs > STALLED_MS || this.#answers.size < nodes) continue;
      const masters = [...this.#answers.values()].filter(
        ({ role, at }) => role === 'master' && now - at < FRESH_MS,
      );
      if (masters.length === 0) this.#withoutMasterMs += passedMs;
      if (masters.length > 1) this.#twoMastersMs += passedMs;
    }
  }
}

async function connected(port: number): Promise<Redis> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    protocol: 2,
    enableReadyCheck: false,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    connectTimeout: 500,
    commandTimeout: 500,
  });
  client.on('error', () => {}); // told by the command that fails
  await client.connect();
  return client;
}

async function pause(signal: AbortSignal): Promise<void> {
  await wait(EVERY_MS, undefined, { signal }).catch(() => {}); // ending: do not wait
}
