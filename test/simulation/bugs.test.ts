/** The simulator can fail: each bug that is planted in the sources breaks a promise within 2,000 worlds. */
import { expect, test } from 'vitest';
import { BUGS } from './bugs/all.ts';
import { startSimulators } from './fleet-of-workers.ts';
import type { Outcome } from './world/world.ts';

const SEEDS_MAX = 2000;

test.each(BUGS.map((bug) => [bug.name, bug] as const))(
  '%s',
  { timeout: 180_000 },
  async (_, { edits, shownBy }) => {
    const simulators = await startSimulators(edits);
    try {
      const caught: Outcome[] = [];
      let worlds = 0;
      const told = (outcome: Outcome) => {
        worlds += 1;
        if (outcome.broken.length > 0) caught.push(outcome);
      };
      await simulators.run({ from: shownBy, count: 1 }, told);
      if (caught.length === 0)
        await simulators.run({ from: 1, count: SEEDS_MAX }, told, () => caught.length > 0);
      expect(caught.length, `nothing was noticed in ${worlds} worlds`).toBeGreaterThan(0);
    } finally {
      await simulators.end();
    }
  },
);
