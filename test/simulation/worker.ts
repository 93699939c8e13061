/** Simulates the seeds it is told, one after the other, in a thread of its own. */
import { parentPort } from 'node:worker_threads';
import { type How, type Outcome, simulate } from './world/world.ts';

export interface Task extends How {
  readonly seeds: readonly number[];
}

parentPort?.on('message', async ({ seeds, ...how }: Task) => {
  const outcomes: Outcome[] = [];
  for (const seed of seeds) {
    outcomes.push(await simulate(seed, how));
    if (outcomes.at(-1)?.broken.length) break;
  }
  parentPort?.postMessage(outcomes);
});
