import { describe, expect, test } from 'vitest';
import {
  beatStoodStillMs,
  freshObservations,
  masterValidAt,
  objectivelyDown,
  sentinelsSeeingDown,
  watchOthers,
  witnesses,
} from '../../src/core/agreement.ts';
import { openElection } from '../../src/core/election.ts';
import { nodeId, type Observation } from '../../src/core/model.ts';
import { BLANK, type Memory, situation } from '../../src/core/view.ts';
import {
  anObservation,
  answered,
  aSituation,
  aState,
  at,
  aView,
  MIDNIGHT,
  masterInfo,
  N1,
  N2,
  refused,
  remembering,
} from './samples.ts';

/** Reads these observations at these moments, one after the other. */
function reading(
  reads: readonly (readonly [atMs: number, ...observations: Observation[]])[],
  state = aState(),
) {
  let memory: Memory = BLANK;
  for (const [atMs, ...observations] of reads) {
    memory = watchOthers(memory, { state, observations }, at(atMs));
  }
  const observations = reads.at(-1)?.slice(1) as Observation[];
  return (mono: number) => aSituation({ state, observations, memory }, mono);
}

const written = (seq: number, atMs: number, changes: Partial<Observation> = {}) =>
  anObservation('b', { seq, at: MIDNIGHT + atMs, ...changes });

function freshAt(situationAt: ReturnType<typeof reading>, mono: number): string[] {
  return freshObservations(situationAt(mono)).map(({ sentinel }) => sentinel);
}

describe('an observation is fresh', () => {
  test('for 5 s from when it was seen to change', () => {
    const seen = reading([
      [0, written(1, 0)],
      [1000, written(2, 900)],
      [2000, written(2, 900)],
    ]);
    expect(freshAt(seen, 6000)).toEqual(['b']);
    expect(freshAt(seen, 6001)).toEqual([]);
  });

  test('whatever its clock says, once it was seen to change', () => {
    const seen = reading([
      [0, written(1, -3_600_000)],
      [100, written(2, -3_599_900)],
    ]);
    expect(freshAt(seen, 100)).toEqual(['b']);
  });

  test.each([
    [-5000, ['b']],
    [-5001, []],
    [5000, ['b']],
    [5001, []],
  ])('at the first read if its clock is %i ms from mine: %o', (atMs, fresh) => {
    expect(freshAt(reading([[0, written(7, atMs)]]), 0)).toEqual(fresh);
  });

  test('at the first read for 5 s from that read', () => {
    const seen = reading([[0, written(7, -4000)]]);
    expect(freshAt(seen, 5000)).toEqual(['b']);
    expect(freshAt(seen, 5001)).toEqual([]);
  });

  test('when another incarnation of its zone wrote it with the same number', () => {
    const seen = reading([
      [0, written(1, -60_000)],
      [100, written(1, -60_000, { incarnation: 2 })],
    ]);
    expect(freshAt(seen, 100)).toEqual(['b']);
  });

  test('again at a first read after it had disappeared', () => {
    const seen = reading([[0, written(1, 0)], [1000], [2000, written(1, 0)]]);
    expect(freshAt(seen, 7000)).toEqual(['b']);
    expect(freshAt(seen, 7001)).toEqual([]);
  });

  test('not because it changed at some time in a minute in which it was not read', () => {
    const seen = reading([
      [0, written(1, 0)],
      [60_000, written(2, 5000)],
    ]);
    expect(freshAt(seen, 60_000)).toEqual([]);
  });
});

describe('an observation counts as absent', () => {
  test.each([
    ['about another address', written(1, 0, { address: N2 })],
    ['about another port', written(1, 0, { address: { ...N1, port: 6380 } })],
    ['about an older configuration epoch', written(1, 0, { configEpoch: 2 })],
    ['about a newer configuration epoch', written(1, 0, { configEpoch: 4 })],
    ['of one that is no voter', written(1, 0, { sentinel: 'stranger' })],
    ['of this very zone, told by another incarnation', written(1, 0, { sentinel: 'a' })],
  ])('%s', (_, observation) => {
    expect(freshAt(reading([[0, observation]]), 0)).toEqual([]);
    expect(objectivelyDown(reading([[0, observation]])(0))).toBe(false);
  });
});

describe('O_DOWN', () => {
  const down = remembering(refused(N1, 0), refused(N1, 500), refused(N1, 1000));

  function seenBy(memory: Memory, observations: readonly Observation[], quorum: number) {
    const state = aState({ directives: { ...aState().directives, quorum } });
    return aSituation(
      { state, observations, memory: watchOthers(memory, { state, observations }, at(1000)) },
      1000,
    );
  }

  const b = anObservation('b', { at: MIDNIGHT + 1000 });
  const c = anObservation('c', { at: MIDNIGHT + 1000, subjectivelyDown: false });

  test.each([
    ['this zone and another', down, [b], 2, ['a', 'b'], true],
    ['this zone alone', down, [c], 2, ['a'], false],
    ['this zone alone, and that is the quorum', down, [], 1, ['a'], true],
    ['one other', BLANK, [b, c], 2, ['b'], false],
    ['others enough, without this zone', BLANK, [b, { ...c, subjectivelyDown: true }], 2, ['b', 'c'], true],
    ['a quorum nobody can reach', down, [b, { ...c, subjectivelyDown: true }], 4, ['a', 'b', 'c'], false],
  ])('%s', (_, memory, observations, quorum, down, agreed) => {
    const situation = seenBy(memory, observations, quorum);
    expect(sentinelsSeeingDown(situation)).toEqual(down);
    expect(objectivelyDown(situation)).toBe(agreed);
  });
});

