import { describe, expect, test } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import { openElection } from '../../src/core/election.ts';
import type { MasterState } from '../../src/core/model.ts';
import { nodeId } from '../../src/core/model.ts';
import type { Self } from '../../src/core/view.ts';
import {
  anObservation,
  answered,
  aState,
  at,
  aView,
  masterInfo,
  N1,
  N2,
  refused,
  remembering,
  replicaInfo,
} from './samples.ts';

const GONE = [refused(N1, 0), refused(N1, 500), refused(N1, 1000), answered(N2, 1000, replicaInfo())];
const ROGUE = [answered(N1, 1000, masterInfo()), answered(N2, 1000, masterInfo())];
const ME = { sentinel: 'a', incarnation: 1 };

describe('in TILT (I9)', () => {
  const command = { id: 'r', at: 0, by: 'operator', kind: 'failover', coordinated: false } as const;
  const failover = {
    ...{ epoch: 4, leader: ME, beat: 1, kind: 'automatic' as const, step: 'promoting' as const },
    ...{ intent: { epoch: 4, node: N2 }, oldMaster: N1, passedOver: {}, timeline: { started: 0 } },
  };
  test.each<[string, Partial<MasterState>, typeof GONE]>([
    ['a dead master', {}, GONE],
    ['a rogue master', {}, ROGUE],
    ['a request', { command }, ROGUE],
    ['an election it could vote in', openElection(aState(), { sentinel: 'b', incarnation: 1 }, at(0)), GONE],
    ['a failover that it leads', { failover }, GONE],
    ['that it does not vote yet', { voters: ['b', 'c'] }, ROGUE],
  ])('nothing is written, voted or sent for %s', (_, state, looks) => {
    const view = aView({
      state: aState(state),
      observations: [anObservation('b')],
      memory: {
        ...remembering(...looks),
        seen: { b: { incarnation: 1, seq: 1, readAt: 1000, changedAt: 1000 } },
      },
    });
    const self: Self = { id: 'a', incarnation: 1 };
    const tilted = decide(view, { ...self, tilt: { why: 'stalled for 3000 ms', passing: true } }, at(1000));
    expect(tilted).toEqual({
      ...{ reason: 'TILT: stalled for 3000 ms', commands: [], pace: { kind: 'alert', afterMs: 100 } },
    });
    const trusted = decide(view, self, at(1000));
    expect([trusted.write, trusted.vote, ...trusted.commands].some(Boolean)).toBe(true);
  });

  test('that lasts the pulse is enough', () => {
    const self = { id: 'a', tilt: { why: 'its clock is wrong', passing: false } };
    expect(decide(aView({ memory: remembering(...GONE) }), self, at(1000)).pace).toEqual({ kind: 'pulse' });
  });
});

describe('a repair', () => {
  const calm = { memory: remembering(...ROGUE) };
  const repairs = (state: MasterState) =>
    decide(aView({ ...calm, state }), { id: 'a', incarnation: 1 }, at(1000)).commands.map(({ node }) =>
      nodeId(node),
    );

  test('is made while nothing is open', () => expect(repairs(aState())).toEqual([nodeId(N2)]));
  test('is not made while an election is open (I6)', () => {
    expect(repairs(openElection(aState(), { sentinel: 'b', incarnation: 1 }, at(900)))).toEqual([]);
  });
  test('is not made while it is paused, or watched only', () => {
    expect(repairs(aState({ paused: { since: 0, by: 'operator' } }))).toEqual([]);
    expect(repairs(aState({ directives: { ...aState().directives, observeOnly: true } }))).toEqual([]);
  });
});
