import { describe, expect, test } from 'vitest';
import type { ConnectedReplica, NodeInfo } from '../../src/core/info.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { measure, worstOf } from '../../src/core/measures.ts';
import { type MasterState, nodeId, type Observation, type SentinelRecord } from '../../src/core/model.ts';
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
  N3,
  refused,
  remembering,
  replicaInfo,
} from '../core/samples.ts';

const HEARTBEAT_MS = 30_000;
const sentinels = (...ids: string[]): SentinelRecord[] =>
  ids.map((sentinel) => ({ sentinel, incarnation: 1, at: MIDNIGHT }));
const ALL = sentinels('a', 'b', 'c');

const connected = (offset: number, state = 'online'): ConnectedReplica => ({ address: N2, state, offset });
const well = [
  answered(N1, 0, masterInfo({ replicas: [connected(100), connected(100)] })),
  answered(N2, 0, replicaInfo()),
  answered(N3, 0, replicaInfo()),
];

interface Seen {
  readonly looks?: readonly NodeLook[];
  readonly state?: Partial<MasterState>;
  readonly told?: Partial<Observation>;
  readonly sentinels?: readonly SentinelRecord[] | undefined;
}

function measured({ looks = well, state = {}, told, ...more }: Seen) {
  const view = aView({ state: aState(state), memory: remembering(...looks) });
  const records = 'sentinels' in more ? more.sentinels : ALL;
  return measure(view, told && anObservation('a', told), records, at(0), HEARTBEAT_MS);
}

test('of a healthy master there are the continuous figures, and no trouble', () => {
  expect(measured({})).toEqual({
    continuous: { UsableSentinels: 3, VisibleReplicas: 2, ReplicationLagBytes: 0 },
    trouble: {},
  });
});

test('of a master that was not looked at there is nothing: what is not known is not 0', () => {
  expect(measured({ looks: [] })).toBeUndefined();
  expect(measured({ looks: [answered(N2, 0, replicaInfo())] })).toBeUndefined();
});

describe('sentinels are usable', () => {
  test.each([
    ['that vote and live', ALL, 3, {}],
    ['and not those that were silent for three heartbeats', sentinels('a', 'b'), 2, {}],
    ['and without a majority it is told', sentinels('a'), 1, { NoQuorum: 1 }],
    ['and not those that do not vote', sentinels('a', 'x', 'y'), 1, { NoQuorum: 1 }],
  ])('%s', (_what, records, usable, trouble) => {
    expect(measured({ sentinels: records })).toMatchObject({
      continuous: { UsableSentinels: usable },
      trouble,
    });
  });

  test('enough for a majority and too few for the quorum is told too', () => {
    const directives = { ...aState().directives, quorum: 3 };
    const found = measured({ sentinels: sentinels('a', 'b'), state: { directives } });
    expect(found?.trouble).toEqual({ NoQuorum: 1 });
  });

  test('as long as a voter that is gone counts in the majority', () => {
    const voters = ['a', 'b', 'c', 'd', 'e'];
    expect(measured({ sentinels: sentinels('a', 'b'), state: { voters } })?.trouble).toEqual({ NoQuorum: 1 });
    expect(measured({ sentinels: ALL, state: { voters } })?.trouble).toEqual({});
  });

  test('or not is not known while the table does not tell', () => {
    const found = measured({ sentinels: undefined });
    expect(found).toEqual({ continuous: { VisibleReplicas: 2, ReplicationLagBytes: 0 }, trouble: {} });
  });
});

