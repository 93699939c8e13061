/** What an intent is worth when its node comes back as another process. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { type Failover, type Intent, type MasterState, nodeId } from '../../src/core/model.ts';
import { answered, aState, at, aView, N1, N2, N3, refused, remembering, replicaInfo } from './samples.ts';

const ME = { sentinel: 'a', incarnation: 1 };
const MASTER = { address: N1, runId: 'run-1', replicationId: 'history-1', offset: 5000 };
const TIMEOUT_MS = aState().directives.failoverTimeoutMs;

const full = { runId: 'run-2', offset: 5000, keys: 900 };
const of = (node: typeof N2, changes: Parameters<typeof replicaInfo>[0]) =>
  answered(node, 990, replicaInfo(changes, { linkUp: false }));
const loading = (node: typeof N2): NodeLook => ({
  ...of(node, { replicationId: 'random', offset: 1 }),
  ...{ outcome: 'answered', reply: 'loading', link: 'l' },
});
const old = refused(N1, 990);

/** @param intendedAgoMs - when the intent was written */
function decided(intent: Partial<Intent>, looks: readonly NodeLook[], intendedAgoMs = 100) {
  const failover: Failover = {
    ...{ epoch: 5, begunIn: 4, leader: ME, beat: 3, kind: 'automatic', step: 'promoting', oldMaster: N1 },
    passedOver: {},
    intent: { epoch: 5, node: N2, runId: 'run-2', offset: 5000, ...intent },
    timeline: { started: at(0).wall, intended: at(1000).wall - intendedAgoMs },
  };
  return decidedIn(aState({ currentEpoch: 5, master: MASTER, failover }), looks);
}

function decidedIn(state: MasterState, looks: readonly NodeLook[]) {
  const memory = { ...remembering(old, ...looks), wroteAt: 900 };
  return decide(aView({ state, memory }), { id: 'a', incarnation: 1 }, at(1000));
}

const promoted = (decision: ReturnType<typeof decided>) =>
  decision.commands.filter(({ kind }) => kind === 'promote').map(({ node }) => nodeId(node));
const empty = of(N2, { replicationId: 'brand-new', runId: 'run-22', offset: 0, keys: 0 });
const snapshot = of(N2, { runId: 'run-22', offset: 300, keys: 10 });

describe.each([
  ['empty', empty, 'came back with another replication history'],
  ['with an old snapshot', snapshot, 'came back with less data than it was chosen for'],
])('the node of an intent that came back %s', (_, back, why) => {
  test.each([
    ['of this epoch', 5],
    ['of an earlier epoch', 4],
  ])(
    'is not promoted by an intent %s while a node that may have the data is loading or refuses',
    (_, epoch) => {
      for (const other of [loading(N3), refused(N3, 990)]) {
        const decision = decided({ epoch }, [back, other]);
        expect(promoted(decision)).toEqual([]);
        expect(decision.write?.failover?.intent ?? {}).not.toMatchObject({ epoch: 5 });
        expect(decision.reason).toContain(why);
        expect(decision.reason).toContain('waiting for a node that has it');
      }
    },
  );

  test('makes way in the next epoch for one that has the data', () => {
    const decision = decided({}, [back, of(N3, { ...full, runId: 'run-3' })]);
    expect(promoted(decision)).toEqual([]);
    expect(decision.write).toMatchObject({ currentEpoch: 6 });
    const next = decided({ epoch: 4 }, [back, of(N3, { ...full, runId: 'run-3' })]);
    expect(next.write?.failover).toMatchObject({
      intent: { epoch: 5, node: N3, runId: 'run-3', offset: 5000 },
      passedOver: { [nodeId(N2)]: why },
    });
  });

  test('is promoted all the same when nobody else came within failover-timeout, and a loss is told first', () => {
    const looks = [back, refused(N3, 990)];
    const first = decided({}, looks, TIMEOUT_MS + 1);
    const { write } = first;
    expect(write?.events.at(-1)?.type).toBe(back === empty ? '+data-lost' : undefined);
    expect(promoted(write ? decidedIn(write, looks) : first)).toEqual([nodeId(N2)]);
  });

  test('is intended anew as it is by who resumes, and waited for no second time', () => {
    const looks = [back, refused(N3, 990)];
    const first = decided({ epoch: 4 }, looks, TIMEOUT_MS + 1);
    const taken =
      first.write?.failover?.intent?.epoch === 5 ? first : decidedIn(first.write ?? aState(), looks);
    expect(taken.write?.failover?.intent).toMatchObject({ epoch: 5, node: N2, runId: 'run-22' });
    expect(promoted(decidedIn(taken.write ?? aState(), looks))).toEqual([nodeId(N2)]);
  });

  test('is no loss while it only loads', () => {
    expect(decided({}, [loading(N2), refused(N3, 990)], TIMEOUT_MS + 1)).not.toHaveProperty('write');
  });
});

describe('the node of an intent is promoted', () => {
  test.each<[string, Partial<Intent>, NodeLook]>([
    ['as it was chosen', {}, of(N2, full)],
    ['as another process that has caught up', {}, of(N2, { ...full, runId: 'run-22' })],
    ['by an intent of an older version, which does not say what it was chosen for', { offset: 0 }, snapshot],
  ])('%s', (_, intent, look) => {
    expect(promoted(decided(intent, [look, refused(N3, 990)]))).toEqual([nodeId(N2)]);
  });
});
