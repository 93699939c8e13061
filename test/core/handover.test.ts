import { describe, expect, test } from 'vitest';
import type { CommandReply, NodeCommand } from '../../src/core/commands.ts';
import type { Leading } from '../../src/core/failover.ts';
import { type HandOver, handOver, unpauseFirst, writesLost } from '../../src/core/handover.ts';
import type { NodeInfo } from '../../src/core/info.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { type Failover, nodeId } from '../../src/core/model.ts';
import {
  answered,
  aSituation,
  aState,
  masterInfo,
  N1,
  N2,
  refused,
  remembering,
  replicaInfo,
} from './samples.ts';

const ME = { sentinel: 'a', incarnation: 1 };
const OLD_LINK = `link to ${nodeId(N1)}`;

/** n1 hands over to n2 in epoch 4. The pause of 2 s was sent at 1000 and answered at 1001, where there is one. */
function leading(
  looks: readonly NodeLook[],
  replies: readonly CommandReply[] = [],
  { mono = 1010, ...failover }: Partial<Failover> & { mono?: number } = {},
): Leading {
  const led: Failover = {
    ...{ epoch: 4, begunIn: 4, leader: ME, beat: 1, kind: 'coordinated', step: 'handing over' },
    ...{ target: N2, oldMaster: N1, passedOver: {}, timeline: { started: 0 }, ...failover },
  };
  const state = aState({ failover: led });
  const s = aSituation({ state, memory: { ...remembering(...looks), replies } }, mono);
  return { ...s, me: ME, failover: led };
}

function reply(
  kind: NodeCommand['kind'],
  outcome: CommandReply['outcome'] = 'done',
  more: Partial<CommandReply> & { link?: string; epoch?: number } = {},
): CommandReply {
  const { link = OLD_LINK, epoch = 4, ...rest } = more;
  const sent = { node: N1, link, epoch, fence: 'lease' as const };
  const command = { ...sent, kind, forMs: 2000, upstream: N2, notAfter: 2000 } as NodeCommand;
  return { command, sentAt: 1000, at: 1001, outcome, detail: outcome, ...rest };
}

const old = (info: Partial<NodeInfo> = {}, mono = 1005) =>
  answered(N1, mono, masterInfo({ offset: 500, ...info }));
const successor = (info: Partial<NodeInfo> = {}, mono = 1005) =>
  answered(N2, mono, replicaInfo({ offset: 500, ...info }));
const down = [0, 500, 1000].map((ms) => refused(N1, ms));
const demoted = answered(N1, 1005, replicaInfo({}, { address: N2 }));
const promoted = answered(N2, 1005, masterInfo());

