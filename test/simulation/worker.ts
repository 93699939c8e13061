/** Simulates the seeds it is told, one after the other, in a thread of its own. */
import { parentPort } from 'node:worker_threads';
import { type Outcome, simulate } from './world/world.ts';

export interface Task {
  readonly seeds: readonly number[];
  readonly without?: readonly number[];
  readonly traced?: boolean;
}

parentPort?.on('message', async ({ seeds, without = [], traced = false }: Task) => {
  const outcomes: Outcome[] = [];
  for (const seed of seeds) {
    outcomes.push(await simulate(seed, { without, traced }));
    if (outcomes.at(-1)?.broken.length) break;
  }
  parentPort?.postMessage(outcomes);
});
