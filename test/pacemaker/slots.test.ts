/** The pacemaker's rules as tables: which slots, when each leaves, for whom it is, and when it is too late. */
import { describe, expect, test } from 'vitest';
import { delaySeconds, departures, inBatches, untilFraction } from '../../src/pacemaker/departures.ts';
import { AHEAD_MS, rangeToSeed, slotsIn } from '../../src/pacemaker/plan.ts';
import { judge, slotBody } from '../../src/pacemaker/slot-message.ts';
import { messagesOf, offsetMs, together } from '../../src/pacemaker/stagger.ts';

const NOW = Date.UTC(2026, 10, 24, 12, 0, 0, 250);
const ZONES = ['a', 'b', 'c'];

function seen(sentThrough: number, seededThrough = sentThrough) {
  return { fleet: 'default', seededThrough, sentThrough, writeId: 'w' };
}

describe('the slots to seed', () => {
  test.each([
    [1000, NOW + 750, 210],
    [2000, NOW + 1750, 105],
    [5000, NOW + 4750, 42],
    [7000, undefined, 30],
    [59_000, undefined, 3],
  ])('at a pulse of %i ms the first run', (pulseMs, first, least) => {
    const range = rangeToSeed(undefined, NOW, pulseMs);
    const slots = range ? slotsIn(range, pulseMs) : [];
    expect(slots.every((slot) => slot % pulseMs === 0)).toBe(true);
    expect(slots[0]).toBeGreaterThan(NOW);
    if (first !== undefined) expect(slots[0]).toBe(first);
    expect(slots.length).toBeGreaterThanOrEqual(least);
    expect(slots.at(-1)).toBeLessThanOrEqual(NOW + AHEAD_MS);
    expect(slots.at(-1)).toBeGreaterThan(NOW + AHEAD_MS - pulseMs);
  });

  test.each([
    ['go on where the last run ended', seen(NOW + 150_000), NOW + 150_000],
    ['leave out what is past', seen(NOW - 3_600_000), NOW],
    ['include what a run claimed and did not send', seen(NOW + 90_000, NOW + 150_000), NOW + 90_000],
    ['begin anew after a clock that was an hour ahead', seen(NOW + 3_600_000), NOW],
  ])('%s', (_, item, after) => {
    expect(rangeToSeed(item, NOW, 1000)).toEqual({ after, through: NOW - 250 + AHEAD_MS });
  });

  test.each([
    ['another run was just here', seen(NOW - 250 + AHEAD_MS)],
    ['another run was here whose clock is 5 s ahead', seen(NOW + 5000 + AHEAD_MS)],
  ])('are none when %s', (_, item) => {
    expect(rangeToSeed(item, NOW, 1000)).toBeUndefined();
  });
});

describe('the stagger', () => {
  test.each([
    [1000, 3, [0, 333, 667]],
    [1000, 1, [0]],
    [5000, 3, [0, 1667, 3333]],
    [7000, 2, [0, 3500]],
    [59_000, 4, [0, 14_750, 29_500, 44_250]],
  ])('at %i ms for %i zones', (pulseMs, zones, offsets) => {
    expect(Array.from({ length: zones }, (_, i) => offsetMs(i, zones, pulseMs))).toEqual(offsets);
  });

  test.each([
    [1000, 3, true],
    [1500, 3, true],
    [1600, 3, false],
    [2000, 2, true],
    [2000, 3, false],
    [5000, 3, false],
    [59_000, 1, true],
  ])('at %i ms for %i zones has one message a slot: %s', (pulseMs, zones, one) => {
    expect(together(zones, pulseMs)).toBe(one);
    const names = ['a', 'b', 'c'].slice(0, zones);
    expect(messagesOf(60_000, names, pulseMs)).toHaveLength(one ? 1 : zones);
    expect(messagesOf(60_000, names, 0)).toEqual([{ slot: 60_000, at: 60_000 }]);
  });
});

