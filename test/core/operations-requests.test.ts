import { describe, expect, test } from 'vitest';
import { type Failover, type FailoverStep, type MasterState, nodeId } from '../../src/core/model.ts';
import { failover } from '../../src/core/operations/failover.ts';
import { monitorOver } from '../../src/core/operations/monitor.ts';
import { errorLine, type Outcome } from '../../src/core/operations/outcome.ts';
import { pause, resume } from '../../src/core/operations/pause.ts';
import { remove, unreachableMs } from '../../src/core/operations/remove.ts';
import { removeSentinel } from '../../src/core/operations/remove-sentinel.ts';
import { reset } from '../../src/core/operations/reset.ts';
import { set } from '../../src/core/operations/set.ts';
import { simulateFailure } from '../../src/core/operations/simulate-failure.ts';
import { anObservation, aState, at, MIDNIGHT, N1, N2, N3 } from './samples.ts';

const NOW = at(100_000);
const ALL_STEPS: readonly FailoverStep[] = ['selecting', 'handing over', 'promoting', 'reconfiguring'];

function openAt(step: FailoverStep): Failover {
  return {
    ...{ epoch: 4, leader: { sentinel: 'a', incarnation: 1 }, beat: 1, kind: 'automatic', step },
    ...{ oldMaster: N1, passedOver: {}, timeline: { started: MIDNIGHT } },
  };
}

const ELECTION = { epoch: 5, candidate: { sentinel: 'a', incarnation: 1 }, beat: 1, openedAt: MIDNIGHT };
const PAUSED = { since: MIDNIGHT, by: 'somebody' };

function changed(outcome: Outcome): MasterState {
  if (outcome.kind !== 'change') throw new Error(`no change: ${JSON.stringify(outcome)}`);
  return outcome.next;
}

function told(outcome: Outcome): string {
  return outcome.kind === 'refused' ? errorLine(outcome) : outcome.kind;
}

function events(state: MasterState): string[] {
  return state.events.map(({ type, payload }) => `${type} ${payload}`);
}

const OPERATIONS: Readonly<Record<string, (state: MasterState | undefined) => Outcome>> = {
  set: (state) => set(state, { quorum: 1 }, 'op', NOW),
  remove: (state) => remove(state, {}, 'op', NOW),
  reset: (state) => reset(state, { liveVoters: [] }, 'op', NOW),
  removeSentinel: (state) => removeSentinel(state, 'a', 'op', NOW),
  failover: (state) => failover(state, { id: '1' }, 'op', NOW),
  pause: (state) => pause(state, 'op', NOW),
  resume: (state) => resume(state, '1', 'op', NOW),
  simulateFailure: (state) => simulateFailure(state, { crashAfterElection: true }),
};

describe.each(Object.entries(OPERATIONS))('%s', (_, operation) => {
  test.each([
    ['a name nobody knows', undefined],
    ['a tombstone', aState({ removed: MIDNIGHT })],
  ])('of %s: no such master', (__, state) => {
    expect(told(operation(state))).toBe('ERR No such master with that name');
  });

  test('keeps rev, epochs and what a later minor version added, and changes nothing it was given', () => {
    const state = Object.freeze({ ...aState({ paused: PAUSED }), later: { a: 1 } });
    const before = JSON.stringify(state);
    const outcome = operation(state);
    expect(JSON.stringify(state)).toBe(before);
    if (outcome.kind !== 'change') return;
    expect(outcome.next).toMatchObject({ rev: 7, currentEpoch: 4, configEpoch: 3, later: { a: 1 } });
    expect(outcome.next.lastSeq - state.lastSeq).toBe(outcome.next.events.length - state.events.length);
  });
});

/** What each operation answers while a failover is at each step. */
const DURING: readonly [keyof typeof OPERATIONS, readonly string[]][] = [
  ['set', ['change', 'change', 'change', 'change']],
  ['remove', ['change', 'INPROG', 'INPROG', 'change']],
  ['reset', ['change', 'INPROG', 'INPROG', 'change']],
  ['removeSentinel', ['change', 'change', 'change', 'change']],
  ['failover', ['INPROG', 'INPROG', 'INPROG', 'INPROG']],
  ['pause', ['INPROG', 'INPROG', 'INPROG', 'INPROG']],
  ['resume', ['unchanged', 'unchanged', 'unchanged', 'unchanged']],
];

