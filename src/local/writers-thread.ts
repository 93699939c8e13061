/** A {@link WriterPool} in a thread of its own, so that what it measures is not the stack's own event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { WriterPool } from './writer-pool.ts';

export interface PoolSettings {
  readonly readUrl: string;
  readonly name: string;
  readonly count: number;
}

export type Method = 'start' | 'end' | 'acknowledged' | 'writingTo' | 'longestGap' | 'longestWait' | 'lostAt';

export interface Call {
  readonly id: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

const { readUrl, name, count } = workerData as PoolSettings;
const pool = new WriterPool(readUrl, name, count);

parentPort?.on('message', ({ id, method, args }: Call) => {
  void answer(id, method, args).then((reply) => parentPort?.postMessage(reply));
});

async function answer(id: number, method: Method, args: readonly unknown[]): Promise<Answer> {
  try {
    const called = pool[method] as (...args: readonly unknown[]) => unknown;
    return { id, result: await called.apply(pool, [...args]) };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}
