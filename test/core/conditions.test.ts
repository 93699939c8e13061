import { describe, expect, test } from 'vitest';
import { conditionsChanged, conditionsOf } from '../../src/core/conditions.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { type Failover, type NodeCondition, nodeId } from '../../src/core/model.ts';
import { type Situation, situation } from '../../src/core/view.ts';
import {
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

const id = nodeId(N2);
const wrong: NodeLook = { node: N2, sentAt: 0, at: 0, outcome: 'misconfigured', detail: 'WRONGPASS' };
const leader = { sentinel: 'b', incarnation: 1 };
const failover: Failover = {
  ...{ epoch: 4, leader, beat: 1, kind: 'automatic', step: 'promoting', oldMaster: N1 },
  ...{ passedOver: {}, timeline: { started: 0 } },
};

function seen(
  looks: readonly NodeLook[],
  mono: number,
  more: { failover?: Failover; tilt?: boolean } = {},
): Situation {
  const state = aState(more.failover && { failover: more.failover });
  const self = { id: 'a', ...(more.tilt && { tilt: { why: 'stalled', passing: true } }) };
  return situation(aView({ state, memory: remembering(...looks) }), self, at(mono));
}

const rogue = answered(N2, 0, masterInfo());
const gone = [refused(N2, 0), refused(N2, 500), refused(N2, 1000)];

describe('of a node is told', () => {
  test.each<[string, Situation, NodeCondition[], NodeCondition[] | undefined]>([
    ['nothing while it is well', seen([answered(N2, 0, replicaInfo())], 0), [], undefined],
    ['that it is down', seen(gone, 1000), [], ['down']],
    ['nothing before down-after has passed', seen(gone.slice(0, 2), 500), [], undefined],
    ['that a replica says master', seen([rogue], 0), [], ['role']],
    ['that it is misconfigured', seen([wrong], 0), [], ['misconfigured']],
    ['no role while a failover moves them', seen([rogue], 0, { failover }), [], undefined],
    [
      'a wrong role until it says the right one, in a failover too',
      seen([rogue], 0, { failover }),
      ['role'],
      ['role'],
    ],
    ['a wrong role while it says nothing, and that it is down', seen(gone, 1000), ['role'], ['down', 'role']],
    [
      'no wrong role once it says the right one',
      seen([answered(N2, 0, replicaInfo())], 0),
      ['role'],
      undefined,
    ],
    [
      'an S_DOWN that was told by a process before this one, until it answers',
      seen([refused(N2, 0)], 0),
      ['down'],
      ['down'],
    ],
    ['no S_DOWN once it answers', seen([answered(N2, 0, replicaInfo())], 0), ['down'], undefined],
    ['in TILT what was told before', seen([rogue], 0, { tilt: true }), ['down'], ['down']],
  ])('%s', (_, situation, before, found) => {
    const known = before.length > 0 ? { [id]: before } : {};
    expect(conditionsOf(situation, known)[id]).toEqual(found);
  });

  test('of the named master no S_DOWN, which stands apart, and its role', () => {
    const down = seen([refused(N1, 0), refused(N1, 500), refused(N1, 1000)], 1000);
    expect(conditionsOf(down, {})).toEqual({});
    const replica = seen([answered(N1, 0, replicaInfo({}, { address: N2 }))], 0);
    expect(conditionsOf(replica, {})).toEqual({ [nodeId(N1)]: ['role'] });
  });
});

describe('the events tell', () => {
  const about = 'slave 10.0.0.2:6379 10.0.0.2 6379 @ mymaster 10.0.0.1 6379';
  const s = (look: NodeLook) => seen([look], 0);
  test.each<[string, Situation, NodeCondition[], NodeCondition[], string[]]>([
    ['nothing that stands', s(rogue), ['role'], ['role'], []],
    ['an S_DOWN', s(refused(N2, 0)), [], ['down'], [`+sdown ${about}`]],
    ['its end', s(answered(N2, 0, replicaInfo())), ['down'], [], [`-sdown ${about}`]],
    [
      'the wrong role, by Sentinel’s -',
      s(rogue),
      [],
      ['role'],
      [`-role-change ${about} new reported role is master`],
    ],
    [
      'the right one, by Sentinel’s +',
      s(answered(N2, 0, replicaInfo())),
      ['role'],
      [],
      [`+role-change ${about} new reported role is slave`],
    ],
    [
      'wrong credentials, and the reason',
      s(wrong),
      [],
      ['misconfigured'],
      [`+misconfigured ${about} #WRONGPASS`],
    ],
    [
      'what comes before what goes',
      s(wrong),
      ['down'],
      ['misconfigured'],
      [`+misconfigured ${about} #WRONGPASS`, `-sdown ${about}`],
    ],
  ])('%s', (_, situation, before, after, told) => {
    const events = conditionsChanged(situation, { [id]: before }, { [id]: after });
    expect(events.map(({ type, payload }) => `${type} ${payload}`)).toEqual(told);
  });

  test('nothing of a node that is known no more', () => {
    expect(conditionsChanged(s(rogue), { [nodeId(N3)]: ['down'] }, {})).toEqual([]);
  });
});
