import { describe, expect, test } from 'vitest';
import type { NodeInfo, Upstream } from '../../src/core/info.ts';
import { sameLineage } from '../../src/core/lineage.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { type Address, type MasterState, nodeId } from '../../src/core/model.ts';
import { select } from '../../src/core/selection.ts';
import {
  answered,
  aState,
  masterInfo,
  N1,
  N2,
  N3,
  refused,
  remembering,
  replicaInfo,
  silent,
} from './samples.ts';

const RULES = { nodes: [N2, N3], masterDownMs: 3000, anyLink: false };

function ranking(state: MasterState, looks: readonly NodeLook[], rules: Partial<typeof RULES> = {}) {
  const { ranked, passedOver } = select(state, remembering(...looks).nodes, { ...RULES, ...rules });
  return { best: ranked.map(({ address }) => nodeId(address)), passedOver };
}

function replica(node: Address, info: Partial<NodeInfo> = {}, link: Partial<Upstream> = {}): NodeLook {
  return answered(node, 0, replicaInfo({ runId: `run-${node.host}`, ...info }, link));
}

describe('a replica is passed over', () => {
  const loading: NodeLook = {
    ...answered(N2, 0, replicaInfo()),
    outcome: 'answered',
    reply: 'loading',
    link: 'l',
  };
  const { upstream: _, ...lost } = replicaInfo();
  test.each<[reason: string, NodeLook]>([
    ["not reached by this sentinel's last look", refused(N2, 0)],
    ["not reached by this sentinel's last look", silent(N2, 0, 0)],
    ["not reached by this sentinel's last look", answered(N2, 0)],
    ['answers loading', loading],
    ['another replication history (stranger…)', replica(N2, { replicationId: 'stranger-1' })],
    ['a replica that names no master', answered(N2, 0, lost)],
    ['priority 0: never to be promoted', replica(N2, {}, { priority: 0 })],
    ['in the middle of a synchronization', replica(N2, {}, { syncInProgress: true, linkUp: false })],
    ['empty, while the master was not', replica(N2, { offset: 0 })],
    [
      'its link was down for 13001 ms, more than 13000',
      replica(N2, {}, { linkUp: false, linkDownForMs: 13_001 }),
    ],
  ])('%s', (reason, look) => {
    expect(ranking(aState(), [look, replica(N3)])).toEqual({
      best: [nodeId(N3)],
      passedOver: { [nodeId(N2)]: reason },
    });
  });

  test('not looked at at all', () => {
    expect(ranking(aState(), [replica(N3)]).passedOver).toEqual({
      [nodeId(N2)]: "not reached by this sentinel's last look",
    });
  });
});

describe('a replica is not passed over', () => {
  test('when its link was down no longer than the master is gone and ten times down-after', () => {
    const look = replica(N2, {}, { linkUp: false, linkDownForMs: 13_000 });
    expect(ranking(aState(), [look]).best).toEqual([nodeId(N2)]);
  });

  test('for MASTERDOWN, which it says of its dead master with replica-serve-stale-data no', () => {
    const stale: NodeLook = { ...replica(N2), outcome: 'answered', reply: 'masterdown', link: 'l' };
    expect(ranking(aState(), [stale]).best).toEqual([nodeId(N2)]);
  });

  test('for its link while a failover is resumed', () => {
    const look = replica(N2, {}, { linkUp: false, linkDownForMs: 999_000 });
    expect(ranking(aState(), [look], { anyLink: true }).best).toEqual([nodeId(N2)]);
  });

  test('for being empty when the master was empty too', () => {
    const empty = aState({ master: { address: N1, replicationId: 'history-1', offset: 0 } });
    expect(ranking(empty, [replica(N2, { offset: 0 })]).best).toEqual([nodeId(N2)]);
  });

  test('for standing at offset 0 while it has keys, as it does just after its first synchronization', () => {
    expect(ranking(aState(), [replica(N2, { offset: 0, keys: 3 })]).best).toEqual([nodeId(N2)]);
  });
});

