import { describe, expect, test } from 'vitest';
import { generationOf, strangeness, withReplicationId } from '../../src/core/lineage.ts';
import { type Address, type MasterIdentity, nodeId, type ReplicaRecord } from '../../src/core/model.ts';
import { aState, masterInfo, N1, N2, N3, replicaInfo } from './samples.ts';

const KNOWN: MasterIdentity = {
  ...{ address: N1, replicationId: 'h3', previousReplicationIds: ['h2', 'h1'] },
};
const M1: Address = { host: '10.9.9.9', port: 6379 };

describe('a node is', () => {
  test.each([
    ['of the current history', 'h3', '', 'current'],
    ['of the current history, promoted out of it', 'h4', 'h3', 'current'],
    ['of a previous one', 'h2', 'h1', 'previous'],
    ['of a previous one, promoted out of that', 'x', 'h1', 'previous'],
    ['none of ours', 'x', 'y', 'other'],
  ] as const)('%s', (_, replicationId, replicationId2, generation) => {
    expect(generationOf({ ...aState(), master: KNOWN }, { replicationId, replicationId2 })).toBe(generation);
  });

  test('of the current history while none is known', () => {
    const state = aState({ master: { address: N1 } });
    expect(generationOf(state, { replicationId: 'x', replicationId2: 'y' })).toBe('current');
  });
});

describe('the histories of a master', () => {
  test.each<[string, MasterIdentity, string, string[] | undefined]>([
    ['begin with the first one seen', { address: N1 }, 'h1', undefined],
    ['stay as they are for the same one', KNOWN, 'h3', ['h2', 'h1']],
    ['put the one before first', KNOWN, 'h4', ['h3', 'h2', 'h1']],
    ['name one that comes again once', KNOWN, 'h1', ['h3', 'h2']],
    [
      'end with the fourth',
      { ...KNOWN, previousReplicationIds: ['h2', 'h1', 'h0', 'h-1'] },
      'h4',
      ['h3', 'h2', 'h1', 'h0'],
    ],
  ])('%s', (_, known, next, previous) => {
    const identity = withReplicationId(known, next);
    expect(identity.replicationId).toBe(next);
    expect(identity.previousReplicationIds).toEqual(previous);
  });
});

describe('a node of another history', () => {
  const replica: ReplicaRecord = { address: N2, reconfiguration: 'none' };
  const other = { replicationId: 'foreign-history', replicationId2: '' };
  const followers = (...nodes: Address[]) => ({
    replicas: nodes.map((address) => ({ address, state: 'online', offset: 0 })),
  });
  const judge = (info: Parameters<typeof strangeness>[2], more: Partial<ReplicaRecord> = {}) =>
    strangeness(aState(), { ...replica, ...more }, info, new Set(['as-just-seen']));

  test.each<[string, string | undefined]>([
    ['that follows none of ours is a stranger', judge(replicaInfo(other, { address: M1 }))],
    ['that only others follow is a stranger', judge(masterInfo({ ...other, ...followers(M1) }))],
  ])('%s, and it is said why', (_, why) => {
    expect(why).toMatch(/^of another replication history \(foreign-…\) and .*10\.9\.9\.9:6379/);
  });

  test.each<[string, string | undefined]>([
    ['that nobody follows is ours: it restarted without its snapshot', judge(masterInfo(other))],
    ['that follows our master is ours', judge(replicaInfo(other))],
    ['that follows another of ours is ours', judge(replicaInfo(other, { address: N3 }))],
    ['that one of ours follows is ours', judge(masterInfo({ ...other, ...followers(M1, N3) }))],
    ['that our master follows, and no other, is ours', judge(masterInfo({ ...other, ...followers(N1) }))],
    ['that an operator named is ours', judge(replicaInfo(other, { address: M1 }), { declared: true })],
    [
      'which is our master’s as just seen is ours',
      judge(replicaInfo({ replicationId: 'as-just-seen' }, { address: M1 })),
    ],
  ])('%s', (_, why) => {
    expect(why).toBeUndefined();
  });

  test('is told by the first whole signs of its history', () => {
    const why = judge(replicaInfo({ ...other, replicationId: '1234567𝒳' }, { address: M1 }));
    expect(why?.isWellFormed()).toBe(true);
    expect(why).toContain('(1234567\ufffd…)');
  });

  test('of a thousand replicas is told with a few of them', () => {
    const foreign = Array.from({ length: 1000 }, (_, i) => ({
      host: `10.9.${i >> 8}.${i & 255}`,
      port: 6379,
    }));
    const why = judge(masterInfo({ ...other, ...followers(...foreign) }));
    expect(why).toMatch(/is followed by (10\.9\.0\.[0-3]:6379(, )?){4}, none of ours$/);
  });

  test('is not seen in a node of ours, whomever it follows', () => {
    expect(judge(replicaInfo({}, { address: M1 }))).toBeUndefined();
    expect(nodeId(M1) in aState().replicas).toBe(false);
  });
});