describe('a hand-over', () => {
  const promoting = { step: 'promoting' } as const;
  test.each<[string, Leading, HandOver['kind'], string | undefined]>([
    [
      'begins with the pause',
      leading([old(), successor()]),
      'next',
      'pausing the writers of 10.0.0.1:6379 for 2000 ms at most',
    ],
    [
      'does not go on once its writers were let go: they write',
      leading([old(), successor()], [reply('pause'), reply('unpause')]),
      'lapsed',
      'its writers were let go',
    ],
    [
      'waits for what is on its way',
      leading([old(), successor({ offset: 499 })], [reply('pause')]),
      'next',
      'waiting until 10.0.0.2:6379 has everything',
    ],
    [
      'waits for looks since the pause',
      leading([old({}, 1000), successor()], [reply('pause')]),
      'next',
      'waiting until',
    ],
    [
      'waits while the link is down',
      leading([old(), answered(N2, 1005, replicaInfo({ offset: 500 }, { linkUp: false }))], [reply('pause')]),
      'next',
      'waiting until',
    ],
    [
      'waits for a look since a demotion without an answer',
      leading([old(), successor()], [reply('pause'), reply('hand over', 'unknown', { at: 1006 })]),
      'next',
      'waiting until',
    ],
    [
      'does not demote again a node that was demoted unheard and made a master again: it holds nobody back',
      leading(
        [old({ replicationId: 'history-2', replicationId2: 'history-1' }), successor()],
        [reply('pause'), reply('hand over', 'unknown')],
      ),
      'lapsed',
      '10.0.0.1:6379 was demoted, and made a master again',
    ],
    [
      'may demote when the offsets are equal',
      leading([old(), successor()], [reply('pause')]),
      'equal',
      undefined,
    ],
    [
      'may not when half of the pause is over',
      leading([old({}, 1999), successor({}, 1999)], [reply('pause')], { mono: 2000 }),
      'lapsed',
      '10.0.0.2:6379 did not come equal in time',
    ],
    [
      'may not without the pause',
      leading([old(), successor()], [reply('pause', 'unknown')]),
      'lapsed',
      'the pause was unknown',
    ],
    [
      'may not on another connection than the pause’s',
      leading([old(), successor()], [reply('pause', 'done', { link: 'before' })]),
      'lapsed',
      'the connection of the pause is gone',
    ],
    [
      'takes no pause of another epoch for its own',
      leading([old(), successor()], [reply('pause', 'done', { epoch: 3 })]),
      'next',
      'pausing',
    ],
    [
      'cannot begin while the successor is out of reach',
      leading([old(), refused(N2, 1005)]),
      'lapsed',
      '10.0.0.2:6379 is out of reach',
    ],
    [
      'ends when the old master is out of reach before the intent',
      leading([refused(N1, 1005), successor()]),
      'lapsed',
      '10.0.0.1:6379 is out of reach',
    ],
    [
      'waits for the old master after it',
      leading([refused(N1, 1005), successor()], [], promoting),
      'next',
      '10.0.0.1:6379 is out of reach: waiting until it answers or is down',
    ],
    [
      'promotes without it once it is S_DOWN',
      leading([...down, successor()], [], promoting),
      'ready',
      undefined,
    ],
    [
      'promotes after the demotion’s own answer',
      leading([old(), successor()], [reply('pause'), reply('hand over')]),
      'ready',
      undefined,
    ],
    [
      'promotes when the old master says replica already',
      leading([demoted, successor()]),
      'ready',
      undefined,
    ],
    ['promotes when the successor says master already', leading([old(), promoted]), 'ready', undefined],
  ])('%s', (_, s, kind, why) => {
    const found = handOver(s, N2);
    expect(found.kind).toBe(kind);
    if (found.kind === 'next') expect(found.decision.reason).toContain(why);
    if (found.kind === 'lapsed') expect(found.why).toBe(why);
  });

  test('names the old master itself, when a later epoch chose it: there is nobody to hand over to', () => {
    expect(handOver(leading([old()]), N1).kind).toBe('ready');
  });

  test('demotes on the pause’s connection, not after half of the pause from when it was sent', () => {
    const found = handOver(leading([old(), successor()], [reply('pause')]), N2);
    expect(found).toMatchObject({
      demotion: { kind: 'hand over', node: N1, upstream: N2, link: OLD_LINK, epoch: 4, notAfter: 2000 },
    });
  });

  test('pauses for no longer than failover-timeout', () => {
    const s = leading([old(), successor()]);
    const directives = { ...s.state.directives, failoverTimeoutMs: 700 };
    const found = handOver({ ...s, state: { ...s.state, directives } }, N2);
    expect(found).toMatchObject({ decision: { commands: [{ kind: 'pause', forMs: 700 }] } });
  });
});

describe('what the old master had at its demotion', () => {
  const at503 = reply('hand over', 'done', { at: 1001, info: masterInfo({ offset: 503 }) });

  test('is waited for a moment, and then told as lost', () => {
    const late = leading([old(), successor()], [reply('pause'), at503]);
    expect(handOver(late, N2)).toMatchObject({
      decision: { reason: '10.0.0.2:6379 takes in what was on its way' },
    });
    const passed = leading([old(), successor()], [reply('pause'), at503], { mono: 1101 });
    expect(handOver(passed, N2).kind).toBe('ready');
    expect(writesLost(passed, N2)).toBe(3);
  });

  test('is nothing when the successor has it all, and not known without an answer', () => {
    expect(writesLost(leading([successor({ offset: 503 })], [at503]), N2)).toBe(0);
    expect(writesLost(leading([successor()], [reply('hand over', 'unknown')]), N2)).toBeUndefined();
  });
});

describe('before a hand-over ends without a switch', () => {
  const paused = [reply('pause')];
  test.each<[string, Leading, boolean]>([
    ['the writers that this leader paused are freed', leading([old()], paused), true],
    ['they are freed though the pause was not answered', leading([old()], [reply('pause', 'unknown')]), true],
    ['those a dead leader may have paused are freed', leading([old()], [], { begunIn: 3 }), true],
    ['nobody is freed who was not paused', leading([old()]), false],
    ['nobody is freed twice', leading([old()], [...paused, reply('unpause')]), false],
    ['a master out of reach is left to the end of its pause', leading([refused(N1, 1005)], paused), false],
  ])('%s', (_, s, freed) => {
    const decision = unpauseFirst(s);
    expect(decision?.commands.map(({ kind }) => kind)).toEqual(freed ? ['unpause'] : undefined);
  });
});
