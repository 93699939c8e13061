import { describe, expect, test } from 'vitest';
import { discover } from '../../src/core/discovery.ts';
import type { NodeInfo } from '../../src/core/info.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import {
  type Address,
  type MasterState,
  nodeId,
  REPLICAS_MAX,
  type ReplicaRecord,
} from '../../src/core/model.ts';
import {
  answered,
  aSituation,
  aState,
  masterInfo,
  N1,
  N2,
  N3,
  refused,
  remembering,
  replicaInfo,
} from './samples.ts';

const N4: Address = { host: '10.0.0.4', port: 6379 };
const NAMED: Address = { host: 'redis-4', port: 6379 };

const listing = (...nodes: Address[]): Partial<NodeInfo> => ({
  replicas: nodes.map((address) => ({ address, state: 'online', offset: 0 })),
});
const replicas = (...records: readonly (Partial<ReplicaRecord> & { address: Address })[]) =>
  Object.fromEntries(
    records.map((record) => [nodeId(record.address), { reconfiguration: 'none' as const, ...record }]),
  );

function learnt(info: Partial<NodeInfo>, state: Partial<MasterState> = {}, ...others: NodeLook[]) {
  const memory = remembering(answered(N1, 0, masterInfo(info)), ...others);
  return discover(aSituation({ state: aState(state), memory }, 0))?.write;
}

const told = (write: MasterState | undefined) => write?.events.map(({ type }) => type);

describe('replicas (I11)', () => {
  test('are learnt from the named master', () => {
    const write = learnt(listing(N2, N3, N4));
    expect(write?.replicas[nodeId(N4)]).toEqual({ address: N4, reconfiguration: 'none' });
    expect(told(write)).toEqual(['+slave']);
  });

  test('are learnt by name only where names are resolved', () => {
    expect(learnt(listing(N2, N3, NAMED))).toBeUndefined();
    const directives = { ...aState().directives, resolveHostnames: true };
    expect(Object.keys(learnt(listing(N2, N3, NAMED), { directives })?.replicas ?? {})).toContain(
      nodeId(NAMED),
    );
  });

  test.each<[string, NodeLook]>([
    ['that is not reached', refused(N1, 0)],
    ['that says replica', answered(N1, 0, replicaInfo(listing(N4)))],
    ['that loads', { ...answered(N1, 0, masterInfo(listing(N4))), reply: 'loading' } as NodeLook],
  ])('are not learnt from a master %s', (_, look) => {
    expect(discover(aSituation({ memory: remembering(look) }, 0))).toBeUndefined();
  });

  test('never hold the named master itself', () => {
    expect(learnt(listing(N2, N3, N1))).toBeUndefined();
  });

  test('that are no longer listed are kept: they may only be down', () => {
    expect(learnt(listing(N2))).toBeUndefined();
  });
});

describe('after RESET a replica', () => {
  const doubted = { replicas: replicas({ address: N2, unconfirmed: true }) };

  test('that the master lists is confirmed', () => {
    const write = learnt(listing(N2), doubted);
    expect(write?.replicas[nodeId(N2)]).toEqual({ address: N2, reconfiguration: 'none' });
    expect(told(write)).toEqual([]);
  });

  test('that says itself that it follows the master is confirmed', () => {
    const write = learnt({}, doubted, answered(N2, 0, replicaInfo()));
    expect(write?.replicas[nodeId(N2)]).not.toHaveProperty('unconfirmed');
  });

  test('that follows another node and has the known history has only strayed: it is kept, to be brought back', () => {
    const write = learnt({}, doubted, answered(N2, 0, replicaInfo({}, { address: N3 })));
    expect(write?.replicas[nodeId(N2)]).not.toHaveProperty('unconfirmed');
  });

  test('that belongs to others by now is dropped', () => {
    const theirs = replicaInfo({ replicationId: 'theirs' }, { address: N3 });
    expect(learnt({}, doubted, answered(N2, 0, theirs))?.replicas).toEqual({});
  });

  test('that nothing confirms is dropped, and it is told', () => {
    const write = learnt({}, doubted);
    expect(write?.replicas).toEqual({});
    expect(told(write)).toEqual(['-slave']);
  });
});

describe('of a replica is kept', () => {
  test('that it is hidden from clients, and that it is not any more', () => {
    const hidden = learnt(listing(N2, N3), {}, answered(N2, 0, replicaInfo({}, { announced: false })));
    expect(hidden?.replicas[nodeId(N2)]?.announced).toBe(false);
    const shown = { replicas: replicas({ address: N2, announced: false }) };
    const again = learnt(listing(N2), shown, answered(N2, 0, replicaInfo()));
    expect(again?.replicas[nodeId(N2)]?.announced).toBe(true);
  });

  test('where its name leads', () => {
    const state = { replicas: replicas({ address: NAMED, ip: '10.0.0.4' }) };
    const look = { ...answered(NAMED, 0, replicaInfo()), ip: '10.0.0.44' } as NodeLook;
    expect(learnt({}, state, look)?.replicas[nodeId(NAMED)]?.ip).toBe('10.0.0.44');
  });

  test('nothing of an IP address, which leads nowhere else', () => {
    const look = { ...answered(N2, 0, replicaInfo()), ip: '10.0.0.2' } as NodeLook;
    expect(learnt({}, {}, look)).toBeUndefined();
  });
});

describe('a master that tells of too many replicas', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ host: `10.1.${i >> 8}.${i & 255}`, port: 6379 }));

  test('has as many of them in the state as one item holds', () => {
    const write = learnt(listing(N2, N3, ...many(500)));
    expect(Object.keys(write?.replicas ?? {})).toHaveLength(REPLICAS_MAX);
    expect(write?.replicas).toMatchObject(aState().replicas);
    expect(learnt(listing(N2, N3, ...many(500)), write)).toBeUndefined();
  });

  test('has the one it tells twice once', () => {
    expect(told(learnt(listing(N2, N3, N4, N4)))).toEqual(['+slave']);
  });
});

describe('the master’s identity', () => {
  const known = { address: N1, runId: 'run-1', replicationId: 'history-1', offset: 5000 };
  test.each<[string, Partial<NodeInfo>, object | undefined, string[] | undefined]>([
    ['is not written again while it has not doubled its offset', { offset: 10_999 }, undefined, undefined],
    ['is written with the offset once it has', { offset: 11_001 }, { offset: 11_001 }, []],
    [
      'never loses its highest offset to the same process',
      { offset: 7, replicationId: 'h2' },
      { offset: 5000 },
      [],
    ],
    [
      'begins anew with another run id, and that is a reboot',
      { runId: 'r9', offset: 7 },
      { runId: 'r9', offset: 7 },
      ['+reboot'],
    ],
    [
      'keeps the history before a new one',
      { offset: 5000, replicationId: 'h2' },
      { replicationId: 'h2', previousReplicationIds: ['history-1'] },
      [],
    ],
  ])('%s', (_, info, identity, events) => {
    const write = learnt(info, { master: known });
    if (identity) expect(write?.master).toMatchObject(identity);
    else expect(write).toBeUndefined();
    expect(told(write)).toEqual(events);
  });
});
