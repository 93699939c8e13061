import { describe, expect, test } from 'vitest';
import {
  changeDirectives,
  DIRECTIVE_NAMES,
  describeFault,
  directiveText,
  PRESETS,
  readDirectives,
} from '../../src/core/directives.ts';
import type { Directives } from '../../src/core/model.ts';

const DAY_MS = 86_400_000;

const NUMBERS: readonly (readonly [
  string,
  keyof Directives,
  preset: number | undefined,
  min: number,
  max: number,
])[] = [
  ['quorum', 'quorum', undefined, 1, 1000],
  ['down-after-milliseconds', 'downAfterMs', 30_000, 1, DAY_MS],
  ['failover-timeout', 'failoverTimeoutMs', 180_000, 1, DAY_MS],
  ['parallel-syncs', 'parallelSyncs', 1, 1, 1000],
  ['lease-milliseconds', 'leaseMs', 5000, 2000, 60_000],
  ['alert-interval-milliseconds', 'alertIntervalMs', 100, 10, 1000],
  ['master-reboot-down-after-period', 'masterRebootDownAfterMs', 0, 0, DAY_MS],
  ['min-replicas-visible', 'minReplicasVisible', 0, 0, 1000],
];

function read(given: Record<string, unknown>): Directives {
  const checked = readDirectives({ quorum: 2, ...given });
  if (!checked.ok) throw new Error(checked.faults.map(describeFault).join('; '));
  return checked.value;
}

function faults(given: Record<string, unknown>): string[] {
  const checked = readDirectives({ quorum: 2, ...given });
  return checked.ok ? [] : checked.faults.map(describeFault);
}

describe.each(NUMBERS)('%s', (directive, field, preset, min, max) => {
  test('has its default', () => {
    if (preset !== undefined) expect(read({})[field]).toBe(preset);
    else expect(readDirectives({}).ok).toBe(false);
  });

  test('is taken within its bounds, as a number or as text', () => {
    for (const value of [min, max]) {
      expect(read({ [directive]: value })[field]).toBe(value);
      expect(read({ [directive]: String(value) })[field]).toBe(value);
    }
  });

  test.each([min - 1, max + 1, -5, 1.5, Number.NaN, '', ' 7', '7 ', '7ms', '1e3', '0x10', true, [7], {}])(
    'refuses %o, naming directive, value and what is allowed',
    (value) => {
      expect(faults({ [directive]: value })).toEqual([
        `${directive} ${JSON.stringify(value)}: allowed is a whole number from ${min} to ${max}`,
      ]);
    },
  );
});

describe.each([
  ['replica-evidence', 'replicaEvidence', true],
  ['resolve-hostnames', 'resolveHostnames', false],
  ['announce-hostnames', 'announceHostnames', false],
  ['write-probe', 'writeProbe', false],
  ['observe-only', 'observeOnly', false],
  ['tls', 'tls', false],
] as const)('%s', (directive, field, preset) => {
  test.each([
    ['yes', true],
    ['no', false],
    [true, true],
    [false, false],
  ])('%o means %o', (value, meant) => {
    expect(read({ [directive]: value })[field]).toBe(meant);
  });

  test('has its default', () => {
    expect(read({})[field]).toBe(preset);
  });

  test.each(['YES', 'true', '', 1, 0, null])('refuses %o', (value) => {
    expect(faults({ [directive]: value })).toEqual([
      `${directive} ${JSON.stringify(value)}: allowed is yes or no`,
    ]);
  });
});