test.each(DURING)('%s while a failover is open', (name, answers) => {
  const given = ALL_STEPS.map((step) =>
    told(OPERATIONS[name]?.(aState({ failover: openAt(step) })) as Outcome),
  );
  const words = (answer: string) => (answer === 'INPROG' ? 'INPROG Failover already in progress' : answer);
  expect(given).toEqual(answers.map(words));
});

describe('SET', () => {
  test('tells of each directive in Sentinel’s words, and of no password', () => {
    const state = aState();
    const given = { 'down-after-milliseconds': '5000', 'auth-pass': 'env:SECRET_NAME', quorum: 1 };
    const next = changed(set(state, given, 'op', NOW));
    expect(events(next)).toEqual([
      '+set master mymaster 10.0.0.1 6379 quorum 1',
      '+set master mymaster 10.0.0.1 6379 down-after-milliseconds 5000',
      '+set master mymaster 10.0.0.1 6379 auth-pass ******',
    ]);
    expect(next.directives).toMatchObject({ quorum: 1, downAfterMs: 5000, authPass: 'env:SECRET_NAME' });
  });

  test.each<[string, unknown, string[]]>([
    ['of one more renamed command tells that one', 'KEYS KK', ['rename-command KEYS KK']],
    [
      'of several renamed commands tells each',
      'keys KK INFO I',
      ['rename-command KEYS KK', 'rename-command INFO I'],
    ],
    ['of a command with its own name again tells that', 'CONFIG config', ['rename-command CONFIG CONFIG']],
    [
      'of all renamed commands tells what changed',
      { INFO: 'I', DEBUG: 'D' },
      ['rename-command CONFIG CONFIG', 'rename-command INFO I'],
    ],
    [
      'of no renamed command at all tells each',
      '',
      ['rename-command CONFIG CONFIG', 'rename-command DEBUG DEBUG'],
    ],
    ['of a renamed command as it is tells nothing', 'DEBUG D CONFIG CFG', []],
  ])('%s', (_, value, payloads) => {
    const directives = { ...aState().directives, renamedCommands: { CONFIG: 'CFG', DEBUG: 'D' } };
    const outcome = set(aState({ directives }), { 'rename-command': value }, 'op', NOW);
    const told = outcome.kind === 'change' ? events(outcome.next) : [];
    expect(told).toEqual(payloads.map((payload) => `+set master mymaster 10.0.0.1 6379 ${payload}`));
  });

  test('of the zones of nodes tells those that changed', () => {
    const nodeZones = { [nodeId(N1)]: 'za', [nodeId(N2)]: 'zb' };
    const state = aState({ directives: { ...aState().directives, nodeZones } });
    const zones = { [nodeId(N1)]: 'za', [nodeId(N3)]: 'zc' };
    expect(events(changed(set(state, { 'node-zones': zones }, 'op', NOW)))).toEqual([
      '+set master mymaster 10.0.0.1 6379 node-zones 10.0.0.2:6379',
      '+set master mymaster 10.0.0.1 6379 node-zones 10.0.0.3:6379 zc',
    ]);
  });

  test('of what is so already changes nothing', () => {
    const state = aState();
    expect(set(state, { quorum: 2, 'write-probe': 'no' }, 'op', NOW)).toEqual({ kind: 'unchanged', state });
  });

  test('with one fault among several directives applies none', () => {
    expect(set(aState(), { 'parallel-syncs': 3, speed: 1 }, 'op', NOW)).toMatchObject({
      ...{ kind: 'refused', why: 'faults', faults: [{ directive: 'speed' }] },
    });
  });

  test('of a password keeps the one before it, for the nodes that still have that', () => {
    const first = changed(set(aState(), { 'auth-pass': 'env:A' }, 'op', NOW));
    expect(first.directives).not.toHaveProperty('authPassBefore');
    const second = changed(set(first, { 'auth-pass': 'env:B' }, 'op', NOW));
    expect(second.directives).toMatchObject({ authPass: 'env:B', authPassBefore: 'env:A' });
    expect(set(second, { 'auth-pass': 'env:B' }, 'op', NOW).kind).toBe('unchanged');
    const third = changed(set(second, { 'auth-pass': '' }, 'op', NOW));
    expect(third.directives).not.toHaveProperty('authPass');
    expect(third.directives.authPassBefore).toBe('env:B');
  });
});

