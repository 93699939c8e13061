import { describe, expect, test } from 'vitest';
import { describeFault } from '../../src/core/directives.ts';
import { type MasterState, nodeId } from '../../src/core/model.ts';
import {
  type DeclaredMaster,
  presetOf,
  readDeclaration,
  recallDeclaration,
} from '../../src/core/operations/declaration.ts';
import { changedDirectives, declare, undeclare } from '../../src/core/operations/declare.ts';
import { monitorOver } from '../../src/core/operations/monitor.ts';
import type { Outcome } from '../../src/core/operations/outcome.ts';
import { aState, at, N1, N2 } from './samples.ts';

const NOW = at(1000);
const GOOD = { name: 'mymaster', host: '10.0.0.1', port: '6379', directives: { quorum: '2' } };
const OWNER = 'production/Masters';

function declared(changes: Record<string, unknown> = {}): DeclaredMaster {
  const [master] = recallDeclaration({ Masters: [{ ...GOOD, ...changes }] }).masters;
  if (!master) throw new Error('a test declares no master');
  return master;
}

function withDirectives(directives: Record<string, unknown>): DeclaredMaster {
  return declared({ directives: { quorum: '2', ...directives } });
}

interface Codes {
  readonly before?: DeclaredMaster;
  readonly after?: DeclaredMaster;
}

function make(found: MasterState | undefined, { before, after = declared() }: Codes): Outcome {
  return declare(found, { owner: OWNER, before, after, directives: after.directives }, {}, 'code', NOW);
}

function changed(outcome: Outcome): MasterState {
  if (outcome.kind !== 'change') throw new Error(`no change: ${JSON.stringify(outcome)}`);
  return outcome.next;
}

/** As a first deployment leaves it. */
function deployed(changes: Partial<MasterState> = {}): MasterState {
  return { ...changed(make(undefined, {})), ...changes };
}

/** What the code said before and says now, what the table said meanwhile, and what it says then. */
const THREE_WAY: readonly [string, Record<string, unknown>, Record<string, unknown>, object, object][] = [
  ['nothing changed', {}, {}, {}, {}],
  [
    'the code alone changed it',
    { 'parallel-syncs': '1' },
    { 'parallel-syncs': '3' },
    {},
    { parallelSyncs: 3 },
  ],
  [
    'the run time alone changed it',
    { 'parallel-syncs': '1' },
    { 'parallel-syncs': '1' },
    { parallelSyncs: 7 },
    { parallelSyncs: 7 },
  ],
  [
    'both changed it',
    { 'parallel-syncs': '1' },
    { 'parallel-syncs': '3' },
    { parallelSyncs: 7 },
    { parallelSyncs: 3 },
  ],
  [
    'both changed it alike',
    { 'parallel-syncs': '1' },
    { 'parallel-syncs': '7' },
    { parallelSyncs: 7 },
    { parallelSyncs: 7 },
  ],
  [
    'another one changed',
    { 'parallel-syncs': '1' },
    { 'parallel-syncs': '3' },
    { downAfterMs: 500 },
    { parallelSyncs: 3, downAfterMs: 500 },
  ],
  ['the code has it now', {}, { 'parallel-syncs': '3' }, { parallelSyncs: 7 }, { parallelSyncs: 3 }],
  ['the code has it no more', { 'parallel-syncs': '3' }, {}, { parallelSyncs: 3 }, { parallelSyncs: 1 }],
  [
    'the code has it no more, and it was changed',
    { 'parallel-syncs': '3' },
    {},
    { parallelSyncs: 7 },
    { parallelSyncs: 1 },
  ],
  [
    'the code never had it',
    {},
    {},
    { parallelSyncs: 7, preferZone: 'a' },
    { parallelSyncs: 7, preferZone: 'a' },
  ],
  ['a text is gone', { 'prefer-zone': 'a' }, {}, { preferZone: 'a' }, {}],
  ['a flag came as CloudFormation tells it', { tls: 'false' }, { tls: 'true' }, {}, { tls: true }],
  ['a flag is the same in other words', { tls: 'true' }, { tls: 'yes' }, { tls: false }, { tls: false }],
  ['a flag is gone', { 'observe-only': 'true' }, {}, { observeOnly: true }, { observeOnly: false }],
  [
    'pairs are the whole of them',
    { 'rename-command': 'GET g SET s' },
    { 'rename-command': 'SET s' },
    { renamedCommands: { GET: 'g', SET: 's' } },
    { renamedCommands: { SET: 's' } },
  ],
  [
    'pairs came as a map in another order',
    { 'rename-command': { GET: 'g', SET: 's' } },
    { 'rename-command': 'SET s GET g' },
    { renamedCommands: { INFO: 'i' } },
    { renamedCommands: { INFO: 'i' } },
  ],
  [
    'pairs are gone',
    { 'node-zones': { '10.0.0.2:6379': 'a' } },
    {},
    { nodeZones: { '10.0.0.2:6379': 'a' } },
    { nodeZones: {} },
  ],
  [
    'a directive that there is not was refused before',
    { speed: '9' },
    {},
    { parallelSyncs: 7 },
    { parallelSyncs: 7 },
  ],
];

