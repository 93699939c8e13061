import { describe, expect, test } from 'vitest';
import { electable, failoverLimitation, newLimitation, standsBack } from '../../src/core/limitation.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { rememberLooks } from '../../src/core/memory.ts';
import { type Directives, type MasterState, nodeId, type Observation } from '../../src/core/model.ts';
import { BLANK, type Situation, situation } from '../../src/core/view.ts';
import {
  anObservation,
  answered,
  aState,
  at,
  MIDNIGHT,
  masterInfo,
  N1,
  N2,
  N3,
  refused,
  replicaInfo,
  silent,
} from './samples.ts';

const ALIVE = answered(N1, 0, masterInfo());
const GONE = [ALIVE, refused(N1, 400), refused(N1, 700), refused(N1, 1000)];
const REPLICAS = [answered(N2, 1000, replicaInfo()), answered(N3, 1000, replicaInfo({ runId: 'run-3' }))];
const SEEN = { incarnation: 1, seq: 1, readAt: 1000, changedAt: 1000 };

function found(
  { directives, ...state }: Partial<Omit<MasterState, 'directives'>> & { directives?: Partial<Directives> },
  looks: readonly NodeLook[] = [...GONE, ...REPLICAS],
  others: readonly Observation[] = [anObservation('b')],
): Situation {
  const known = aState({ ...state, directives: { ...aState().directives, ...directives } });
  let memory = { ...BLANK, seen: Object.fromEntries(others.map(({ sentinel }) => [sentinel, SEEN])) };
  for (const look of looks) memory = { ...rememberLooks(memory, known, [look], 1000), seen: memory.seen };
  const view = { state: known, observations: others, votes: [], memory };
  return situation(view, { id: 'a', incarnation: 1 }, at(1000));
}

describe('no failover starts', () => {
  const paused = { since: 0, by: 'operator' };
  const coolDown = { until: MIDNIGHT + 3500, reason: 'not elected in time' };
  test.each<[string, Situation]>([
    ['paused by operator', found({ paused })],
    ['observe-only is set', found({ directives: { observeOnly: true } })],
    ['down for 1 sentinel (a), the quorum is 2', found({}, undefined, [])],
    ['down for 2 sentinels (a, b), the quorum is 3', found({ directives: { quorum: 3 } })],
    [
      'vetoed by replicas that still hear the master: 10.0.0.2:6379 (seen by b)',
      found({}, undefined, [anObservation('b', { heardBy: ['10.0.0.2:6379'] })]),
    ],
    [
      'not yet heard what its replicas hear: 10.0.0.2:6379, 10.0.0.3:6379',
      found({}, [ALIVE, refused(N1, 400), refused(N1, 1000), ...REPLICAS]),
    ],
    ['cooling down for 3 s more: not elected in time', found({ coolDown })],
    ['it has no known replica', found({ replicas: {} })],
    [
      '1 of its replicas visible, min-replicas-visible is 2',
      found({ directives: { minReplicasVisible: 2 } }, [
        ...GONE,
        REPLICAS[0] as NodeLook,
        silent(N3, 900, 900),
      ]),
    ],
    [
      `no replica may be promoted: 10.0.0.2:6379 not reached by this sentinel's last look; 10.0.0.3:6379 priority 0: never to be promoted`,
      found({}, [...GONE, answered(N3, 1000, replicaInfo({}, { priority: 0 }))]),
    ],
  ])('%s', (reason, s) => {
    expect(failoverLimitation(s)).toBe(reason);
  });
});

describe('a failover may start', () => {
  test.each<[string, Situation]>([
    ['when the quorum agrees and a replica will do', found({})],
    ['when the cool-down is over', found({ coolDown: { until: MIDNIGHT + 1000, reason: '' } })],
    ['when enough replicas are visible', found({ directives: { minReplicasVisible: 2 } })],
    [
      'when replicas are heard, with replica-evidence no',
      found({ directives: { replicaEvidence: false } }, undefined, [
        anObservation('b', { heardBy: ['10.0.0.2:6379'] }),
      ]),
    ],
    [
      'at the second failed look, when its replicas say that they have lost it',
      found({}, [
        ...[ALIVE, refused(N1, 400), refused(N1, 1000)],
        ...[N2, N3].map((node) =>
          answered(node, 1000, replicaInfo({ runId: `run-${node.host}` }, { linkUp: false })),
        ),
      ]),
    ],
    [
      'at the second failed look, with replica-evidence no',
      found({ directives: { replicaEvidence: false } }, [
        ...[ALIVE, refused(N1, 400), refused(N1, 1000), ...REPLICAS],
      ]),
    ],
    [
      'when the master says replica, though every link is down: in a ring of replicas nobody feeds another',
      found(
        {},
        [0, 100]
          .map((ms) => answered(N1, ms, replicaInfo({ runId: 'run-1' }, { address: N2, linkUp: false })))
          .concat(
            [N2, N3].map((node) =>
              answered(
                node,
                1000,
                replicaInfo({ runId: `run-${node.host}` }, { linkUp: false, linkDownForMs: 3_600_000 }),
              ),
            ),
          ),
      ),
    ],
    [
      'when the master says replica, whoever hears it',
      found(
        {},
        [0, 100]
          .map((ms) => answered(N1, ms, replicaInfo({ runId: 'run-1' }, { address: N2 })))
          .concat(REPLICAS),
        [anObservation('b', { heardBy: ['10.0.0.2:6379'] })],
      ),
    ],
  ])('%s', (_, s) => {
    expect(failoverLimitation(s)).toBeUndefined();
  });
});

test('the named master is electable only when all that is wrong with it is that it says replica', () => {
  expect(electable(found({}))).toEqual([N2, N3]);
  const says = [0, 100].map((ms) => answered(N1, ms, replicaInfo({ runId: 'run-1' }, { address: N2 })));
  expect(electable(found({}, says))).toEqual([N2, N3, N1]);
});

test('a master is looked after unless it is paused or watched only', () => {
  expect(standsBack(aState())).toBeUndefined();
  expect(standsBack(aState({ paused: { since: 0, by: 'ops' } }))).toBe('paused by ops');
});

describe('a reason is written down', () => {
  const standing = (reason: string, at: number, by = 'b') =>
    found({ limitation: { at: MIDNIGHT + at, by, reason } });
  test.each<[string, Situation, string, boolean]>([
    ['when none stands', found({}), 'cooling down for 8 s more', true],
    [
      'not when only its numbers change',
      standing('cooling down for 8 s more', -9000),
      'cooling down for 7 s more',
      false,
    ],
    [
      'when it is another, five seconds after its own last one',
      standing('it has no known replica', -4000, 'a'),
      'paused by b',
      true,
    ],
    ['not when it just wrote another', standing('it has no known replica', -3999, 'a'), 'paused by b', false],
    [
      'not over another zone’s, for zones may differ for ever',
      standing('it has no known replica', -58_999),
      'paused by b',
      false,
    ],
    [
      'when another zone’s is a minute old',
      standing('it has no known replica', -59_000),
      'paused by b',
      true,
    ],
  ])('%s', (_, s, reason, written) => {
    const limitation = newLimitation(s, reason);
    expect(limitation).toEqual(written ? { at: MIDNIGHT + 1000, by: 'a', reason } : undefined);
    expect(nodeId(s.state.master.address)).toBe(nodeId(N1));
  });
});
