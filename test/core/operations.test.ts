import { describe, expect, test } from 'vitest';
import { describeFault } from '../../src/core/directives.ts';
import type { MasterState } from '../../src/core/model.ts';
import { isMasterName } from '../../src/core/operations/address.ts';
import { monitor, monitorOver } from '../../src/core/operations/monitor.ts';
import { remove } from '../../src/core/operations/remove.ts';
import { at } from './samples.ts';

const GOOD = { name: 'mymaster', host: '10.0.0.1', port: 6379, directives: { quorum: 2 } };

function faultsOf(changes: Record<string, unknown>): string[] {
  const checked = monitor({ ...GOOD, ...changes }, 'operator', at(5));
  return checked.ok ? [] : checked.faults.map(describeFault);
}

describe('MONITOR', () => {
  test('makes the first state of a master: no epoch, no replica, no voter, one event', () => {
    const checked = monitor(GOOD, 'operator', at(5));
    expect(checked).toMatchObject({
      ok: true,
      value: {
        ...{ schema: { major: 1, minor: 0 }, name: 'mymaster', currentEpoch: 0, configEpoch: 0 },
        ...{ master: { address: { host: '10.0.0.1', port: 6379 } }, replicas: {}, voters: [], lastSeq: 1 },
        directives: { quorum: 2, downAfterMs: 30_000, failoverTimeoutMs: 180_000, parallelSyncs: 1 },
        events: [
          {
            seq: 1,
            at: at(5).wall,
            by: 'operator',
            type: '+monitor',
            payload: 'master mymaster 10.0.0.1 6379 quorum 2',
          },
        ],
      },
    });
  });

  test('takes a port as text', () => {
    expect(faultsOf({ port: '6379' })).toEqual([]);
  });

  test.each([
    ['0.0.0.0', '0.0.0.0'],
    ['255.249.199.9', '255.249.199.9'],
    ['FD00::1', 'fd00::1'],
    ['fd00:0:0:0:0:0:0:1', 'fd00::1'],
    ['fd00:0001:0:0:2:0:0:3', 'fd00:1::2:0:0:3'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('takes %s, in the one form in which it is compared', (host, form) => {
    const made = monitor({ ...GOOD, host }, 'operator', at(5));
    expect(made.ok && made.value.master.address.host).toBe(form);
  });

  test('takes host names only where they are resolved, and names the directive', () => {
    const host = 'redis-1.example.internal';
    expect(faultsOf({ host })).toEqual([
      `host "${host}": allowed is an IP address, or a host name with resolve-hostnames yes`,
    ]);
    expect(faultsOf({ host, directives: { quorum: 2, 'resolve-hostnames': 'yes' } })).toEqual([]);
  });

  test.each(['', ' ', 'my master', 'my/master', 'måster', 'a'.repeat(129), 'a\n', '{a}', 7, null, undefined])(
    'refuses the name %o',
    (name) => {
      expect(faultsOf({ name })).toEqual([expect.stringMatching(/^name .*: allowed is 1 to 128 of/)]);
    },
  );

  test.each([0, 65_536, 70_000, -1, 63.79, '', 'redis', null, undefined])('refuses the port %o', (port) => {
    expect(faultsOf({ port })).toEqual([
      expect.stringMatching(/^port .*: allowed is a whole number from 1 to 65535$/),
    ]);
  });

  test.each([
    ...['', 'ho st', 'host\r\n', 'a'.repeat(254), 'host/24', 10, null, '-a', 'a..b', 'a'.repeat(64)],
    ...['10.0.0.256', '10.0.0', '10.0.0.01.', '1.2.3.4.5', '0x7f.1', '1'],
    ...[
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4::5:6:7:8',
      'fe80::1%eth0',
      'g::',
    ],
  ])('refuses the host %o', (host) => {
    expect(faultsOf({ host })).toEqual([
      expect.stringMatching(/^host .*: allowed is an IP address or a host name$/),
    ]);
  });

  test.each([0, -1, undefined, 'two'])('refuses the quorum %o', (quorum) => {
    expect(faultsOf({ directives: { quorum } })).toEqual([expect.stringMatching(/^quorum /)]);
  });

  test('tells every fault at once', () => {
    const found = faultsOf({ name: 'a b', host: '', port: 0, directives: { 'parallel-syncs': 0 } });
    expect(found.map((fault) => fault.split(' ')[0]).sort()).toEqual([
      ...['host', 'name', 'parallel-syncs', 'port', 'quorum'],
    ]);
  });
});

describe('the allowed networks', () => {
  const inside = { allows: ({ host }: { host: string }) => host.startsWith('10.') };
  test.each([
    ['the master', { host: '192.168.0.1' }, 'host "192.168.0.1"'],
    ['a replica', { replicas: ['10.0.0.2:6379', '192.168.0.1:6379'] }, 'replicas "192.168.0.1:6379"'],
  ])('hold %s', (_, changes, named) => {
    const outcome = monitorOver(undefined, { ...GOOD, ...changes }, inside, 'operator', at(5));
    expect(outcome).toMatchObject({
      ...{ kind: 'refused', why: 'faults' },
      message: `${named}: allowed is an address in the allowed networks`,
    });
  });
});

describe('declared replicas', () => {
  test('are entered as such, the master among them and the same one twice are not', () => {
    const replicas = ['10.0.0.2:6379', '10.0.0.1:6379', '[FD00::2]:7000', '10.0.0.2:6379'];
    const made = monitor({ ...GOOD, replicas }, 'operator', at(5));
    expect(made.ok && made.value.replicas).toEqual({
      '10.0.0.2:6379': {
        address: { host: '10.0.0.2', port: 6379 },
        reconfiguration: 'none',
        declared: true,
      },
      '[fd00::2]:7000': {
        address: { host: 'fd00::2', port: 7000 },
        reconfiguration: 'none',
        declared: true,
      },
    });
    expect(made.ok && made.value.events.map(({ type }) => type)).toEqual(['+monitor', '+slave', '+slave']);
  });

  test.each(['10.0.0.2', '10.0.0.2:0', '10.0.0.2:70000', 'fd00::2:6379', '', 7, null])(
    'refuse %o',
    (replica) => {
      expect(faultsOf({ replicas: [replica] })).toEqual([
        expect.stringMatching(/^replicas .*: allowed is a list of host:port, at most 64$/),
      ]);
    },
  );

  test.each(['10.0.0.2:6379', 7, {}, Array(65).fill('10.0.0.2:6379')])(
    'refuse %o, which is no list',
    (replicas) => {
      expect(faultsOf({ replicas })).toHaveLength(1);
    },
  );
});

describe('a node that was looked at', () => {
  const says = (role: 'master' | 'slave', upstream?: { host: string; port: number }) => ({
    role: () => ({ role, ...(upstream && { upstream }) }),
  });
  test('and says replica is refused, naming its master', () => {
    const upstream = { host: '10.0.0.9', port: 6380 };
    expect(monitorOver(undefined, GOOD, says('slave', upstream), 'operator', at(5))).toMatchObject({
      ...{ kind: 'refused', why: 'is-a-replica' },
      message: '10.0.0.1:6379 is a replica of 10.0.0.9:6380: monitor that',
    });
  });

  test('and says master, or nothing, is taken', () => {
    expect(monitorOver(undefined, GOOD, says('master'), 'operator', at(5)).kind).toBe('change');
    expect(monitorOver(undefined, GOOD, { role: () => undefined }, 'operator', at(5)).kind).toBe('change');
  });
});

function existing(changes: Partial<MasterState> = {}): MasterState {
  const made = monitor(GOOD, 'operator', at(5));
  if (!made.ok) throw new Error('a good request was refused');
  return { ...made.value, rev: 3, writeId: 'w', voters: ['a'], ...changes };
}

describe('MONITOR of a name that exists', () => {
  const again = (state: MasterState, changes: Record<string, unknown> = {}) =>
    monitorOver(state, { ...GOOD, ...changes }, {}, 'operator', at(9));

  test('with the same address and quorum changes nothing', () => {
    const state = existing();
    expect(again(state)).toEqual({ kind: 'unchanged', state });
  });

  test('changes only the directives given', () => {
    const before = existing();
    const state = { ...before, directives: { ...before.directives, parallelSyncs: 4 } };
    const outcome = again(state, { directives: { quorum: 2, 'down-after-milliseconds': 500 } });
    expect(outcome).toMatchObject({
      kind: 'change',
      next: { voters: ['a'], directives: { ...state.directives, downAfterMs: 500 } },
    });
  });

  test.each([{ host: '10.0.0.2' }, { port: 6380 }, { directives: { quorum: 3 } }])(
    'with %o in its place is a duplicate',
    (changes) => {
      expect(again(existing(), changes)).toMatchObject({
        ...{ kind: 'refused', why: 'duplicate', message: 'Duplicated master name' },
      });
    },
  );

  test('declares replicas, once', () => {
    const replicas = ['10.0.0.2:6379'];
    const known = {
      '10.0.0.2:6379': {
        address: { host: '10.0.0.2', port: 6379 },
        reconfiguration: 'none',
        announced: false,
      },
    } as const;
    const outcome = again(existing({ replicas: known }), { replicas });
    const next = outcome.kind === 'change' ? outcome.next : existing();
    expect(next.replicas['10.0.0.2:6379']).toEqual({ ...known['10.0.0.2:6379'], declared: true });
    expect(again(next, { replicas }).kind).toBe('unchanged');
  });

  test('is INPROG from the intent to the switch, unless it changes nothing', () => {
    const failover = { step: 'promoting' } as MasterState['failover'] & object;
    expect(again(existing({ failover })).kind).toBe('unchanged');
    const other = { directives: { quorum: 2, 'parallel-syncs': 2 } };
    expect(again(existing({ failover }), other)).toMatchObject({ why: 'in-progress' });
  });
});

test('MONITOR of a removed name goes on from its tombstone, and takes over neither credentials nor replicas', () => {
  const directives = { ...existing().directives, authUser: 'me', authPass: 'env:A', authPassBefore: 'env:B' };
  const before = existing({ currentEpoch: 7, configEpoch: 5, directives, lastSeq: 40 });
  const removed = remove(before, {}, 'operator', at(7));
  if (removed.kind !== 'change') throw new Error('a removal was refused');
  const moved = { ...GOOD, host: '10.0.0.9' };
  const outcome = monitorOver(removed.next, moved, {}, 'operator', at(9));
  expect(outcome).toEqual({
    kind: 'change',
    next: {
      ...{ schema: { major: 1, minor: 0 }, name: 'mymaster', rev: 3, writeId: 'w' },
      ...{ directives: existing().directives, currentEpoch: 8, configEpoch: 8, replicas: {}, voters: [] },
      master: { address: { host: '10.0.0.9', port: 6379 } },
      lastSeq: 42,
      events: [
        expect.objectContaining({ type: '+monitor', seq: 1 }),
        expect.objectContaining({ type: '-monitor', seq: 41 }),
        expect.objectContaining({ type: '+monitor', seq: 42 }),
      ],
    },
  });
});

test.each([
  ['mymaster', true],
  ['a.B-c_9', true],
  ['a'.repeat(128), true],
  ['a'.repeat(129), false],
  ['', false],
  ['my master', false],
  ['mymaster\n', false],
  ['..', true],
])('%o is a master name: %o', (name, good) => {
  expect(isMasterName(name)).toBe(good);
});