describe('a directive', () => {
  test.each(THREE_WAY)('when %s', (_, before, after, runTime, expected) => {
    const state = deployed();
    const meanwhile = { ...state, directives: { ...state.directives, ...runTime } };
    const outcome = make(meanwhile, { before: withDirectives(before), after: withDirectives(after) });
    const same = outcome.kind === 'unchanged' ? outcome.state : changed(outcome);
    expect(same.directives).toEqual({ ...state.directives, ...expected });
    // the same deployment again changes nothing more
    const again = make(same, { before: withDirectives(before), after: withDirectives(after) });
    expect(again).toEqual({ kind: 'unchanged', state: same });
  });

  test('of a password keeps the one before it, and no event tells either', () => {
    const state = deployed();
    const codes = [{}, { 'auth-pass': 'env:A' }, { 'auth-pass': 'env:B' }, {}].map(withDirectives);
    const [none, a, b] = codes as [DeclaredMaster, DeclaredMaster, DeclaredMaster];
    const withA = changed(make(state, { before: none, after: a }));
    const withB = changed(make(withA, { before: a, after: b }));
    expect(withB.directives).toMatchObject({ authPass: 'env:B', authPassBefore: 'env:A' });
    expect(changed(make(withB, { before: b, after: none })).directives).not.toHaveProperty('authPass');
    expect(JSON.stringify(withB.events)).not.toMatch(/env:/);
  });

  test.each([
    ['quorum', ''],
    ['down-after-milliseconds', '30000'],
    ['replica-evidence', 'yes'],
    ['auth-pass', ''],
    ['rename-command', ''],
    ['toString', ''],
  ])('%s is back at its preset with %o', (directive, preset) => {
    expect(presetOf(directive)).toBe(directive === 'quorum' ? '1' : preset);
  });

  test('is compared as the text it came as, and named once', () => {
    const before = withDirectives({ 'parallel-syncs': 3, 'down-after-milliseconds': '5000' });
    const after = withDirectives({ 'parallel-syncs': '3', 'failover-timeout': '1000' });
    expect(changedDirectives(before, after)).toEqual(['down-after-milliseconds', 'failover-timeout']);
    expect(changedDirectives(undefined, after)).toEqual(['quorum', 'parallel-syncs', 'failover-timeout']);
  });
});