describe('a node that says master already', () => {
  const promoted = (changes: Partial<NodeInfo> = {}) => {
    const fork = { replicationId: 'new', replicationId2: 'history-1', offset: 5000, sharedOffset: 100 };
    return answered(N3, 0, masterInfo({ runId: 'z', ...fork, ...changes }));
  };

  test('goes before an equal one', () => {
    expect(ranking(aState(), [replica(N2, { offset: 100 }), promoted()])).toEqual({
      best: [nodeId(N3), nodeId(N2)],
      passedOver: { [nodeId(N2)]: 'equal to the chosen one, which says master already' },
    });
  });

  test('goes behind one that got more of the history it left, whatever it took itself', () => {
    expect(ranking(aState(), [replica(N2, { offset: 900 }), promoted()])).toEqual({
      best: [nodeId(N2), nodeId(N3)],
      passedOver: { [nodeId(N3)]: '800 bytes behind the chosen one' },
    });
  });

  test('goes first when it is the master of that very history', () => {
    const named = promoted({ replicationId: 'history-1', replicationId2: 'history-0', sharedOffset: 7 });
    const looks = [replica(N2, { offset: 9000 }, { priority: 1 }), named];
    expect(ranking(aState(), looks).best).toEqual([nodeId(N3), nodeId(N2)]);
  });

  test('is passed over when it told priority 0 while it was a replica', () => {
    const looks = [replica(N3, {}, { priority: 0 }), promoted()];
    expect(ranking(aState(), looks)).toMatchObject({
      best: [],
      passedOver: { [nodeId(N3)]: 'priority 0: never to be promoted' },
    });
  });
});

/** Zone z2 is preferred, and a failover ago the history was another. */
const PREFERRING = aState({
  directives: { ...aState().directives, preferZone: 'z2' },
  master: { ...aState().master, previousReplicationIds: ['history-0'] },
});

describe('the order', () => {
  test.each<[rule: string, NodeLook[], best: Address, why: string]>([
    [
      'the lower priority first, whatever the offset',
      [replica(N2, { offset: 900 }, { priority: 100 }), replica(N3, { offset: 1 }, { priority: 99 })],
      N3,
      'priority 100, the chosen one has 99',
    ],
    [
      'the current history first, whatever the priority',
      [replica(N2, { replicationId: 'history-0', offset: 900 }, { priority: 1 }), replica(N3)],
      N3,
      'of an older replication history than the chosen one',
    ],
    [
      'then the preferred zone, whatever the offset',
      [replica(N2, { offset: 900, zone: 'z1' }), replica(N3, { offset: 1, zone: 'z2' })],
      N3,
      'not in the preferred zone, as the chosen one is',
    ],
    [
      'then the higher offset, whatever the run id',
      [replica(N2, { offset: 100, runId: 'a' }), replica(N3, { offset: 140, runId: 'b' })],
      N3,
      '40 bytes behind the chosen one',
    ],
    [
      'then the run id that sorts first',
      [replica(N2, { runId: 'b' }), replica(N3, { runId: 'a' })],
      N3,
      'equal to the chosen one, whose run id sorts first',
    ],
  ])('%s', (_, looks, best, why) => {
    const other = best === N2 ? N3 : N2;
    for (const order of [looks, looks.toReversed()]) {
      expect(ranking(PREFERRING, order)).toEqual({
        best: [nodeId(best), nodeId(other)],
        passedOver: { [nodeId(other)]: why },
      });
    }
  });
});

describe('the zone of a node', () => {
  const looks = [replica(N2, { offset: 900, zone: 'z1' }), replica(N3, { offset: 1, zone: 'z2' })];
  test('that an operator told counts more than its own word', () => {
    const directives = { ...PREFERRING.directives, nodeZones: { [nodeId(N2)]: 'z2', [nodeId(N3)]: 'z1' } };
    expect(ranking({ ...PREFERRING, directives }, looks).best[0]).toBe(nodeId(N2));
  });
  test('matters to nobody where none is preferred', () => {
    expect(ranking(aState(), looks).best[0]).toBe(nodeId(N2));
  });
});

describe('a master of an older history', () => {
  const old = answered(N2, 0, masterInfo({ replicationId: 'history-0', offset: 900 }));

  test('goes last: it missed a failover', () => {
    expect(ranking(PREFERRING, [old, replica(N3)])).toEqual({
      best: [nodeId(N3), nodeId(N2)],
      passedOver: { [nodeId(N2)]: 'of an older replication history than the chosen one' },
    });
  });

  test('is promoted when nothing else is left, as a replica of that history would be', () => {
    expect(ranking(PREFERRING, [old, refused(N3, 0)]).best).toEqual([nodeId(N2)]);
  });
});

describe('lineage', () => {
  test.each([
    ['the same history', 'h1', 'h1', 'x', true],
    ['a history that went on from it', 'h1', 'h2', 'h1', true],
    ['another', 'h1', 'h2', 'h3', false],
    ['any, when none is known', undefined, 'h2', 'h3', true],
  ])('%s', (_, known, replicationId, replicationId2, same) => {
    const state = aState({ master: { address: N1, ...(known && { replicationId: known }) } });
    expect(sameLineage(state, { replicationId, replicationId2 })).toBe(same);
  });
});