describe('REMOVE', () => {
  test('leaves a tombstone that keeps rev, epochs and events, and nothing that could act or open a door', () => {
    const full = aState({
      ...{ failover: openAt('selecting'), election: ELECTION, paused: PAUSED, lastSeq: 9 },
      coolDown: { until: 1, reason: '' },
      limitation: { at: 1, by: 'a', reason: '' },
      outage: { since: 1, masterValidAt: 1 },
      simulate: { crashAfterElection: true },
      command: { id: '1', at: 1, by: 'op', kind: 'resume' },
    });
    const secrets = { authUser: 'me', authPass: 'env:A', authPassBefore: 'env:B' };
    const guarded = { ...full, directives: { ...full.directives, ...secrets } };
    const next = changed(remove(guarded, {}, 'op', NOW));
    const { schema, name, rev, writeId, directives, currentEpoch, configEpoch, master } = full;
    expect(next).toEqual({
      ...{ schema, name, rev, writeId, directives, currentEpoch, configEpoch, master },
      ...{ replicas: {}, voters: [], removed: NOW.wall, lastSeq: 10 },
      events: [
        { seq: 10, at: NOW.wall, by: 'op', type: '-monitor', payload: 'master mymaster 10.0.0.1 6379' },
      ],
    });
  });

  test.each([
    [undefined, 'INPROG Failover already in progress'],
    [0, 'INPROG Failover already in progress'],
    [59_999, 'INPROG Failover already in progress'],
    [60_000, 'change'],
  ])('of an intent with no node in reach for %o ms: %s', (ms, answer) => {
    const state = aState({ failover: openAt('promoting') });
    expect(told(remove(state, { unreachableMs: ms }, 'op', NOW))).toBe(answer);
  });
});

describe('for how long no node answered', () => {
  const conditions = { [nodeId(N2)]: ['down'], [nodeId(N3)]: ['down'] } as const;
  const down = { at: NOW.wall, lastValidAt: NOW.wall - 70_000, conditions };
  test.each([
    ['nobody tells', [], {}, undefined],
    ['one tells', [anObservation('a', down)], {}, 70_000],
    [
      'the latest of all counts',
      [anObservation('a', down), anObservation('b', { ...down, lastValidAt: NOW.wall - 10 })],
      {},
      10,
    ],
    [
      'one still reaches a replica',
      [anObservation('a', { ...down, conditions: { [nodeId(N2)]: ['down'] } })],
      {},
      0,
    ],
    ['one says nothing of replicas', [anObservation('a', { at: NOW.wall, lastValidAt: 0 })], {}, 0],
    ['one reaches the master', [anObservation('a', { ...down, subjectivelyDown: false })], {}, 0],
    [
      'no sentinel lives, and an old word is there',
      [anObservation('a', { at: NOW.wall - 90_000, lastValidAt: NOW.wall - 95_000 })],
      {},
      95_000,
    ],
    [
      'its intent was written since, and the sentinels were calm before',
      [anObservation('a', { at: NOW.wall - 90_000, lastValidAt: NOW.wall - 90_000 })],
      {
        failover: { ...openAt('promoting'), timeline: { started: NOW.wall - 300, intended: NOW.wall - 200 } },
      },
      200,
    ],
    ['only the outage tells', [], { outage: { since: 0, masterValidAt: NOW.wall - 80_000 } }, 80_000],
  ])('%s', (_, observations, changes, ms) => {
    expect(unreachableMs(aState(changes), observations, NOW)).toBe(ms);
  });
});