describe('a master', () => {
  test('that is new is monitored with all it has, and bears whose it is', () => {
    const after = declared({ replicas: ['10.0.0.2:6379'], directives: { quorum: '2', tls: 'true' } });
    const state = changed(make(undefined, { after }));
    expect(state).toMatchObject({ master: { address: N1 }, directives: { quorum: 2, tls: true } });
    expect(state.replicas[nodeId(N2)]).toMatchObject({ declared: true });
    expect(state.declaration).toEqual({ by: OWNER, address: N1 });
    expect(make(state, { after })).toEqual({ kind: 'unchanged', state });
  });

  test('that was removed at run time comes back from its tombstone', () => {
    const state = deployed({ currentEpoch: 4, removed: 1 });
    expect(changed(make(state, { before: declared() }))).toMatchObject({ currentEpoch: 5, configEpoch: 5 });
  });

  const failedOver = deployed({
    master: { address: N2 },
    replicas: { [nodeId(N1)]: { address: N1, reconfiguration: 'none' } },
  });
  const forgotten = deployed({ master: { address: N2 }, replicas: {} });

  test.each([
    ['', failedOver],
    [' and forgot the node in the code', forgotten],
  ])('that failed over%s is where it is, whatever else the code changes', (_, state) => {
    const after = declared({ replicas: ['10.0.0.3:6379', '10.0.0.2:6379'], directives: { quorum: '3' } });
    expect(make(state, { before: declared() })).toEqual({ kind: 'unchanged', state });
    expect(make(state, {})).toEqual({ kind: 'unchanged', state });
    const next = changed(make(state, { before: declared(), after }));
    expect(next).toMatchObject({ master: { address: N2 }, directives: { quorum: 3 } });
    expect(Object.keys(next.replicas).sort()).toEqual(
      [...Object.keys(state.replicas), '10.0.0.3:6379'].sort(),
    );
  });

  test.each([
    ['host', { host: '10.0.9.9' }, { host: '10.0.9.9', port: 6379 }],
    ['port', { port: '7000' }, { host: '10.0.0.1', port: 7000 }],
  ])('whose %s the code changed is removed and monitored, in one write', (_, changes, address) => {
    const state = { ...forgotten, directives: { ...forgotten.directives, authPass: 'env:OLD' } };
    const next = changed(make(state, { before: declared(), after: declared(changes) }));
    expect(next).toMatchObject({ master: { address }, currentEpoch: 1, configEpoch: 1, voters: [] });
    expect(next.directives).not.toHaveProperty('authPass');
    expect(next.declaration).toEqual({ by: OWNER, address });
    expect(next.events.slice(-2).map(({ type }) => type)).toEqual(['-monitor', '+monitor']);
    // a retry finds it done, also after a failover there; and old and new exchanged bring it back
    const moved = { ...next, master: { address: N2 } };
    expect(make(moved, { before: declared(), after: declared(changes) }).kind).toBe('unchanged');
    expect(changed(make(next, { before: declared(changes), after: declared() })).master.address).toEqual(N1);
  });

  test('whose code now names the node that a failover made the master, or one of its replicas, stays', () => {
    const after = declared({ host: N2.host });
    const next = changed(make(failedOver, { before: declared(), after }));
    expect(next).toEqual({ ...failedOver, declaration: { by: OWNER, address: N2 } });
    const onReplica = deployed({ replicas: { [nodeId(N2)]: { address: N2, reconfiguration: 'none' } } });
    expect(changed(make(onReplica, { before: declared(), after })).master.address).toEqual(N1);
  });

  test('whose address before was refused has not moved', () => {
    expect(make(forgotten, { before: declared({ host: 'x y' }) })).toEqual({
      kind: 'unchanged',
      state: forgotten,
    });
  });

  test('that a person entered elsewhere stays there, when the address before was refused', () => {
    const { declaration: _, ...byHand } = forgotten;
    const next = changed(make(byHand, { before: declared({ host: 'x y' }) }));
    expect(next).toEqual({ ...byHand, declaration: { by: OWNER, address: N1 } });
  });

  test('is not moved from under a promotion, and none of its replicas withdrawn', () => {
    const failover = {
      ...{ epoch: 0, leader: { sentinel: 'a', incarnation: 1 }, beat: 1, kind: 'automatic' as const },
      ...{ step: 'promoting' as const, oldMaster: N1, passedOver: {}, timeline: { started: 0 } },
    };
    const codes = { before: declared(), after: declared({ host: '10.0.9.9' }) };
    expect(make(deployed({ failover }), codes)).toMatchObject({ why: 'in-progress' });
    const replicas = { [nodeId(N2)]: { address: N2, reconfiguration: 'none' as const, declared: true } };
    const withdrawn = { before: declared({ replicas: ['10.0.0.2:6379'] }), after: declared() };
    expect(make(deployed({ failover, replicas }), withdrawn)).toMatchObject({ why: 'in-progress' });
    expect(undeclare(deployed({ failover }), { owner: OWNER }, 'code', NOW)).toMatchObject({
      why: 'in-progress',
    });
  });

  test('of another group under the name is in the way, and adopted when it is the same group', () => {
    const other = changed(monitorOver(undefined, { ...GOOD, host: '10.0.5.5' }, {}, 'op', NOW));
    const outcome = make(other, {});
    expect(outcome).toMatchObject({ kind: 'refused', why: 'duplicate' });
    expect(outcome.kind === 'refused' && outcome.message).toMatch(
      /^Duplicated master name: mymaster is monitored at 10\.0\.5\.5:6379, .* at 10\.0\.0\.1:6379: /,
    );
    const same = changed(monitorOver(undefined, { ...GOOD, directives: { quorum: 1 } }, {}, 'op', NOW));
    expect(changed(make(same, {}))).toMatchObject({ declaration: { by: OWNER }, directives: { quorum: 2 } });
  });

  test('is taken away by who declared it, and by nobody else', () => {
    const gone = changed(undeclare(deployed(), { owner: OWNER }, 'code', NOW));
    expect(gone.removed).toBe(NOW.wall);
    expect(gone).not.toHaveProperty('declaration');
    const others = [aState(), deployed({ declaration: { by: 'other/Masters', address: N1 } })];
    for (const state of others) {
      expect(undeclare(state, { owner: OWNER }, 'code', NOW)).toEqual({ kind: 'unchanged', state });
    }
    expect(undeclare(gone, { owner: OWNER }, 'code', NOW)).toMatchObject({ why: 'no-such-master' });
  });
});

