import { describe, expect, test } from 'vitest';
import type { CommandReply } from '../../src/core/commands.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/decision.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { type Address, type Failover, type MasterState, nodeId } from '../../src/core/model.ts';
import type { Memory } from '../../src/core/view.ts';
import {
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
} from './samples.ts';

const LEADER = { sentinel: 'a', incarnation: 1 };
const N4: Address = { host: '10.0.0.4', port: 6379 };
const N5: Address = { host: '10.0.0.5', port: 6379 };

/** What the leader of epoch 4 decides at this moment, 100 ms after its last write unless said otherwise. */
function lead(
  failover: Partial<Failover>,
  looks: readonly NodeLook[],
  {
    mono = 2000,
    state = {},
    ...memory
  }: { mono?: number; state?: Partial<MasterState> } & Partial<Memory> = {},
): Decision {
  const led: Failover = {
    ...{ epoch: 4, leader: LEADER, beat: 9, kind: 'automatic', step: 'promoting' },
    ...{ oldMaster: N1, passedOver: {} },
    ...{ timeline: { started: MIDNIGHT, switched: MIDNIGHT }, ...failover },
  };
  const view = aView({
    state: aState({ failover: led, ...state }),
    memory: { ...remembering(...looks), wroteAt: mono - 100, ...memory },
  });
  return decide(view, { id: 'a', incarnation: 1 }, at(mono));
}

const DOWN = [refused(N1, 0), refused(N1, 500), refused(N1, 1000), refused(N1, 1990)];
const events = ({ write }: Decision) => (write?.events ?? []).map(({ type }) => type);

describe('a promotion', () => {
  const intent = { epoch: 4, node: N2 };
  const looks = [
    ...DOWN,
    answered(N2, 1990, replicaInfo()),
    answered(N3, 1990, replicaInfo({ runId: 'run-3' })),
  ];

  function replied(
    outcome: CommandReply['outcome'],
    epoch: number,
    node: Address,
    mono: number,
  ): CommandReply {
    const command = { kind: 'promote', node, link: 'l', epoch, fence: 'lease' } as const;
    return { command, sentAt: mono, at: mono, outcome, detail: outcome };
  }

  test('of a coordinated failover that came to nothing is not sent again while the old master answers and says master', () => {
    const back = [answered(N1, 1990, masterInfo()), ...looks.slice(DOWN.length)];
    const { commands } = lead({ kind: 'coordinated', intent }, back, {
      replies: [replied('abandoned', 4, N2, 1980)],
    });
    expect(commands.map(({ kind, node }) => [kind, node])).toEqual([['pause', N1]]);
  });

  test('is proven by its own reply in this epoch, and then the master switches', () => {
    const decision = lead({ intent }, looks, { replies: [replied('done', 4, N2, 1995)] });
    expect(decision.write).toMatchObject({ configEpoch: 4, master: { address: N2 } });
    expect(decision.write?.failover?.timeline).toMatchObject({
      promoted: MIDNIGHT + 1995,
      switched: MIDNIGHT + 2000,
    });
  });

  test.each([
    ['the reply of another epoch', replied('done', 3, N2, 1995)],
    ['the reply of another node', replied('done', 4, N3, 1995)],
    ['a reply that never came', replied('unknown', 4, N2, 1980)],
    ['a command that never left', replied('abandoned', 4, N2, 1980)],
  ])('is not proven by %s: it is sent again', (_, reply) => {
    const decision = lead({ intent }, looks, { replies: [reply] });
    expect(decision.write).toBeUndefined();
    expect(decision.commands).toEqual([
      { kind: 'promote', node: N2, link: `link to ${nodeId(N2)}`, epoch: 4, fence: 'lease' },
    ]);
  });

  test('is not proven by a node that says master', () => {
    const master = answered(N2, 1990, masterInfo({ runId: 'run-2' }));
    const decision = lead({ intent }, [...DOWN, master]);
    expect(decision.write).toBeUndefined();
    expect(decision.commands).toMatchObject([{ kind: 'promote', node: N2 }]);
  });

  test('is sent again only on a look that is later than what became of the last', () => {
    const decision = lead({ intent }, looks, { replies: [replied('unknown', 4, N2, 1991)] });
    expect(decision.commands).toEqual([]);
    expect(decision.reason).toBe('waiting to promote 10.0.0.2:6379, which answers');
  });

  test('waits for its node until it is out of reach, and the beat goes on each second', () => {
    const away = [...DOWN, refused(N2, 1200), refused(N2, 1990), answered(N3, 1990, replicaInfo())];
    expect(lead({ intent }, away)).toMatchObject({ commands: [], pace: { kind: 'alert' } });
    expect(lead({ intent }, away).write).toBeUndefined();
    const beating = lead({ intent }, away, { wroteAt: 1000 });
    expect(beating.write?.failover).toMatchObject({ beat: 10, intent, step: 'promoting' });
    expect(lead({ intent }, away, { mono: 2200 }).write?.election).toMatchObject({
      epoch: 5,
      candidate: LEADER,
    });
  });

  test('of a node that is gone waits on when no other is in reach', () => {
    const alone = [...DOWN, refused(N2, 500), refused(N2, 1990), refused(N3, 1990)];
    expect(lead({ intent }, alone)).toMatchObject({
      commands: [],
      reason: expect.stringContaining('waiting to promote'),
    });
  });

  test('of a node that turned misconfigured does not wait for ever: the next epoch chooses another', () => {
    const wrong: NodeLook = {
      node: N2,
      sentAt: 1990,
      at: 1990,
      outcome: 'misconfigured',
      detail: 'WRONGPASS',
    };
    const decision = lead({ intent }, [
      ...DOWN,
      answered(N2, 100, replicaInfo()),
      wrong,
      answered(N3, 1990, replicaInfo()),
    ]);
    expect(decision.write?.election).toMatchObject({ epoch: 5 });
  });
});