describe('a departure', () => {
  test.each([
    [NOW + 900_000, 900],
    [NOW + 1_000_000, 900],
    [NOW + 10_040, 10],
    [NOW + 9960, 10],
    [NOW, 0],
    [NOW - 5000, 0],
  ])('for %i has a delay of %i whole seconds', (at, seconds) => {
    expect(delaySeconds(at, NOW)).toBe(seconds);
  });

  test('is waited for less than a second', () => {
    expect([250, 251, 249, 0].map((fraction) => untilFraction(fraction, NOW))).toEqual([0, 1, 999, 750]);
  });

  test('takes along what is due at nearly the same part of a second, and there are ten at most', () => {
    const messages = slotsIn({ after: NOW, through: NOW + AHEAD_MS }, 1001).map((slot) => ({
      slot,
      at: slot,
    }));
    const leaving = departures(messages);
    expect(leaving.length).toBeLessThanOrEqual(10);
    expect(leaving.flatMap((each) => each.messages)).toHaveLength(messages.length);
    for (const { fractionMs, messages: group } of leaving) {
      for (const { at } of group) expect((at % 1000) - fractionMs).toBeLessThan(100);
    }
  });

  test('goes in batches', () => {
    expect(inBatches([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(inBatches([], 10)).toEqual([]);
  });
});

describe('a slot from the queue', () => {
  const pace = { pulseMs: 1000, spanMs: 1000, zones: ZONES };
  const SLOT = Date.UTC(2026, 10, 24, 12);

  function delivered(lateMs: number, more = {}) {
    const body = slotBody({ slot: SLOT, at: SLOT }, 100);
    return { body, sentAt: SLOT - 100_000, firstReceivedAt: SLOT + lateMs, receives: 1, ...more };
  }

  test.each([
    [0, [0, 333, 667]],
    [100, [0, 233, 567]],
    [700, [0, 0, 0]],
    [1000, [0, 0, 0]],
    [-20, [0, 333, 667]],
  ])('that is %i ms late makes the zones look in turn', (lateMs, waits) => {
    const pulses = ZONES.map((zone, i) => ({ zone, waitMs: waits[i] }));
    for (const clock of [SLOT, SLOT - 5000, SLOT + 5000]) {
      expect(judge(delivered(lateMs), clock, pace)).toEqual({ kind: 'pulse', slot: SLOT, pulses });
    }
  });

  test.each([0, 700, 1000])('that is %i ms late makes them look at once, without a stagger', (lateMs) => {
    const pulses = ZONES.map((zone) => ({ zone, waitMs: 0 }));
    expect(judge(delivered(lateMs), SLOT, { ...pace, spanMs: 0 })).toEqual({
      kind: 'pulse',
      slot: SLOT,
      pulses,
    });
  });

  test.each([
    ['late by more than a pulse', delivered(1001), SLOT, 1001],
    ['delivered again after its time', delivered(0, { receives: 2 }), SLOT + 30_000, 30_000],
    ['late by the only clock there is', { body: `{"slot":${SLOT}}` }, SLOT + 1500, 1500],
  ])('%s is dropped', (_, delivery, now, lateMs) => {
    expect(judge(delivery, now, pace)).toEqual({ kind: 'stale', slot: SLOT, lateMs });
  });

  test('for one zone is for no other, and late by its own time', () => {
    const slow = { pulseMs: 6000, spanMs: 6000, zones: ZONES };
    const body = slotBody({ slot: SLOT, zone: 'b', at: SLOT + 2000 }, 100);
    expect(judge({ body }, SLOT + 2000, slow)).toEqual({
      kind: 'pulse',
      slot: SLOT,
      pulses: [{ zone: 'b', waitMs: 0 }],
    });
    expect(judge({ body }, SLOT + 8000, slow)).toMatchObject({ kind: 'pulse' });
    expect(judge({ body }, SLOT + 8001, slow)).toMatchObject({ kind: 'stale', lateMs: 6001 });
  });

  test.each([
    ['', /is not JSON/],
    ['null', /a slot is a JSON object/],
    ['{}', /slot must be/],
    ['{"slot":"1"}', /slot must be/],
    ['{"slot":-1}', /slot must be/],
    ['{"slot":1.5}', /slot must be/],
    ['{"slot":1,"zone":2}', /zone must be a string/],
    ['{"slot":1,"delaySeconds":"2"}', /delaySeconds must be/],
    ['{"slot":1,"zone":"\\u001b[2J"}', /^zone [^\p{Cc}]* is none of a, b, c$/u],
  ])('%j says what is wrong with it', (body, reason) => {
    const verdict = judge({ body }, NOW, pace);
    expect(verdict.kind === 'unreadable' && verdict.reason).toMatch(reason);
  });
});