describe.each([
  ['auth-user', 'authUser', ['sentinel', 'a'.repeat(128)], ['two words', 'a'.repeat(129), 'a\n', 7, null]],
  ['prefer-zone', 'preferZone', ['eu-west-1a', 'euw1-az1'], ['a b', 'a/b', 'a'.repeat(65), 7, null]],
  [
    ...(['auth-pass', 'authPass'] as const),
    ['env:REDIS_PASSWORD', 'secret:arn:aws:secretsmanager:eu-west-1:1:secret:x', 'stored:4f1c-9'],
    ['hunter2', 'env:', 'env:1A', 'env:A B', 'secret:a b', 'stored:../x', 'ENV:A', 7, null],
  ],
] as const)('%s', (directive, field, good, bad) => {
  test.each(good)('takes %o, and without it there is none', (value) => {
    expect(read({ [directive]: value })[field]).toBe(value);
    expect(read({})).not.toHaveProperty(field);
  });

  test.each(bad)('refuses %o', (value) => {
    expect(faults({ [directive]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${directive} .*: allowed is `)),
    ]);
  });

  test('is taken away by an empty one', () => {
    const before = read({ [directive]: good[0] });
    const after = changeDirectives(before, { [directive]: '' });
    expect(after.ok && after.value).toEqual(read({}));
  });
});

describe('a password', () => {
  test.each(['auth-pass', 'authpass', 'sentinel-pass', 'requirepass', 'secret', 'auth-token'])(
    'given as %s enters no fault, neither its sentence nor its fields',
    (directive) => {
      const refused = readDirectives({ quorum: 2, [directive]: 'hunter2' });
      expect(refused.ok).toBe(false);
      expect(JSON.stringify(refused)).not.toContain('hunter2');
      expect(refused.ok ? [] : refused.faults.map(describeFault)).toEqual([
        expect.stringContaining(`${directive} "******": allowed is `),
      ]);
    },
  );

  test('is told in events neither by itself nor by its reference', () => {
    expect(directiveText('auth-pass', read({ 'auth-pass': 'env:REDIS_PASSWORD' }))).toBe('******');
  });
});

test.each(['notification-script', 'client-reconfig-script'])('%s is refused, and says why', (directive) => {
  expect(faults({ [directive]: '/bin/sh' })).toEqual([
    expect.stringMatching(/allowed is in the configuration file of a zone process only: a program is never/),
  ]);
});

describe('rename-command', () => {
  const renamed = (given: unknown, before: Record<string, string> = {}) => {
    const after = changeDirectives({ ...read({}), renamedCommands: before }, { 'rename-command': given });
    return after.ok ? after.value.renamedCommands : 'refused';
  };

  test.each([
    ['as words', 'config hidden', {}, { CONFIG: 'hidden' }],
    ['as several pairs', 'config a client b', {}, { CONFIG: 'a', CLIENT: 'b' }],
    ['as words, beside those there are', 'client b', { CONFIG: 'a' }, { CONFIG: 'a', CLIENT: 'b' }],
    ['as words, anew', 'Config b', { CONFIG: 'a' }, { CONFIG: 'b' }],
    ['as itself: its own name again', 'config CONFIG', { CONFIG: 'a', CLIENT: 'b' }, { CLIENT: 'b' }],
    ['as an object: the whole of them', { config: 'b' }, { CLIENT: 'b' }, { CONFIG: 'b' }],
    ['as an empty object', {}, { CLIENT: 'b' }, {}],
    ['as nothing', '', { CLIENT: 'b' }, {}],
  ])('is taken %s', (_, given, before, after) => {
    expect(renamed(given, before)).toEqual(after);
  });

  test.each([
    'config',
    'config a client',
    'con/fig a',
    { CONFIG: 7 },
    { CONFIG: '' },
    ['CONFIG', 'a'],
    7,
    null,
  ])('refuses %o', (given) => {
    expect(renamed(given)).toBe('refused');
  });
});

describe('node-zones', () => {
  test.each([
    ['10.0.0.2:6379 eu-west-1a', { '10.0.0.2:6379': 'eu-west-1a' }],
    [
      { '[fd00::2]:6379': 'b', 'redis-2.internal:6379': 'c' },
      { '[fd00::2]:6379': 'b', 'redis-2.internal:6379': 'c' },
    ],
  ])('takes %o', (given, meant) => {
    expect(read({ 'node-zones': given }).nodeZones).toEqual(meant);
  });

  test.each(['10.0.0.2 a', { '10.0.0.2:6379': 'a b' }, { 'fd00::2:6379': 'a' }, { '10.0.0.2:': 'a' }])(
    'refuses %o',
    (given) => {
      expect(faults({ 'node-zones': given })).toHaveLength(1);
    },
  );
});

describe('changed directives', () => {
  test('leave all others as they were, also those of a later minor version', () => {
    const before = { ...read({ 'auth-user': 'me', 'down-after-milliseconds': 1 }), later: { a: 1 } };
    const after = changeDirectives(before, { quorum: '3', 'write-probe': 'yes' });
    expect(after).toEqual({ ok: true, value: { ...before, quorum: 3, writeProbe: true } });
  });

  test('fill in the defaults of what an earlier minor version did not know', () => {
    const { tls, nodeZones, ...earlier } = read({});
    expect(changeDirectives(earlier, { quorum: 3 })).toEqual({ ok: true, value: { ...PRESETS, quorum: 3 } });
  });

  test('with one fault change nothing', () => {
    const before = read({});
    const after = changeDirectives(before, { 'parallel-syncs': 5, quorum: 0 });
    expect(after.ok).toBe(false);
    expect(before).toEqual(read({}));
  });

  test('need no quorum of their own, but do not take it away', () => {
    expect(changeDirectives(read({}), {}).ok).toBe(true);
    expect(changeDirectives(read({}), { quorum: '' }).ok).toBe(false);
  });
});

test.each([
  ['quorum', {}, '2'],
  ['write-probe', {}, 'no'],
  ['replica-evidence', {}, 'yes'],
  ['rename-command', { 'rename-command': { config: 'a', client: 'b' } }, 'CONFIG a CLIENT b'],
  ['prefer-zone', {}, ''],
  ['toString', {}, ''],
])('%s is written in the words of sentinel.conf', (directive, given, text) => {
  expect(directiveText(directive, read(given))).toBe(text);
});

test('a fault is one printable line, whatever was given', () => {
  for (const told of faults({ 'spe\r\ned\u001b[2J': 'a\u009b\r\n', quorum: '\u0000\n' })) {
    expect(told).not.toMatch(/\p{Cc}/u);
  }
});

test('pairs have a limit, for the state is one small item', () => {
  const zones = (n: number) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`10.0.0.1:${i + 1}`, 'a']));
  expect(faults({ 'node-zones': zones(64) })).toEqual([]);
  expect(faults({ 'node-zones': zones(65) })).toHaveLength(1);
});

test('a fault repeats no more of a long value than helps', () => {
  expect(faults({ quorum: '9'.repeat(10_000) })[0]?.length).toBeLessThan(300);
  expect(faults({ ['x'.repeat(10_000)]: 1 })[0]?.length).toBeLessThan(1000);
});

describe('directives', () => {
  test('without a quorum are refused: it has no default', () => {
    const checked = readDirectives({});
    expect(checked.ok ? [] : checked.faults.map(describeFault)).toEqual([
      'quorum missing: allowed is a whole number from 1 to 1000',
    ]);
  });

  test('of a name nobody knows are refused with the names there are', () => {
    expect(faults({ 'down-after': 1000 })).toEqual([
      `down-after 1000: allowed is one of ${DIRECTIVE_NAMES.join(', ')}`,
    ]);
  });

  test.each(['constructor', 'toString', 'hasOwnProperty'])(
    'of the inherited name %s are refused too',
    (name) => {
      expect(faults({ [name]: 1 })).toHaveLength(1);
    },
  );

  test('with several faults are told of all of them, and nothing is there to apply', () => {
    const checked = readDirectives({
      quorum: 0,
      'parallel-syncs': 'many',
      'replica-evidence': 'maybe',
      speed: 9,
    });
    expect(checked.ok).toBe(false);
    expect(checked).not.toHaveProperty('value');
    if (checked.ok) return;
    expect(checked.faults.map(({ directive }) => directive).sort()).toEqual([
      ...['parallel-syncs', 'quorum', 'replica-evidence', 'speed'],
    ]);
  });
});

test('a value nested deeper than any serialiser follows is refused, and its fault can be written down', () => {
  const deep = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as unknown;
  expect(faults({ 'node-zones': { a: deep } })).toEqual([expect.stringContaining('node-zones {"a":"[…]"}:')]);
  expect(faults({ quorum: [1, { of: deep }] })).toEqual([expect.stringContaining('quorum [1,"{…}"]:')]);
});
