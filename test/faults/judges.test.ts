/** What judges the rounds, shown to find what it is there to find. */
import { describe, expect, it, test } from 'vitest';
import type { LocalEvent } from '../../src/local/events.ts';
import { EventLog } from './event-log.ts';
import type { Fault } from './fault.ts';
import { Footprint } from './footprint.ts';
import { brokenLosses } from './losses.ts';
import { callsForFailover, drawPlan, overdue, sparedZone } from './plan.ts';

const [A, B, C] = ['127.0.0.1 1', '127.0.0.1 2', '127.0.0.1 3'];
const selected = (node: string) => ['+selected-slave', `slave ${node.replace(' ', ':')} ${node} @ m ${A}`];
const promoted = (node: string) => ['+promoted-slave', `slave ${node.replace(' ', ':')} ${node} @ m ${A}`];
const switched = (from: string, to: string) => ['+switch-master', `m ${from} ${to}`];
const failover = (epoch: number, from: string, to: string) => [
  ['+new-epoch', String(epoch)],
  selected(to),
  promoted(to),
  switched(from, to),
];

/** @returns what the log finds broken in these events, numbered from 1 unless told otherwise */
function brokenIn(events: readonly (readonly string[])[], seqs = events.map((_, i) => i + 1)): string[] {
  const log = new EventLog();
  for (const [i, [type = '', payload = '']] of events.entries()) {
    const event: LocalEvent = {
      seq: seqs[i] ?? 0,
      at: 0,
      by: 'a',
      type,
      payload,
      master: 'm',
      source: 'state',
    };
    log.add(event);
  }
  return log.broken;
}

describe('the log of events', () => {
  it('may tell of any number of failovers, each from the master of the one before', () => {
    expect(brokenIn([...failover(1, A, B), ...failover(2, B, C), ...failover(5, C, A)])).toEqual([]);
  });

  it('may tell of a master that was adopted', () => {
    expect(brokenIn([['+new-epoch', '1'], ['+config-update', 'm'], switched(A, B)])).toEqual([]);
  });

  test.each([
    [
      'a gap',
      brokenIn(
        [
          ['+odown', 'm'],
          ['-odown', 'm'],
        ],
        [1, 3],
      ),
      'event 3 (-odown) was told after 1',
    ],
    [
      'a repetition',
      brokenIn(
        [
          ['+odown', 'm'],
          ['+odown', 'm'],
        ],
        [1, 1],
      ),
      'event 1 (+odown) was told after 1',
    ],
    [
      'an epoch that comes twice',
      brokenIn([
        ['+new-epoch', '2'],
        ['+new-epoch', '2'],
      ]),
      'event 2: epoch 2 after 2',
    ],
    [
      'a switch from another than the master',
      brokenIn([...failover(1, A, B), ...failover(2, A, C)]),
      'event 8: a switch from 127.0.0.1:1, and the master was 127.0.0.1:2',
    ],
    [
      'a switch without a promotion',
      brokenIn([['+new-epoch', '1'], selected(B), switched(A, B)]),
      'event 3: a switch without +promoted-slave 127.0.0.1:2 in epoch 1',
    ],
    [
      'a promotion of an earlier epoch',
      brokenIn([['+new-epoch', '1'], promoted(B), ['+new-epoch', '2'], selected(B), switched(A, B)]),
      'event 5: a switch without +promoted-slave 127.0.0.1:2 in epoch 2',
    ],
    [
      'a switch to another node than was promoted',
      brokenIn([['+new-epoch', '1'], selected(B), selected(C), promoted(C), switched(A, B)]),
      'event 5: a switch without +promoted-slave 127.0.0.1:2 in epoch 1',
    ],
  ])('is found broken by %s', (_, broken, why) => {
    expect(broken).toEqual([why]);
  });
});

describe('what clients lost', () => {
  test.each([
    { switches: ['automatic'], lost: 3, broken: [] },
    { switches: ['coordinated', 'forced'], lost: 3, broken: [] },
    { switches: ['coordinated'], lost: 0, broken: [] },
    { switches: [], lost: 1, broken: ['1 acknowledged writes were lost without a failover'] },
    {
      switches: ['coordinated'],
      lost: 2,
      broken: ['2 acknowledged writes were lost by coordinated failovers alone'],
    },
  ])('after $switches: $lost writes', ({ broken, ...losses }) => {
    expect(brokenLosses({ ...losses, olderNumbers: [] })).toEqual(broken);
  });

  it('tells of reads that went back as it does of writes', () => {
    const olderNumbers = ['4 after 5 from 127.0.0.1:1'];
    const broken = ['read 4 after 5 from 127.0.0.1:1, without a failover'];
    expect(brokenLosses({ switches: [], lost: 0, olderNumbers })).toEqual(broken);
    expect(brokenLosses({ switches: ['automatic'], lost: 0, olderNumbers })).toEqual([]);
  });
});

