/** Many clients at once, beside the stack: each writes over a connection of its own and follows the read endpoint. */
import { Worker } from 'node:worker_threads';
import type { Address } from '../core/model.ts';
import type { Answer, Call, Method, PoolSettings } from './writers-thread.ts';

export interface Gap {
  readonly ms: number;
  /** When it began, wall clock. */
  readonly at: number;
}

/** All times are wall clock in milliseconds and fractions of them. */
export class Writers {
  readonly #thread: Worker;
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (why: Error) => void }>();
  #calls = 0;

  constructor(readUrl: string, name: string, count: number) {
    const workerData: PoolSettings = { readUrl, name, count };
    this.#thread = new Worker(new URL('./writers-thread.ts', import.meta.url), { workerData });
    this.#thread.on('message', ({ id, result, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    });
    this.#thread.on('error', (error) => this.#fail(error as Error));
    this.#thread.on('exit', () => this.#fail(new Error('the writers have been ended')));
  }

  start(): Promise<void> {
    return this.#call('start');
  }

  /** No more writes; what was acknowledged can still be asked for. */
  stop(): Promise<void> {
    return this.#call('end');
  }

  async end(): Promise<void> {
    await this.#thread.terminate();
  }

  acknowledged(): Promise<number> {
    return this.#call('acknowledged');
  }

  /** How many clients have a write acknowledged by that node since then. */
  writingTo(address: string, since: number): Promise<number> {
    return this.#call('writingTo', address, since);
  }

  /** The longest time between two acknowledgements of whichever clients that began within the span. */
  longestGap(from: number, until: number): Promise<Gap> {
    return this.#call('longestGap', from, until);
  }

  /** The longest time that any one client went without an acknowledgement, in ms. */
  longestWait(from: number, until: number): Promise<number> {
    return this.#call('longestWait', from, until);
  }

  /** How many acknowledged writes the node does not hold, of all clients. */
  lostAt(node: Address): Promise<number> {
    return this.#call('lostAt', node);
  }

  #call<T>(method: Method, ...args: readonly unknown[]): Promise<T> {
    const call: Call = { id: ++this.#calls, method, args };
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(call.id, { resolve: resolve as (result: unknown) => void, reject });
      this.#thread.postMessage(call);
    });
  }

  #fail(why: Error): void {
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }
}