describe('witnesses', () => {
  const heard = written(1, 0, { heardBy: [nodeId(N2)] });

  test('are the replicas this zone or any fresh observation heard', () => {
    expect(witnesses(reading([[0, heard]])(0), ['r'])).toEqual([
      { sentinel: 'a', replica: 'r' },
      { sentinel: 'b', replica: nodeId(N2) },
    ]);
    expect(witnesses(reading([[0, heard]])(5001), [])).toEqual([]);
  });

  test('count also when the zone they spoke to does not hold the master for down', () => {
    expect(witnesses(reading([[0, { ...heard, subjectivelyDown: false }]])(0), [])).toHaveLength(1);
  });

  test('are none with replica-evidence no', () => {
    const state = aState({ directives: { ...aState().directives, replicaEvidence: false } });
    expect(witnesses(reading([[0, heard]], state)(0), ['r'])).toEqual([]);
  });
});

describe('a beat', () => {
  const candidate = { sentinel: 'b', incarnation: 1 };
  const open = openElection(aState(), candidate, at(0));
  const election = open.election;

  function stillFor(reads: readonly (readonly [number, typeof open])[], mono: number): number {
    let memory: Memory = BLANK;
    for (const [atMs, state] of reads) memory = watchOthers(memory, { state, observations: [] }, at(atMs));
    return beatStoodStillMs(aSituation({ state: open, memory }, mono));
  }

  test('stands still from its first read, however old it is', () => {
    expect(stillFor([[9000, open]], 9000)).toBe(0);
    expect(
      stillFor(
        [
          [9000, open],
          [12_000, open],
        ],
        14_000,
      ),
    ).toBe(5000);
  });

  test('starts anew when it grows, or another stands or leads', () => {
    if (!election) throw new Error('no election');
    const beaten = { ...open, election: { ...election, beat: 2 } };
    const other = { ...open, election: { ...election, candidate: { sentinel: 'b', incarnation: 2 } } };
    expect(
      stillFor(
        [
          [0, open],
          [3000, beaten],
        ],
        4000,
      ),
    ).toBe(1000);
    expect(
      stillFor(
        [
          [0, open],
          [3000, other],
        ],
        4000,
      ),
    ).toBe(1000);
  });

  test('is none when nothing is open', () => {
    expect(
      stillFor(
        [
          [0, open],
          [3000, aState()],
        ],
        9000,
      ),
    ).toBe(0);
  });
});

describe('the master was last known valid', () => {
  const outage = { since: MIDNIGHT + 5000, masterValidAt: MIDNIGHT + 1 };

  test('when the outage says so, once it is written', () => {
    expect(masterValidAt(aSituation({ state: aState({ outage }) }, 9000))).toBe(MIDNIGHT + 1);
  });

  test('at this zone’s last valid reply', () => {
    const memory = remembering(answered(N1, 700, masterInfo()), refused(N1, 900));
    expect(masterValidAt(aSituation({ memory }, 9000))).toBe(MIDNIGHT + 700);
  });

  test('at the reply’s moment, though this zone’s clock was wrong then and is set right since', () => {
    const memory = remembering(answered(N1, 700, masterInfo()), refused(N1, 900));
    const setBack = { mono: 9000, wall: MIDNIGHT + 9000 - 20_000 };
    const s = situation(aView({ memory }), { id: 'a' }, setBack);
    expect(masterValidAt(s)).toBe(setBack.wall - 8300);
  });

  test('not later than now, though a zone whose clock was ahead told so', () => {
    const told = written(1, 9000, { lastValidAt: MIDNIGHT + 60_000 });
    const watched = watchOthers(BLANK, { state: aState(), observations: [told] }, at(9000));
    const s = aSituation({ memory: watched, observations: [told] }, 9000);
    expect(masterValidAt(s)).toBe(MIDNIGHT + 9000);
  });

  test('at the last valid reply any zone had', () => {
    const told = written(1, 9000, { lastValidAt: MIDNIGHT - 3_600_000 });
    const memory = remembering(answered(N1, 700, masterInfo()), refused(N1, 900));
    const watched = watchOthers(memory, { state: aState(), observations: [told] }, at(9000));
    expect(masterValidAt(aSituation({ memory: watched, observations: [told] }, 9000))).toBe(MIDNIGHT + 700);
  });

  test('when the state last told of anything, if no zone remembers; never at the first look of this one', () => {
    const events = [{ seq: 1, at: MIDNIGHT - 60_000, by: 'c', type: '+monitor', payload: '' }];
    const memory = remembering(refused(N1, 900));
    expect(masterValidAt(aSituation({ state: aState({ events, lastSeq: 1 }), memory }, 9000))).toBe(
      MIDNIGHT - 60_000,
    );
  });
});