describe('memory and open files', () => {
  const grown = (residentMb: (round: number) => number, files = (_: number) => 20) => {
    const footprint = new Footprint();
    footprint.add(1, { residentMb: 900, files: 900 }); // it was killed after one round
    for (let round = 0; round < 100; round++)
      footprint.add(2, { residentMb: residentMb(round), files: files(round) });
    return footprint.grown;
  };

  it('may rise between two collections of garbage', () => {
    expect(grown((round) => 100 + (round % 40) * 2)).toEqual([]);
  });

  it('may not rise for good', () => {
    expect(grown((round) => 100 + round * 2)).toEqual(['residentMb: at least 100, then at least 200']);
    expect(
      grown(
        () => 100,
        (round) => 20 + round,
      ),
    ).toEqual(['files: at least 20, then at least 70']);
  });
});

describe('a plan', () => {
  const hung: Fault = { kind: 'node hung', node: 'the master' };
  const slow: Fault = { kind: 'endpoint', trouble: { kind: 'slow', delayMs: 100 } };
  const gone: Fault = { kind: 'zone gone', zone: 1 };
  const asleep: Fault = { kind: 'no wakes' };
  const tableGone: Fault = { kind: 'agreement', zones: [0, 1, 2], trouble: { kind: 'refuses' } };
  const alone = (node: 'the first replica' | 'the second replica'): Fault => ({ kind: 'node killed', node });
  const replicas = [alone('the first replica'), alone('the second replica')];
  const unseen: Fault = {
    ...{ kind: 'path', zones: [0, 1], nodes: ['the first replica', 'the second replica'] },
    weather: { kind: 'refuses' },
  };
  const askedFor: Fault = { kind: 'asked', how: 'coordinated' };
  test.each([
    ['a master that hangs for long, and readers that wait', [slow, hung], 8000, true],
    ['a master that hangs for a moment', [hung], 2000, false],
    ['a master that hangs, and a zone that is gone', [hung, gone], 8000, false],
    ['a master that hangs for long, and nobody woken', [asleep, hung], 8000, true],
    ['a master that hangs, and a table that refuses', [hung, tableGone], 8000, false],
    ['a master that hangs, and dead replicas', [hung, ...replicas], 8000, false],
    ['a master that hangs, and replicas out of the reach of two zones', [hung, unseen], 8000, false],
    ['a master that hangs, and an operator who asks', [hung, askedFor], 8000, false],
    ['readers that wait', [slow], 8000, false],
  ])('with %s', (_, faults, liftedAfterMs, calls) => {
    const plan = { round: 1, faults: faults.map((fault) => ({ afterMs: 100, fault })), liftedAfterMs };
    expect(callsForFailover(plan)).toBe(calls);
    const late = /^a failover was due and did not come: nothing but the master was in trouble/;
    expect(overdue(plan, [])).toEqual(calls ? [expect.stringMatching(late)] : []);
    expect(overdue(plan, ['automatic'])).toEqual([]);
  });

  it('is the same for the same seed and round, whatever rounds are drawn with it', () => {
    expect(drawPlan(11, 5)).toEqual(drawPlan(11, 5));
    expect(drawPlan(11, 5)).not.toEqual(drawPlan(12, 5));
    expect(drawPlan(11, 5)).not.toEqual(drawPlan(11, 6));
  });

  it('never kills the spared zone, and over a run draws every kind of fault', () => {
    const faults = Array.from({ length: 300 }, (_, i) => drawPlan(11, i)).flatMap((plan) => plan.faults);
    const kinds = new Set(faults.map(({ fault }) => fault.kind));
    expect([...kinds].toSorted()).toEqual([
      'agreement',
      'asked',
      'endpoint',
      'leader hung',
      'leader killed',
      'no wakes',
      'node hung',
      'node killed',
      'path',
      'path cut',
      'replication',
      'zone gone',
      'zone hung',
      'zone killed',
    ]);
    for (const { fault } of faults) {
      if (fault.kind === 'zone killed' || fault.kind === 'zone gone')
        expect(fault.zone).not.toBe(sparedZone(11));
    }
  });
});
