import { describe, expect, test } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import { openElection } from '../../src/core/election.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import type { Address, MasterState } from '../../src/core/model.ts';
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
const misconfigured = (node: Address, mono: number): NodeLook => ({
  ...{ node, sentAt: mono, at: mono, outcome: 'misconfigured', detail: 'WRONGPASS' },
});
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

describe('O_DOWN ends', () => {
  const outage = { since: 0, masterValidAt: 0 };
  const self: Self = { id: 'a', incarnation: 1 };
  test.each<[string, NodeLook, boolean]>([
    ['when the master answers', answered(N1, 1000, masterInfo()), true],
    ['when it answers and refuses our credentials: misconfigured is not down', misconfigured(N1, 1000), true],
    ['not while it is only not down yet for this sentinel', refused(N1, 1000), false],
  ])('%s', (_, look, ends) => {
    const view = aView({ state: aState({ outage }), memory: remembering(look) });
    const { write } = decide(view, self, at(1000));
    expect(write?.events.at(-1)?.type === '-odown').toBe(ends);
    if (ends) expect(write).not.toHaveProperty('outage');
  });
});

describe('a master that loads under a new run id', () => {
  const loads = (mono: number): NodeLook => ({
    ...answered(N1, mono, masterInfo({ runId: 'another' })),
    ...{ outcome: 'answered', reply: 'loading', link: 'l' },
  });
  const paceAfter = (masterRebootDownAfterMs: number, mono: number) => {
    const known = aState({ master: { address: N1, runId: 'before', replicationId: 'history-1' } });
    const state = { ...known, directives: { ...known.directives, masterRebootDownAfterMs } };
    const { nodes, ...rest } = remembering(loads(mono));
    const loading = Object.entries(nodes).map(([id, node]) => [id, { ...node, rebootedAt: 0 }]);
    const memory = { ...rest, nodes: Object.fromEntries(loading) };
    return decide(aView({ state, memory }), { id: 'a', incarnation: 1 }, at(mono)).pace;
  };

  test('is looked at exactly when its time runs out', () => {
    expect(paceAfter(3000, 10)).toEqual({ kind: 'alert', afterMs: 100 });
    expect(paceAfter(3000, 2950)).toEqual({ kind: 'alert', afterMs: 50 });
  });

  test('by pulses while that is further away than any of them, or never comes', () => {
    expect(paceAfter(90_000, 10)).toEqual({ kind: 'pulse' });
    expect(paceAfter(90_000, 31_000)).toMatchObject({ kind: 'alert' });
    expect(paceAfter(0, 10)).toEqual({ kind: 'pulse' });
  });
});