describe('RESET', () => {
  const replicas = {
    [nodeId(N2)]: {
      address: N2,
      reconfiguration: 'sent',
      reconfigurationSentAt: 1,
      stranger: 'another group',
    },
    [nodeId(N3)]: { address: N3, reconfiguration: 'none', declared: true, stranger: 'another group' },
  } as const;
  const troubled = aState({
    ...{ replicas, failover: openAt('reconfiguring'), election: ELECTION },
    coolDown: { until: 1, reason: '' },
    outage: { since: 1, masterValidAt: 1 },
    limitation: { at: 1, by: 'a', reason: '' },
  });

  test('forgets what went wrong, wipes no replica, and doubts those that nobody declared', () => {
    const next = changed(reset(troubled, { liveVoters: ['a', 'b', 'c'] }, 'op', NOW));
    const { election, failover: _, coolDown, outage, limitation, ...kept } = troubled;
    expect(next).toEqual({
      ...kept,
      lastFailover: expect.anything(),
      replicas: {
        [nodeId(N2)]: { address: N2, reconfiguration: 'none', unconfirmed: true },
        [nodeId(N3)]: { address: N3, reconfiguration: 'none', declared: true },
      },
      events: [expect.objectContaining({ type: '+reset-master', payload: 'master mymaster 10.0.0.1 6379' })],
      lastSeq: 1,
    });
  });

  test.each([
    ['selecting', { outcome: 'reset' }],
    ['reconfiguring', { outcome: 'switched; reset', to: N1 }],
  ] as const)('while %s keeps the record of the failover', (step, ended) => {
    const failover = { ...openAt(step), passedOver: { [nodeId(N3)]: '10 bytes behind the chosen one' } };
    const next = changed(reset(aState({ failover, election: ELECTION }), { liveVoters: [] }, 'op', NOW));
    expect(next.lastFailover).toEqual({
      ...{ epoch: 4, leader: 'a', from: N1, kind: 'automatic', passedOver: failover.passedOver },
      ...{ timeline: { started: MIDNIGHT, ended: NOW.wall }, ...ended },
    });
  });

  test('in an election tells nothing more, as Sentinel does, and the last failover stays', () => {
    const lastFailover = { outcome: 'switched' } as MasterState['lastFailover'] & {};
    const next = changed(reset(aState({ election: ELECTION, lastFailover }), { liveVoters: [] }, 'op', NOW));
    expect(events(next)).toEqual(['+reset-master master mymaster 10.0.0.1 6379']);
    expect(next).not.toHaveProperty('election');
    expect(next.lastFailover).toBe(lastFailover);
  });

  test.each([
    [
      ['a', 'c', 'other'],
      ['a', 'c'],
    ],
    [['b'], ['b']],
    [[], ['a', 'b', 'c']],
    [['other'], ['a', 'b', 'c']],
  ])('with %o alive keeps the voters %o', (liveVoters, voters) => {
    expect(changed(reset(aState(), { liveVoters }, 'op', NOW)).voters).toEqual(voters);
  });
});

describe('removing a sentinel', () => {
  test('drops its vote and tells', () => {
    const next = changed(removeSentinel(aState(), 'b', 'op', NOW));
    expect(next.voters).toEqual(['a', 'c']);
    expect(events(next)).toEqual(['-sentinel sentinel b @ mymaster 10.0.0.1 6379']);
  });

  test('that does not vote is refused', () => {
    expect(told(removeSentinel(aState(), 'z', 'op', NOW))).toBe('ERR No such sentinel with that id');
  });
});

describe('FAILOVER', () => {
  const ask = (changes: Partial<MasterState>, request: { coordinated?: unknown; to?: unknown } = {}) =>
    failover(aState(changes), { id: 'id-1', ...request }, 'op', NOW);

  test('is written down for a sentinel, coordinated by default', () => {
    const next = changed(ask({}));
    expect(next).toEqual({
      ...aState(),
      command: { id: 'id-1', at: NOW.wall, by: 'op', kind: 'failover', coordinated: true },
    });
    expect(changed(ask({}, { coordinated: false, to: '10.0.0.3:6379' })).command).toMatchObject({
      ...{ coordinated: false, to: N3 },
    });
  });

  test('is one request, however often it is sent', () => {
    const next = changed(ask({}));
    expect(failover(next, { id: 'id-1' }, 'op', NOW).kind).toBe('unchanged');
    const lastCommand = { id: 'id-1', at: 1, reason: '' };
    expect(ask({ lastCommand }).kind).toBe('unchanged');
  });

  const pending = { id: '0', at: 1, by: 'op', kind: 'failover', coordinated: true } as const;
  const strangers = { [nodeId(N2)]: { address: N2, reconfiguration: 'none', stranger: 'x' } } as const;
  test.each<[string, Partial<MasterState>, { to?: unknown; coordinated?: unknown }, string]>([
    ['one is asked for already', { command: pending }, {}, 'INPROG Failover already in progress'],
    ['an election is open', { election: ELECTION }, {}, 'change'],
    ['there is no replica', { replicas: {} }, {}, 'NOGOODSLAVE No suitable replica to promote'],
    ['there are strangers only', { replicas: strangers }, {}, 'NOGOODSLAVE No suitable replica to promote'],
    [
      'the node is unknown',
      {},
      { to: '10.0.0.9:6379' },
      'NOGOODSLAVE No suitable replica to promote: 10.0.0.9:6379 is no known replica of mymaster',
    ],
    [
      'the node is the master',
      {},
      { to: '10.0.0.1:6379' },
      'ERR 10.0.0.1:6379 is the master of mymaster already',
    ],
    ['it is paused', { paused: PAUSED }, {}, 'ERR mymaster is paused: resume it first'],
    [
      'it is watched only',
      { directives: { ...aState().directives, observeOnly: true } },
      {},
      'ERR mymaster is watched only: set observe-only no first',
    ],
    ['the node is no address', {}, { to: 'there' }, 'ERR to "there": allowed is the host:port of a replica'],
    [
      'the kind is unclear',
      {},
      { coordinated: 'maybe' },
      'ERR coordinated "maybe": allowed is true or false',
    ],
  ])('when %s', (_, changes, request, answer) => {
    expect(told(ask(changes, request))).toBe(answer);
  });
});

