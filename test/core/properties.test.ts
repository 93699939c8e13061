import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Seen } from './promises.ts';
import { mendable, play, story } from './world-stories.ts';

const RUNS = 2500;
/** Ten times what it takes: two busy cores are no broken promise. */
const TIMEOUT_MS = 240_000;
/** A promise about what never happened would be worth nothing: a third of what so many stories usually hold. */
const SEEN_AT_LEAST: Seen = {
  ...{ elections: 1000, leaders: 750, resumed: 100, intents: 650, otherIntents: 5 },
  ...{ switches: 550, ended: 500, repairs: 350, forced: 100, handedOver: 50 },
};

test(
  'whatever happens in whatever order, every promise is kept at every step',
  () => {
    const seen: Record<string, number> = {};
    const keeps = fc.property(story, (told) => {
      for (const [what, times] of Object.entries(play(told).promises.seen))
        seen[what] = (seen[what] ?? 0) + times;
    });
    fc.assert(keeps, { numRuns: RUNS });
    for (const [what, least] of Object.entries(SEEN_AT_LEAST))
      expect(seen[what], what).toBeGreaterThan(least);
  },
  TIMEOUT_MS,
);

test(
  'when the faults are over, one master is left, the one the state names, and all others follow it',
  () => {
    const heals = fc.property(story, (told) => {
      expect(play(mendable(told)).heal()).toEqual([]);
    });
    fc.assert(heals, { numRuns: RUNS / 5 });
  },
  TIMEOUT_MS,
);
