import { describe, expect, test } from 'vitest';
import { adopt, findTopology, naming } from '../../src/core/adoption.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { type MasterState, nodeId, type Observation } from '../../src/core/model.ts';
import { type Situation, situation } from '../../src/core/view.ts';
import {
  anObservation,
  answered,
  aState,
  at,
  aView,
  masterInfo,
  N1,
  N2,
  N3,
  refused,
  remembering,
  replicaInfo,
} from './samples.ts';

const master = (node = N1) => answered(node, 1000, masterInfo());
const follows = (node: typeof N1, upstream = N1) =>
  answered(node, 1000, replicaInfo({}, { address: upstream }));
const down = (node: typeof N1) => [0, 500, 1000].map((ms) => refused(node, ms));
const SEEN = { b: { incarnation: 1, seq: 1, readAt: 1000, changedAt: 1000 } };

function found(
  looks: readonly NodeLook[],
  observations: readonly Observation[] = [],
  state: Partial<MasterState> = {},
): Situation {
  const memory = { ...remembering(...looks), seen: SEEN };
  return situation(aView({ state: aState(state), observations, memory }), { id: 'a' }, at(1000));
}

describe('the topology that is found', () => {
  test.each<[string, Situation, typeof N1 | string]>([
    ['is the one the state names', found([master(), follows(N2), follows(N3)]), N1],
    ['is another one', found([follows(N1, N2), master(N2), follows(N3, N2)]), N2],
    ['may lack a replica that is down', found([master(), follows(N2), ...down(N3)]), N1],
    [
      'may lack the named master that the quorum holds for down',
      found([...down(N1), master(N2), follows(N3, N2)], [anObservation('b')]),
      N2,
    ],
    [
      'is none when the named master is down for this sentinel alone',
      found([...down(N1), master(N2), follows(N3, N2)]),
      'the named master 10.0.0.1:6379 is not reached by this sentinel alone',
    ],
    ['is none without a master', found([follows(N1, N2), follows(N2), follows(N3)]), 'no node says master'],
    [
      'is none with two',
      found([master(), master(N2), follows(N3)]),
      '10.0.0.1:6379 and 10.0.0.2:6379 say master',
    ],
    [
      'is none while one follows another node',
      found([master(), follows(N2), follows(N3, N2)]),
      '10.0.0.3:6379 follows 10.0.0.2:6379, not 10.0.0.1:6379',
    ],
    [
      'is none while one is out of reach and not down',
      found([master(), follows(N2), refused(N3, 1000)]),
      '10.0.0.3:6379 is not reached',
    ],
    ['is none while one was never looked at', found([master(), follows(N2)]), '10.0.0.3:6379 is not reached'],
  ])('%s', (_, s, topology) => {
    expect(findTopology(s)).toEqual(topology);
  });
});

describe('observe-only', () => {
  const moved = [follows(N1, N2), master(N2), follows(N3, N2)];
  const observed = { directives: { ...aState().directives, observeOnly: true } };

  test('adopts in an epoch of its own, and tells the switch', () => {
    const { write, commands } = adopt(found(moved, [], observed)) ?? {};
    expect(commands).toEqual([]);
    expect(write).toMatchObject({ currentEpoch: 5, configEpoch: 5, master: { address: N2 } });
    expect(write?.events.map(({ type }) => type)).toEqual([
      ...['+new-epoch', '+config-update', '+switch-master', '+slave', '+slave'],
    ]);
  });

  test.each<[string, Situation]>([
    ['what the state names already', found([master(), follows(N2), follows(N3)], [], observed)],
    ['a topology that is not whole', found([...moved.slice(0, 2)], [], observed)],
    ['anything without the directive', found(moved)],
    ['anything while paused', found(moved, [], { ...observed, paused: { since: 0, by: 'ops' } })],
  ])('does not adopt %s', (_, s) => {
    expect(adopt(s)).toBeUndefined();
  });
});

describe('once another node is the master', () => {
  const state = aState({
    replicas: {
      [nodeId(N2)]: { address: N2, reconfiguration: 'none' },
      [nodeId(N3)]: { address: N3, reconfiguration: 'done', declared: true },
    },
  });

  test('the old one is a replica, the others are kept as they were declared, and none is reconfigured yet', () => {
    expect(naming(state, N2, undefined).replicas).toEqual({
      [nodeId(N3)]: { address: N3, reconfiguration: 'none', declared: true },
      [nodeId(N1)]: { address: N1, reconfiguration: 'none' },
    });
  });

  test('its history and offset are what it says of itself as a master, and the one before is kept', () => {
    const info = masterInfo({ replicationId: 'history-2', offset: 170 });
    const node = remembering(answered(N2, 0, replicaInfo({ offset: 90 }))).nodes[nodeId(N2)];
    expect(naming(state, N2, node, info).master).toEqual({
      ...{ address: N2, runId: 'run-2', offset: 170 },
      ...{ replicationId: 'history-2', previousReplicationIds: ['history-1'] },
    });
  });

  test('the same node again is no replica of itself', () => {
    expect(Object.keys(naming(state, N1, undefined).replicas)).toEqual([N2, N3].map(nodeId));
  });
});
