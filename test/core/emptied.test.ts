import { describe, expect, test } from 'vitest';
import { discover } from '../../src/core/discovery.ts';
import { whyDown } from '../../src/core/down.ts';
import { acceptLoss, emptyOrNot, historiesLeft } from '../../src/core/emptied.ts';
import type { NodeInfo } from '../../src/core/info.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { rememberLooks } from '../../src/core/memory.ts';
import { type Address, type MasterState, nodeId, type Observation } from '../../src/core/model.ts';
import { BLANK, type Situation, situation } from '../../src/core/view.ts';
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
  replicaInfo,
  silent,
} from './samples.ts';

const MASTER = { address: N1, runId: 'run-1', replicationId: 'history-1', offset: 5000 };
const OUTAGE = { since: 0, masterValidAt: 0 };

function seen(looks: readonly NodeLook[], more: Partial<MasterState> = {}): Situation {
  const state = aState({ master: MASTER, ...more });
  const memory = rememberLooks(rememberLooks(BLANK, state, looks, 1000), state, looks, 1000);
  return situation(aView({ state, memory }), { id: 'a' }, at(0));
}

const empty = answered(N1, 0, masterInfo({ runId: 'run-9', replicationId: 'h9', offset: 14, keys: 0 }));
const holds = (node: Address, replicationId: string, offset = 14) =>
  answered(node, 0, replicaInfo({ replicationId, offset }));
const demoted = answered(N1, 0, replicaInfo({ runId: 'run-1', replicationId: 'h9' }, { address: N2 }));

/** Another process at the master's address, far below its offset. */
const reborn = (keys: number | undefined, more: Partial<NodeInfo> = {}) => {
  const told = keys === undefined ? {} : { runId: 'run-9', keys };
  const { runId: _, ...info } = masterInfo({ replicationId: 'h9', offset: 200 });
  return answered(N1, 0, { ...info, ...told, ...more });
};
const keeps = (node: Address, keys: number, more: Partial<NodeInfo> = {}) =>
  answered(node, 0, replicaInfo({ offset: 5000, keys, ...more }));
const wiped = (node: Address, keys: number) => keeps(node, keys, { replicationId: 'h9', offset: 200 });
const loads = (keys: number): NodeLook => ({
  ...reborn(keys),
  outcome: 'answered',
  reply: 'loading',
  link: 'l',
});
const BEFORE = [answered(N1, 0, masterInfo({ offset: 5000, keys: 90 })), keeps(N2, 90)];

describe('that another process at the address has lost the data', () => {
  const finds = (...ticks: readonly (readonly NodeLook[])[]) => {
    const state = aState({ master: MASTER });
    let memory = BLANK;
    for (const looks of ticks) memory = rememberLooks(memory, state, looks, 1000);
    return whyDown(state, memory.nodes[nodeId(N1)], at(0)) === 'emptied';
  };

  test.each<[string, NodeLook[][]]>([
    ['it has no keys, and nobody is known to have any', [[reborn(0)]]],
    ['a client wrote before the first look', [BEFORE, [reborn(1), keeps(N2, 90)]]],
    ['so a process sees it that never saw it before', [[reborn(44), keeps(N2, 90)]]],
    ['a replica that is out of reach had them', [BEFORE, [reborn(1), refused(N2, 0)]]],
    ['a replica had them until this look', [BEFORE, [reborn(1), wiped(N2, 1)]]],
    ['it had them itself', [BEFORE.slice(0, 1), [reborn(1)]]],
    [
      'the replica is only now read in full',
      [
        [reborn(1), silent(N2, 0, 0)],
        [reborn(1), keeps(N2, 90)],
      ],
    ],
    [
      'it was so, and clients fill it',
      [
        [reborn(0), keeps(N2, 90)],
        [reborn(900), keeps(N2, 90)],
      ],
    ],
    [
      'it was so, and a look told no keys',
      [
        [reborn(1), keeps(N2, 90)],
        [reborn(undefined), keeps(N2, 90)],
      ],
    ],
    [
      'it was so, and wiped the replica',
      [
        [reborn(1), keeps(N2, 90)],
        [reborn(1), wiped(N2, 1)],
        [reborn(1), wiped(N2, 1)],
      ],
    ],
    [
      'it was so, and was not reached once',
      [
        [reborn(1), keeps(N2, 90)],
        [silent(N1, 0, 0), wiped(N2, 1)],
        [reborn(1), wiped(N2, 1)],
      ],
    ],
  ])('shows when %s', (_, ticks) => {
    expect(finds(...ticks)).toBe(true);
  });

  test.each<[string, NodeLook[][]]>([
    ['loaded all its keys, and stands at offset 0', [BEFORE, [reborn(90, { offset: 0 }), keeps(N2, 90)]]],
    ['has half of the keys', [BEFORE, [reborn(45), keeps(N2, 90)]]],
    ['has a few keys, and nobody is known to have had more', [[reborn(1)]]],
    [
      'has a few keys, and only a node of another history has more',
      [[reborn(1), keeps(N2, 90, { replicationId: 'h5' })]],
    ],
    ['goes on with our history', [BEFORE, [reborn(1, { replicationId2: 'history-1' }), keeps(N2, 90)]]],
    ['has not fallen far behind', [BEFORE, [reborn(1, { offset: 2500 }), keeps(N2, 90)]]],
    ['is loading', [BEFORE, [loads(1), keeps(N2, 90)]]],
    [
      'was loading when it told its keys',
      [BEFORE, [loads(1), keeps(N2, 90)], [reborn(undefined), keeps(N2, 90)]],
    ],
    ['has become a replica since', [BEFORE, [reborn(1), keeps(N2, 90)], [demoted]]],
  ])('does not show of one that %s', (_, ticks) => {
    expect(finds(...ticks)).toBe(false);
  });
});

