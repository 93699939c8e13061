import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Simulators, startSimulators } from './fleet-of-workers.ts';
import { REGRESSIONS } from './regressions.ts';
import { add, explain, type Totals } from './report.ts';
import type { Outcome } from './world/world.ts';

/** Each takes about 15 ms; `npm run simulate` has many more. */
const SEEDS = 200;
/** The same ones each time, so that what is seldom is seen or not by the code alone. */
const FIXED_SEEDS = 1000;
/** A promise about what never happened would be worth nothing: less than half of what the fixed worlds hold. */
const SEEN_AT_LEAST: Partial<Totals> = {
  ...{ automatic: 250, forced: 25, coordinated: 70, resumed: 90, aborted: 60, repairs: 200, begun: 250 },
  ...{ vetoed: 2, cooledDown: 0, heldBack: 2, unequal: 10, dataLost: 8, struck: 200 },
  ...{ acknowledged: 50_000, twoMastersMs: 100_000 },
};

let simulators: Simulators;

beforeAll(async () => {
  simulators = await startSimulators();
});

afterAll(async () => {
  await simulators.end();
});

test('whatever befalls the world, every promise is kept, and order comes back when it is over', {
  timeout: 120_000,
}, async () => {
  const failures: Outcome[] = [];
  const told = (outcome: Outcome) => {
    if (outcome.broken.length > 0) failures.push(outcome);
  };
  await simulators.run({ from: randomInt(2 ** 40), count: SEEDS }, told, () => failures.length > 0);
  const [failure] = failures;
  if (failure) expect.fail(await explain(simulators, failure));
});

test('what the promises are about comes about', { timeout: 240_000 }, async () => {
  const totals: Partial<Totals> = {};
  const failures: Outcome[] = [];
  const told = (outcome: Outcome) => {
    add(totals, outcome.measures);
    if (outcome.broken.length > 0) failures.push(outcome);
  };
  await simulators.run({ from: 1, count: FIXED_SEEDS }, told, () => failures.length > 0);
  const [failure] = failures;
  if (failure) expect.fail(await explain(simulators, failure));
  for (const [what, least] of Object.entries(SEEN_AT_LEAST)) {
    expect(totals[what as keyof Totals], what).toBeGreaterThan(least);
  }
});

test('the same seed is the same world, to the last event', async () => {
  const twice = [
    await simulators.one({ seeds: [11], traced: true }),
    await simulators.one({ seeds: [11], traced: true }),
  ];
  expect(twice[0]?.trace.length).toBeGreaterThan(30);
  expect(twice[1]).toEqual(twice[0]);
});

describe('what once broke a promise keeps them all', () => {
  test.each(REGRESSIONS)('$story (seed $seed)', async ({ seed, storm = false }) => {
    const outcome = await simulators.one({ seeds: [seed], storm });
    if (outcome.broken.length > 0) expect.fail(await explain(simulators, outcome));
  });
});
