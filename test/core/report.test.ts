import { describe, expect, test } from 'vitest';
import type { NodeLook } from '../../src/core/looks.ts';
import { nodeId, type Observation, SCHEMA } from '../../src/core/model.ts';
import { report } from '../../src/core/report.ts';
import type { Self } from '../../src/core/view.ts';
import {
  anObservation,
  answered,
  aState,
  at,
  aView,
  MIDNIGHT,
  masterInfo,
  N1,
  N2,
  refused,
  remembering,
  silent,
} from './samples.ts';

const ALERT: Self = { id: 'a', incarnation: 3 };
const PULSE: Self = { id: 'a' };
const OK = answered(N1, 0, masterInfo());
const GONE = [OK, refused(N1, 300), refused(N1, 700), refused(N1, 1000)];

function told(
  looks: readonly NodeLook[],
  mono: number,
  { self = ALERT, before, handover }: { self?: Self; before?: Observation; handover?: boolean } = {},
): Observation | undefined {
  return report(aView({ memory: remembering(...looks) }), self, before, at(mono), handover);
}

/** What stands in the table of a zone in alert that holds the master for down. */
const DOWN = anObservation('a', {
  ...{ incarnation: 3, seq: 5, at: MIDNIGHT + 1000 },
  events: [
    { seq: 9, at: MIDNIGHT + 1000, by: 'a', type: '+sdown', payload: 'master mymaster 10.0.0.1 6379' },
  ],
});

describe('nothing is written', () => {
  test('of a master nobody looked at', () => expect(told([], 0)).toBeUndefined());
  test('while the master answers', () => expect(told([OK], 0)).toBeUndefined());
  test('while the master is silent for less than half of down-after', () => {
    expect(told([OK, silent(N1, 100, 100)], 599)).toBeUndefined();
  });
  test('for a second while what stands in the table still says it', () => {
    expect(told(GONE, 1899, { before: DOWN })).toBeUndefined();
  });
  test('of a master that answers when the table has nothing to take back', () => {
    const calm = { ...DOWN, subjectivelyDown: false, alert: false };
    expect(told([OK], 60_000, { before: calm })).toBeUndefined();
  });
  test('of a new master that answers, though the table holds the old one for down', () => {
    const before = { ...DOWN, address: N2, configEpoch: 2 };
    expect(told([OK], 1100, { before })).toBeUndefined();
  });
});

describe('an observation is written', () => {
  test('at the first refusal in alert, with all it has to say', () => {
    expect(told([OK, refused(N1, 300)], 310)).toEqual({
      ...{ schema: SCHEMA, master: 'mymaster', sentinel: 'a', incarnation: 3, seq: 1, at: MIDNIGHT + 310 },
      ...{ address: N1, configEpoch: 3, health: 'refused', subjectivelyDown: false, lastValidAt: MIDNIGHT },
      ...{ detail: '10.0.0.1:6379 refuses for 10 ms (ECONNREFUSED)', heardBy: [] },
      ...{ alert: true, handover: false, events: [] },
    });
  });

  test('at half of down-after of silence', () => {
    expect(told([OK, silent(N1, 100, 100)], 600)).toMatchObject({ health: 'silent', alert: true });
  });

  test('by a pulse only of an S_DOWN, and without an alert', () => {
    expect(told([OK, refused(N1, 300)], 310, { self: PULSE })).toBeUndefined();
    expect(told(GONE, 1000, { self: PULSE })).toMatchObject({
      subjectivelyDown: true,
      alert: false,
      incarnation: 0,
    });
  });

  test('by a pulse as the incarnation that wrote last', () => {
    expect(told(GONE, 1900, { self: PULSE, before: DOWN })).toMatchObject({ incarnation: 3, seq: 6 });
  });

  test('again before a second has passed', () => {
    expect(told(GONE, 1900, { before: DOWN })).toMatchObject({ seq: 6, events: DOWN.events });
  });

  test.each<[string, NodeLook[], Observation]>([
    ['another health', [...GONE, silent(N1, 1010, 1010)], DOWN],
    ['another incarnation', GONE, { ...DOWN, incarnation: 2 }],
    ['another witness', GONE, { ...DOWN, heardBy: [nodeId(N2)] }],
    ['another address', GONE, { ...DOWN, address: N2 }],
    ['another configuration epoch', GONE, { ...DOWN, configEpoch: 2 }],
    ['a hand-over that is done', GONE, { ...DOWN, handover: true }],
  ])('at once for %s', (_, looks, before) => {
    expect(told(looks, 1010, { before })).toMatchObject({ seq: 6 });
  });

  test('to take an S_DOWN or an alert back', () => {
    const before = { ...DOWN, subjectivelyDown: false, alert: true };
    expect(told([OK], 10, { before })).toMatchObject({ health: 'up', alert: false, subjectivelyDown: false });
  });

  test('to hand over, whatever stands in the table', () => {
    expect(told(GONE, 1001, { before: DOWN, handover: true })).toMatchObject({
      handover: true,
      alert: true,
      seq: 6,
    });
    expect(told([OK], 1, { handover: true })).toMatchObject({ handover: true, alert: true, health: 'up' });
  });
});

describe('±sdown as this zone saw it', () => {
  test('is numbered within its own observation, and once for each turn', () => {
    const down = told(GONE, 1000);
    expect(down?.events).toEqual([
      { seq: 1, at: MIDNIGHT + 1000, by: 'a', type: '+sdown', payload: 'master mymaster 10.0.0.1 6379' },
    ]);
    const still = told(GONE, 2000, { ...(down && { before: down }) });
    expect(still?.events).toEqual(down?.events);
    const up = told([...GONE, answered(N1, 2100, masterInfo())], 2100, { ...(still && { before: still }) });
    expect(up?.events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, '+sdown'],
      [2, '-sdown'],
    ]);
  });

  test('of a process before this one is not over before the master answers, nor told again', () => {
    const cold = told([refused(N1, 5000)], 5000, { before: DOWN });
    expect(cold).toMatchObject({ subjectivelyDown: false, unended: true, events: DOWN.events });
    const before = { ...DOWN, ...cold };
    const again = [5000, 5500, 6000].map((mono) => refused(N1, mono));
    const down = told(again, 6000, { before });
    expect(down).toMatchObject({ subjectivelyDown: true, events: DOWN.events });
    expect(down).not.toHaveProperty('unended');
    const up = told([...again.slice(0, 1), answered(N1, 5100, masterInfo())], 5100, { before });
    expect(up?.events.map(({ type }) => type)).toEqual(['+sdown', '-sdown']);
  });

  test('goes on from the number that stands in the table, and keeps sixteen', () => {
    const events = Array.from({ length: 16 }, (_, i) => ({
      seq: 4 + i,
      at: 0,
      by: 'a',
      type: '-sdown',
      payload: '',
    }));
    const next = told(GONE, 1000, { before: { ...DOWN, subjectivelyDown: false, events } });
    expect(next?.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 16 }, (_, i) => 5 + i));
  });

  test('of another address does not end with a switch: the new master was never down', () => {
    const before = { ...DOWN, address: N2, configEpoch: 2 };
    const next = told([OK, refused(N1, 100)], 110, { before });
    expect(next?.events).toEqual(DOWN.events);
    expect(aState().master.address).toEqual(next?.address);
  });
});