describe('whether it came back empty', () => {
  const waitsFor = (looks: readonly NodeLook[], observations: readonly Observation[] = []) => {
    const { state, memory } = seen(looks);
    const heard = Object.fromEntries(
      observations.map(({ sentinel }) => [sentinel, { incarnation: 1, seq: 1, readAt: 0, changedAt: 0 }]),
    );
    const wait = emptyOrNot(
      situation(aView({ state, observations, memory: { ...memory, seen: heard } }), { id: 'a' }, at(0)),
    );
    return wait?.reason.split(': ')[1];
  };
  const both = [wiped(N2, 1), wiped(N3, 1)];
  const says = (health: Observation['health']) => anObservation('b', { health });
  const misconfigured: NodeLook = { ...refused(N3, 0), outcome: 'misconfigured', detail: 'NOAUTH' };

  test.each<[string, NodeLook[], Observation[], string]>([
    ['a replica was never read', [reborn(1), wiped(N2, 1), silent(N3, 0, 0)], [], `reading ${nodeId(N3)}`],
    ['another sentinel reaches it, and holds it for down', [reborn(1), ...both], [says('up')], 'b may know'],
  ])('is not known while %s', (_, looks, observations, why) => {
    expect(waitsFor(looks, observations)).toBe(why);
  });

  test.each<[string, NodeLook[], Observation[]]>([
    ['all were read', [reborn(1), ...both], []],
    ['a replica that was never read lets nobody in', [reborn(1), wiped(N2, 1), misconfigured], []],
    ['another sentinel only does not reach it', [reborn(1), ...both], [says('silent')]],
    ['it goes on with our history', [reborn(1, { replicationId2: 'history-1' }), silent(N2, 0, 0)], []],
    ['it has not fallen far behind', [reborn(1, { offset: 2500 }), silent(N2, 0, 0)], []],
    ['it is the process that was known', [reborn(1, { runId: 'run-1' }), silent(N2, 0, 0)], []],
  ])('is waited for no longer when %s', (_, looks, observations) => {
    expect(waitsFor(looks, observations)).toBeUndefined();
  });

  test('shows only by keys that the replicas tell with that look', () => {
    const state = aState({ master: MASTER });
    const later = { ...reborn(1), sentAt: 9000, at: 9000 };
    const { runId: _, ...replication } = replicaInfo({ offset: 5000 });
    const partial = answered(N2, 9000, replication);
    const before = rememberLooks(BLANK, state, [...BEFORE.slice(0, 1), keeps(N2, 1), wiped(N3, 1)], 1000);
    const memory = rememberLooks(
      before,
      state,
      [later, partial, { ...wiped(N3, 1), sentAt: 9000, at: 9000 }],
      10_000,
    );
    const found = discover(situation(aView({ state, memory }), { id: 'a' }, at(9000)));
    expect(found?.reason).toMatch(`reading ${nodeId(N2)}`);
    expect(found).not.toHaveProperty('write');
  });

  test('is known when a replica that was never read is down', () => {
    const { state, memory } = seen([reborn(1), wiped(N2, 1), silent(N3, 0, -1000)]);
    expect(emptyOrNot(situation(aView({ state, memory }), { id: 'a' }, at(0)))).toBeUndefined();
  });

  test('is asked of its keys first, when it has only just loaded', () => {
    const state = aState({ master: MASTER });
    const loading = rememberLooks(BLANK, state, [loads(1), ...both], 1000);
    const memory = rememberLooks(loading, state, [reborn(undefined), ...both], 1000);
    const s = situation(aView({ state, memory }), { id: 'a' }, at(0));
    expect(discover(s)?.reason).toMatch(`reading ${nodeId(N1)}`);
    expect(discover(s)).toMatchObject({ commands: [], pace: { kind: 'alert', full: true } });
    expect(discover(s)).not.toHaveProperty('write');
  });
});