describe('before the intent', () => {
  test('a leader that never saw the master S_DOWN makes way, and does not say that the master answers', () => {
    const cold = [refused(N1, 1500), refused(N1, 1990), answered(N2, 1990, replicaInfo())];
    const decision = lead({ step: 'selecting' }, cold);
    expect(decision.write).not.toHaveProperty('failover');
    expect(decision.write).not.toHaveProperty('coolDown');
  });

  test('an abort for a master that refuses says so', () => {
    const cold = [refused(N1, 1500), refused(N1, 1990), answered(N2, 1990, replicaInfo())];
    expect(lead({ step: 'selecting' }, cold).reason).not.toContain('answers again');
  });

  test('an election that the returning master ended is remembered as that', () => {
    const election = { epoch: 4, candidate: LEADER, beat: 1, openedAt: MIDNIGHT };
    const memory = remembering(answered(N1, 1990, masterInfo()));
    const view = aView({ state: aState({ election }), memory });
    const { write } = decide(view, { id: 'a', incarnation: 1 }, at(2000));
    expect(write?.lastFailover?.outcome).toBe('the master answers again');
  });
});

describe('after the switch', () => {
  const master = { address: N2, runId: 'run-2', replicationId: 'history-1', offset: 100 };
  const promoted = answered(N2, 1990, masterInfo({ runId: 'run-2' }));

  function switched(
    records: MasterState['replicas'],
    looks: readonly NodeLook[],
    more: { mono?: number; parallelSyncs?: number; replies?: Memory['replies'] } = {},
  ): Decision {
    const directives = { ...aState().directives, parallelSyncs: more.parallelSyncs ?? 1 };
    const state = { master, configEpoch: 4, replicas: records, directives };
    const { mono = 2000, replies = [] } = more;
    return lead({ step: 'reconfiguring', intent: { epoch: 4, node: N2 } }, looks, { mono, state, replies });
  }

  function records(
    reconfiguration: 'none' | 'sent' | 'inprog' | 'done',
    ...nodes: Address[]
  ): MasterState['replicas'] {
    const sent = reconfiguration !== 'none' && { reconfigurationSentAt: MIDNIGHT + 1000 };
    return Object.fromEntries(
      nodes.map((address) => [nodeId(address), { address, reconfiguration, ...sent }]),
    );
  }

  const stray = (node: Address, mono = 1990) => answered(node, mono, replicaInfo({}, { linkUp: false }));
  const follows = (node: Address, linkUp: boolean) =>
    answered(node, 1990, replicaInfo({}, { address: N2, linkUp }));
  const targets = ({ commands }: Decision) => commands.map(({ node }) => nodeId(node));

  test.each([
    [1, 1],
    [2, 2],
    [9, 3],
  ])('with parallel-syncs %i, %i of three replicas are sent to the new master', (parallelSyncs, sent) => {
    const looks = [promoted, stray(N3), stray(N4), stray(N5)];
    const decision = switched(records('none', N3, N4, N5), looks, { parallelSyncs });
    expect(targets(decision)).toEqual([N3, N4, N5].slice(0, sent).map(nodeId));
    expect(events(decision)).toEqual(Array(sent).fill('+slave-reconf-sent'));
    for (const command of decision.commands) {
      expect(command).toMatchObject({ kind: 'follow', upstream: N2, epoch: 4, fence: 'lease' });
    }
  });

  test('one in flight takes the place of the next, wherever it stands', () => {
    const looks = [promoted, stray(N3), stray(N4)];
    const mixed = { ...records('none', N3), ...records('sent', N4) };
    const replies: CommandReply[] = [
      {
        command: { kind: 'follow', node: N4, upstream: N2, link: 'l', epoch: 4, fence: 'lease' },
        ...{ sentAt: 1980, at: 1980, outcome: 'done', detail: '' },
      },
    ];
    expect(targets(switched(mixed, looks, { replies }))).toEqual([]);
    expect(targets(switched(mixed, looks, { replies, parallelSyncs: 2 }))).toEqual([nodeId(N3)]);
  });

  test('a replica is in progress when it names the new master, and done when its link is up', () => {
    const inprog = switched(records('sent', N3), [promoted, follows(N3, false)]);
    expect(inprog.write?.replicas[nodeId(N3)]?.reconfiguration).toBe('inprog');
    const done = switched(records('inprog', N3), [promoted, follows(N3, true)]);
    expect(done.write?.replicas[nodeId(N3)]?.reconfiguration).toBe('done');
    expect([...events(inprog), ...events(done)]).toEqual(['+slave-reconf-inprog', '+slave-reconf-done']);
  });

  test('a replica that is sent and has its link up by the next look is told in both steps, in one write', () => {
    const decision = switched(records('sent', N3), [promoted, follows(N3, true)]);
    expect(events(decision)).toEqual(['+slave-reconf-inprog', '+slave-reconf-done']);
    expect(decision.write?.replicas[nodeId(N3)]?.reconfiguration).toBe('done');
  });

  const gone = [0, 500, 1000, 1990].map((mono) => refused(N4, mono));
  const loads: NodeLook = { ...follows(N4, false), outcome: 'answered', reply: 'loading', link: 'l' };

  test.each<[string, NodeLook[], Address[]]>([
    ['answers and has its link down', [follows(N4, false)], []],
    ['loads what it was sent', [loads], []],
    ['refuses for less than down-after', [refused(N4, 1500), refused(N4, 1990)], []],
    ['is S_DOWN', gone, [N3]],
    ['was S_DOWN and answers again', [...gone, { ...follows(N4, false), at: 1995 }], []],
  ])('a replica in progress that %s holds up the next one unless it is S_DOWN', (_, looks, sent) => {
    const mixed = { ...records('none', N3), ...records('inprog', N4) };
    expect(targets(switched(mixed, [promoted, stray(N3), ...looks]))).toEqual(sent.map(nodeId));
  });

  test('a replica whose command was not heard of is sent it again, without an event', () => {
    const decision = switched(records('sent', N3), [promoted, stray(N3)]);
    expect(targets(decision)).toEqual([nodeId(N3)]);
    expect(decision.write).toBeUndefined();
  });

  test('a replica that did not follow for ten seconds is given up, and may be tried again', () => {
    const looks = [answered(N2, 11_050, masterInfo()), stray(N3, 11_050)];
    const decision = switched(records('sent', N3), looks, { mono: 11_001 });
    expect(events(decision)).toEqual(['-slave-reconf-sent-timeout']);
    expect(decision.write?.replicas[nodeId(N3)]?.reconfiguration).toBe('none');
    expect(decision.commands).toEqual([]);
  });

  test('the old master is demoted like any replica when it answers', () => {
    const looks = [promoted, answered(N1, 1990, masterInfo())];
    expect(targets(switched(records('none', N1), looks))).toEqual([nodeId(N1)]);
  });

  test('nobody is sent to a new master that this look saw as a replica', () => {
    const demoted = answered(N2, 1990, replicaInfo({}, { address: N1 }));
    const decision = switched(records('none', N1, N3), [
      demoted,
      answered(N1, 1990, masterInfo()),
      stray(N3),
    ]);
    expect(targets(decision)).toEqual([]);
  });

  test('a failover that outlasts its timeout ends with both events', () => {
    const looks = [answered(N2, 60_000, masterInfo()), stray(N3, 60_000)];
    const decision = switched(records('sent', N3), looks, { mono: 60_001 });
    expect(events(decision)).toEqual(['+failover-end-for-timeout', '+failover-end']);
    expect(decision.write).not.toHaveProperty('failover');
  });

  test('a failover whose new master is S_DOWN ends, so that the next may begin', () => {
    const gone = [0, 500, 1000, 1990].map((mono) => refused(N2, mono));
    const decision = switched(records('none', N3), [...gone, stray(N3)]);
    expect(decision.write).not.toHaveProperty('failover');
    expect(decision.write?.lastFailover).toMatchObject({
      to: N2,
      outcome: 'switched; the new master went down',
    });
  });

  test('a failover that ended clears the cool-down', () => {
    const coolDown = { until: MIDNIGHT + 99_000, reason: 'not elected in time' };
    const replicas = records('done', N3);
    const state = { master, configEpoch: 4, replicas, coolDown };
    const decision = lead({ step: 'reconfiguring' }, [promoted, follows(N3, true)], { state });
    expect(events(decision)).toEqual(['+failover-end']);
    expect(decision.write).not.toHaveProperty('coolDown');
  });
});
