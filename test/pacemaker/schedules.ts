/** Schedules as Scheduler may keep them: each minute once, at any second of it, and what may go wrong. */
import fc from 'fast-check';
import type { Run } from './world.ts';

export const START = Date.UTC(2026, 10, 24, 12);
const MINUTE_MS = 60_000;
export const SKEW_MAX_MS = 5000;

const skewMs = fc.integer({ min: -SKEW_MAX_MS, max: SKEW_MAX_MS });
const second = fc.oneof(fc.integer({ min: 0, max: MINUTE_MS - 1 }), fc.constantFrom(0, MINUTE_MS - 1));
const requestMs = fc.integer({ min: 2, max: 200 });
const trouble = fc.record({
  request: fc.integer({ min: 1, max: 12 }),
  effect: fc.constantFrom('done' as const, 'not done' as const),
  afterwards: fc.constantFrom('dies' as const, 'is told' as const),
});

const minute = fc.record({
  fate: fc.constantFrom('kept', 'kept', 'missed', 'trouble', 'twice', 'twice with trouble'),
  second,
  skewMs,
  requestMs,
  trouble,
  again: fc.record({ afterMs: fc.integer({ min: 0, max: 3000 }), skewMs, requestMs }),
});

/** The first run is through before the next minute begins: before it there is nothing that could be kept up. */
const FIRST_SECOND_MAX_MS = 50_000;

/**
 * The first minute is kept. Of two that follow each other one is kept by a run without trouble: what is promised is
 * that one lost minute leaves no gap.
 */
export const schedule: fc.Arbitrary<readonly Run[]> = fc
  .array(minute, { minLength: 3, maxLength: 8 })
  .map((minutes) => {
    let lostBefore = true;
    return minutes.flatMap((each, index): Run[] => {
      const within = index === 0 ? Math.min(each.second, FIRST_SECOND_MAX_MS) : each.second;
      const at = START + index * MINUTE_MS + within;
      const run: Run = { at, skewMs: each.skewMs, requestMs: each.requestMs };
      const again: Run = { ...run, ...each.again, at: at + each.again.afterMs };
      const fate = lostBefore && each.fate !== 'twice' ? 'kept' : each.fate;
      lostBefore = fate === 'missed' || fate.includes('trouble');
      switch (fate) {
        case 'missed':
          return [];
        case 'trouble':
          return [{ ...run, trouble: each.trouble }];
        case 'twice':
          return [run, again];
        case 'twice with trouble':
          return [{ ...run, trouble: each.trouble }, again];
        default:
          return [run];
      }
    });
  });

export const pulse: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(1000, 2000, 5000, 7000, 59_000),
  fc.integer({ min: 1000, max: 60_000 }),
);

export const zones: fc.Arbitrary<readonly string[]> = fc
  .integer({ min: 1, max: 5 })
  .map((n) => ['a', 'b', 'c', 'd', 'e'].slice(0, n));