const LOADING = { outcome: 'answered', reply: 'loading', link: 'l' } as const;

describe('an emptied master', () => {
  test('whose data no node has any more is taken as it is: an alarm, and no role changed', () => {
    const { write, commands } =
      acceptLoss(seen([empty, holds(N2, 'h9'), holds(N3, 'h9')], { outage: OUTAGE })) ?? {};
    expect(commands).toEqual([]);
    expect(write?.master).toEqual({ address: N1, runId: 'run-9', replicationId: 'h9', offset: 14 });
    expect(write?.events.map(({ type }) => type)).toEqual(['+reboot', '+data-lost', '-odown']);
    expect(write).not.toHaveProperty('outage');
  });

  test.each<[string, NodeLook[]]>([
    ['a replica still has the data', [empty, holds(N2, 'h9'), holds(N3, 'history-1', 5000)]],
    ['a replica may have them and is out of reach', [empty, holds(N2, 'h9'), refused(N3, 0)]],
    ['a replica loads what it has', [empty, holds(N2, 'h9'), { ...holds(N3, 'random', 1), ...LOADING }]],
    ['it was not emptied', [answered(N1, 0, masterInfo({ keys: 40 })), holds(N2, 'h9'), holds(N3, 'h9')]],
  ])('is not taken as it is while %s', (_, looks) => {
    expect(acceptLoss(seen(looks))).toBeUndefined();
  });
});

test('nothing is given up by a look that is older than the state: another process may stand there since', () => {
  const before = seen([empty, holds(N2, 'h9'), holds(N3, 'h9')]);
  const changed = { ...before.state, rev: before.state.rev + 1 };
  const later = situation({ ...before, state: changed }, { id: 'a' }, at(0));
  expect(acceptLoss(before)?.write).toBeDefined();
  expect(acceptLoss(later)).toMatchObject({ commands: [], pace: { kind: 'alert', afterMs: 0 } });
  expect(acceptLoss(later)).not.toHaveProperty('write');
});

test('an emptied master that took writes is taken with them, and the loss is told', () => {
  const state = aState({ master: MASTER });
  let memory = rememberLooks(BLANK, state, [reborn(1), keeps(N2, 90), keeps(N3, 90)], 1000);
  memory = rememberLooks(memory, state, [reborn(3), wiped(N2, 3), wiped(N3, 3)], 1000);
  const { write } = acceptLoss(situation(aView({ state, memory }), { id: 'a' }, at(0))) ?? {};
  expect(write?.master).toMatchObject({ runId: 'run-9', replicationId: 'h9' });
  expect(write?.events.map(({ type }) => type)).toEqual(['+reboot', '+data-lost']);
});

describe('a master that was made a replica of other data', () => {
  test('is taken with those when all nodes have them', () => {
    const { write } = acceptLoss(seen([demoted, holds(N2, 'h9'), holds(N3, 'h9')])) ?? {};
    expect(write?.master.replicationId).toBe('h9');
    expect(write?.events.map(({ type }) => type)).toEqual(['+data-lost']);
  });

  test('that it has not got itself yet is taken with those the others have', () => {
    const bare = answered(
      N1,
      0,
      replicaInfo({ runId: 'run-1', replicationId: 'h7', offset: 0 }, { address: N2 }),
    );
    const { write } = acceptLoss(seen([bare, holds(N2, 'h9'), holds(N3, 'h9')])) ?? {};
    expect(write?.master.replicationId).toBe('h9');
  });

  test('is not when the nodes hold two histories: only an operator knows which one to keep', () => {
    expect(acceptLoss(seen([demoted, holds(N2, 'h9'), holds(N3, 'h8')]))).toBeUndefined();
  });
});

test('what was taken is taken once, and not told again at every look', () => {
  const nothing = [
    answered(N1, 0, replicaInfo({ runId: 'run-1', replicationId: 'h9', offset: 0 }, { address: N2 })),
    holds(N2, 'h8', 0),
    holds(N3, 'h7', 0),
  ];
  const taken = acceptLoss(seen(nothing))?.write;
  expect(taken?.master).toMatchObject({ replicationId: 'h9', offset: 0 });
  expect(acceptLoss(seen(nothing, { master: { ...MASTER, ...taken?.master } }))).toBeUndefined();
});

test('a node without any data has no history to keep', () => {
  expect(historiesLeft(seen([empty, holds(N2, 'h8', 0), holds(N3, 'h9')]))).toEqual(new Set(['h9']));
});