describe('pause', () => {
  test('stops failovers, and closes an election under which nothing was begun', () => {
    const next = changed(pause(aState({ election: ELECTION }), 'op', NOW));
    expect(next.paused).toEqual({ since: NOW.wall, by: 'op' });
    expect(next).not.toHaveProperty('election');
    expect(events(next)).toEqual([
      '-failover-abort-not-elected master mymaster 10.0.0.1 6379',
      '+pause master mymaster 10.0.0.1 6379',
    ]);
  });

  test('again changes nothing', () => {
    const state = aState({ paused: PAUSED });
    expect(pause(state, 'op', NOW)).toEqual({ kind: 'unchanged', state });
  });

  test.each(['failover', 'resume'] as const)('answers a %s that nobody began', (kind) => {
    const command = { id: '7', at: 1, by: 'x', kind, coordinated: true } as MasterState['command'] & object;
    const next = changed(pause(aState({ command, ...(kind === 'resume' && { paused: PAUSED }) }), 'op', NOW));
    expect(next).not.toHaveProperty('command');
    expect(next.lastCommand).toEqual({ id: '7', at: NOW.wall, reason: 'paused by op' });
    expect(next.paused).toEqual(kind === 'resume' ? PAUSED : { since: NOW.wall, by: 'op' });
  });
});

describe('resume', () => {
  test('is written down for a sentinel', () => {
    const next = changed(resume(aState({ paused: PAUSED }), 'id-1', 'op', NOW));
    expect(next.command).toEqual({ id: 'id-1', at: NOW.wall, by: 'op', kind: 'resume' });
    expect(next.paused).toEqual(PAUSED);
    expect(resume(next, 'id-2', 'op', NOW).kind).toBe('unchanged');
  });

  test('of what is not paused is nothing', () => {
    expect(resume(aState(), 'id-1', 'op', NOW).kind).toBe('unchanged');
  });
});

test.each([
  [{ crashAfterElection: true }, { crashAfterElection: true }],
  [
    { crashAfterElection: true, crashAfterPromotion: true },
    { crashAfterElection: true, crashAfterPromotion: true },
  ],
  [{ crashAfterPromotion: true, crashAfterElection: false }, { crashAfterPromotion: true }],
])('SIMULATE-FAILURE %o is kept as %o, and taken back by nothing', (asked, simulate) => {
  const next = changed(simulateFailure(aState(), asked));
  expect(next).toEqual({ ...aState(), simulate });
  expect(simulateFailure(next, asked).kind).toBe('unchanged');
  expect(changed(simulateFailure(next, {}))).toEqual(aState());
});

test.each([
  [{ host: 'x y' }, /^ERR Invalid IP address or hostname specified: host "x y": allowed is/],
  [{ directives: { quorum: 0 } }, /^ERR Quorum must be 1 or greater: quorum 0: allowed is/],
  [{ port: 0, name: ' ' }, /^ERR name " ": .*; port 0: .*$/],
])('a refusal is one line, and begins in Sentinel’s words: %o', (changes, line) => {
  const good = { name: 'm', host: '10.0.0.1', port: 1, directives: { quorum: 1 } };
  expect(told(monitorOver(undefined, { ...good, ...changes }, {}, 'op', NOW))).toMatch(line);
});