describe('replicas are visible', () => {
  const of = (looks: readonly NodeLook[], state: Partial<MasterState> = {}) =>
    measured({ looks, state })?.continuous.VisibleReplicas;
  const [master, first, second] = well as [NodeLook, NodeLook, NodeLook];
  const unlinked = answered(N3, 0, replicaInfo({}, { linkUp: false }));

  test('when they answer and follow', () => {
    expect(of([master, first, second])).toBe(2);
    expect(of([master, first, refused(N3, 0)])).toBe(1);
    expect(of([master, first])).toBe(1);
    expect(of([master, first, unlinked])).toBe(1);
    expect(of([master, first, answered(N3, 0, masterInfo())])).toBe(1);
  });

  test('without a link too while the master is not reached, for then none can have one', () => {
    expect(of([refused(N1, 0), first, unlinked])).toBe(2);
  });

  test('unless they are of another group', () => {
    const { replicas } = aState();
    const stranger = { ...replicas, [nodeId(N3)]: { ...aRecord(), stranger: 'of another history' } };
    expect(of([master, first, second], { replicas: stranger })).toBe(1);
  });

  function aRecord() {
    return { address: N3, reconfiguration: 'none' as const };
  }
});

describe('the replication lag', () => {
  const of = (info: Partial<NodeInfo>) =>
    measured({ looks: [answered(N1, 0, masterInfo(info))] })?.continuous.ReplicationLagBytes;

  test('is that of the replica that is furthest behind, in the master’s own words', () => {
    expect(of({ offset: 1000, replicas: [connected(900), connected(250), connected(1000)] })).toBe(750);
  });

  test('leaves out a replica that is still being synchronized', () => {
    expect(of({ offset: 1000, replicas: [connected(990), connected(0, 'send_bulk')] })).toBe(10);
  });

  test('is never below 0', () => {
    expect(of({ offset: 1000, replicas: [connected(1001)] })).toBe(0);
  });

  test('is not known without a replica, or without the master', () => {
    expect(of({ offset: 1000 })).toBeUndefined();
    const gone = measured({ looks: [refused(N1, 0), answered(N2, 0, replicaInfo())] });
    expect(gone?.continuous).not.toHaveProperty('ReplicationLagBytes');
  });
});

describe('trouble is told', () => {
  const rogue = [...well.slice(0, 2), answered(N3, 0, masterInfo())];
  const role = { conditions: { [nodeId(N3)]: ['role' as const] } };
  const misconfigured = {
    conditions: {
      [nodeId(N1)]: ['misconfigured' as const],
      [nodeId(N2)]: ['down' as const],
      [nodeId(N3)]: ['misconfigured' as const],
    },
  };

  test.each<[string, Seen, object]>([
    ['of a master in O_DOWN', { state: { outage: { since: 0, masterValidAt: 0 } } }, { MasterDown: 1 }],
    ['of a second node that says master', { looks: rogue, told: role }, { TwoMasters: 1 }],
    ['of nodes that refuse us', { told: misconfigured }, { MisconfiguredNodes: 2 }],
  ])('%s', (_what, seen, trouble) => {
    expect(measured(seen)?.trouble).toEqual(trouble);
  });

  test.each<[string, Seen]>([
    ['that the sentinel has told nothing of', { looks: rogue }],
    ['that was told of another configuration', { looks: rogue, told: { ...role, configEpoch: 2 } }],
    [
      'of a node that was a master when it was last heard',
      { looks: [...well.slice(0, 2), refused(N3, 0)], told: role },
    ],
  ])('but none %s', (_what, seen) => {
    expect(measured(seen)?.trouble).toEqual({});
  });
});

test('the worst of several masters is the fewest sentinels and replicas, and the most bytes', () => {
  const measured = new Map([
    ['orders', { UsableSentinels: 3, VisibleReplicas: 2, ReplicationLagBytes: 10 }],
    ['sessions', { UsableSentinels: 2, VisibleReplicas: 3, ReplicationLagBytes: 50 }],
    ['young', { VisibleReplicas: 1 }],
  ]);
  expect(worstOf(measured)).toEqual({
    figures: { UsableSentinels: 2, VisibleReplicas: 1, ReplicationLagBytes: 50 },
    of: { UsableSentinels: 'sessions', VisibleReplicas: 'young', ReplicationLagBytes: 'sessions' },
  });
  expect(worstOf(new Map())).toEqual({ figures: {}, of: {} });
});
