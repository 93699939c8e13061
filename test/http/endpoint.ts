/** The read endpoint over a real store whose network can be cut, and a clock that is set by hand. */
import type { Hono } from 'hono';
import { MemoryStore } from '../../src/adapters/memory/store.ts';
import type { Instant } from '../../src/core/model.ts';
import { createReadApp, type ReadAppOptions } from '../../src/http/read-app.ts';
import { type Clock, type StateStore, type Telemetry, Unavailable } from '../../src/ports.ts';

export interface Endpoint {
  readonly app: Hono;
  readonly store: MemoryStore;
  readonly clock: HandClock;
  readonly network: Network;
  /** `level message` of everything logged. */
  readonly log: string[];
}

export type EndpointOptions = Pick<ReadAppOptions, 'history' | 'pulseMs' | 'tokens' | 'waiting'>;

export function createEndpoint(options: EndpointOptions = {}): Endpoint {
  const log: string[] = [];
  const telemetry: Telemetry = { log: (level, message) => log.push(`${level} ${message}`) };
  let writes = 0;
  const store = new MemoryStore({ newWriteId: () => `w${++writes}`, telemetry });
  const network = new Network();
  const clock = new HandClock();
  const app = createReadApp({ store: network.to(store), clock, telemetry, ...options });
  return { app, store, clock, network, log };
}

export class HandClock implements Clock {
  #now: Instant = { wall: Date.UTC(2026, 10, 24, 12), mono: 1000 };

  now(): Instant {
    return this.#now;
  }

  advance({ wall = 0, mono = 0 }: Partial<Instant>): void {
    this.#now = { wall: this.#now.wall + wall, mono: this.#now.mono + mono };
  }

  async sleep(ms: number): Promise<void> {
    this.advance({ wall: ms, mono: ms });
  }
}

/** Stands between a reader and the table; counts the reads that came through. */
export class Network {
  cut = false;
  readonly reads: string[] = [];

  to(store: StateStore): StateStore {
    return new Proxy(store, {
      get: (target, method: keyof StateStore) => {
        const call = target[method] as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          if (this.cut) throw new Unavailable(`no answer to ${method} in 1000 ms`);
          this.reads.push([method, ...args].join(' '));
          return call.apply(target, args);
        };
      },
    });
  }
}
