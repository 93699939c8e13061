/** Many worlds on all cores. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { bundleWorker, type Edit } from './bundle.ts';
import type { Task } from './worker.ts';
import type { Outcome } from './world/world.ts';

const AT_ONCE = 25;

export interface Seeds extends Pick<Task, 'storm'> {
  readonly from: number;
  readonly count: number;
}

export interface Simulators {
  /** Seeds `from`, `from + 1`, …; ends early when `enough` says so of what came so far. */
  run(seeds: Seeds, told: (outcome: Outcome) => void, enough?: () => boolean): Promise<void>;
  one(task: Task & { readonly seeds: readonly [number] }): Promise<Outcome>;
  end(): Promise<void>;
}

/** @param edits - the bug that is planted in the sources. @default none */
export async function startSimulators(edits: readonly Edit[] = [], threads = 2): Promise<Simulators> {
  const { folder, file } = await bundleWorker(edits);
  const workers = Array.from({ length: threads }, () => new Worker(file));
  const ask = async (worker: Worker, task: Task): Promise<readonly Outcome[]> => {
    worker.postMessage(task);
    const [outcomes] = await once(worker, 'message');
    return outcomes;
  };
  return {
    async run({ from, count, ...how }, told, enough = () => false) {
      let next = from;
      const end = from + count;
      const loop = async (worker: Worker) => {
        while (next < end && !enough()) {
          const until = Math.min(next + AT_ONCE, end);
          const seeds = Array.from({ length: until - next }, (_, i) => next + i);
          next = until;
          for (const outcome of await ask(worker, { seeds, ...how })) told(outcome);
        }
      };
      await Promise.all(workers.map(loop));
    },
    async one(task) {
      const [worker] = workers;
      const [outcome] = worker ? await ask(worker, task) : [];
      if (!outcome) throw new Error('no worker, no world');
      return outcome;
    },
    async end() {
      await Promise.all(workers.map((worker) => worker.terminate()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