describe('a declared replica', () => {
  const [one, both] = [['10.0.0.2:6379'], ['10.0.0.2:6379', '10.0.0.3:6379']];
  const state = changed(make(undefined, { after: declared({ replicas: both }) }));

  test('that the code has no more is doubted, until the next look at the master', () => {
    const codes = { before: declared({ replicas: both }), after: declared({ replicas: one }) };
    const next = changed(make(state, codes));
    expect(next.replicas['10.0.0.3:6379']).toEqual({
      ...{ address: { host: '10.0.0.3', port: 6379 }, reconfiguration: 'none', unconfirmed: true },
    });
    expect(next.replicas['10.0.0.2:6379']).toMatchObject({ declared: true });
    expect(make(next, codes)).toEqual({ kind: 'unchanged', state: next });
    const back = changed(make(next, { before: codes.after, after: codes.before }));
    expect(back.replicas).toEqual(state.replicas);
  });
});

describe('a bad declaration is refused with every fault, under its master’s name', () => {
  const told = (masters: unknown, zones: unknown = ['a']): string[] => {
    const read = readDeclaration({ Masters: masters, Zones: zones });
    return read.ok ? [] : read.faults.map(describeFault);
  };

  test.each<[string, unknown, RegExp[]]>([
    ['a value', [{ ...GOOD, directives: { quorum: '0' } }], [/^mymaster: quorum "0": allowed is a whole/]],
    ['no quorum', [{ ...GOOD, directives: {} }], [/^mymaster: quorum missing: /]],
    [
      'a misspelt directive',
      [{ ...GOOD, directives: { quorum: '1', speed: '1' } }],
      [/^mymaster: speed "1": allowed is one of quorum, /],
    ],
    [
      'a script',
      [{ ...GOOD, directives: { quorum: '1', 'notification-script': '/x' } }],
      [/^mymaster: notification-script "\/x": .* never taken/],
    ],
    [
      'a flag',
      [{ ...GOOD, directives: { quorum: '1', tls: 'on' } }],
      [/^mymaster: tls "on": allowed is yes or no$/],
    ],
    [
      'odd words',
      [{ ...GOOD, directives: { quorum: '1', 'rename-command': 'a b c' } }],
      [/^mymaster: rename-command "a b c": /],
    ],
    ['no name', [{ ...GOOD, name: 'a b' }], [/^Masters\[0\]: name "a b": /]],
    ['a field too many', [{ ...GOOD, ports: '1' }], [/^mymaster: ports "…": allowed is one of name, host/]],
    [
      'a host name',
      [{ ...GOOD, host: 'redis.internal' }],
      [/^mymaster: host "redis\.internal": .*resolve-hostnames yes$/],
    ],
    ['a replica', [{ ...GOOD, replicas: ['there'] }], [/^mymaster: replicas "there": /]],
    ['no object', ['mymaster', null], [/^Masters\[0\] "mymaster": /, /^Masters\[1\] null: /]],
    ['no list', 'mymaster', [/^Masters "mymaster": allowed is a list of masters/]],
    ['nothing', undefined, [/^Masters missing: /]],
    [
      'a name twice',
      [GOOD, { ...GOOD, host: '10.0.0.9' }],
      [/^Masters "mymaster": allowed is each name once$/],
    ],
    [
      'several',
      [
        { ...GOOD, port: '0', host: '' },
        { ...GOOD, name: 'other', directives: { quorum: 'x' } },
      ],
      [/^mymaster: port "0"/, /^mymaster: host ""/, /^other: quorum "x"/],
    ],
  ])('%s', (_, masters, faults) => {
    const lines = told(masters);
    expect(lines).toHaveLength(faults.length);
    for (const [i, fault] of faults.entries()) expect(lines[i]).toMatch(fault);
  });

  test.each([[undefined], [[]], ['a'], [['a', '']], [[1]]])('zones such as %o', (zones) => {
    expect(told([GOOD], zones ?? null)).toEqual([
      expect.stringMatching(/^Zones .*names of zones, one or more$/),
    ]);
  });

  test('and no password of it is told, wherever it stands', () => {
    const hidden = 'hunter2';
    const bad = [
      { ...GOOD, directives: { quorum: '0', 'auth-pass': `env:${hidden} x`, 'auth-password': hidden } },
      { ...GOOD, name: 'b', 'auth-pass': hidden, directive: { 'auth-pass': hidden } },
      { ...GOOD, name: 'c', directives: [{ 'auth-pass': hidden }] },
    ];
    expect(told(bad).length).toBeGreaterThan(5);
    expect(told(bad).join()).not.toContain(hidden);
  });
});
