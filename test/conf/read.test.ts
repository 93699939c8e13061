import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConf } from '../../src/conf/read.ts';
import { DIRECTIVE_NAMES } from '../../src/core/directives.ts';
import { readMonitor } from '../../src/core/operations/monitor-request.ts';
import { conf, faultsOf } from './file.ts';

const MONITOR = 'sentinel monitor mymaster 127.0.0.1 6379 2';
const ID = 'a'.repeat(40);

describe('of the process itself', () => {
  test('an empty file has Redis’ defaults', () => {
    expect(conf().server).toEqual({
      ...{ port: 26_379, tlsPort: 0, protectedMode: false, logfile: '', daemonize: false },
      ...{ loglevel: 'notice', users: [], tls: { replication: false } },
    });
    expect(conf().sentinel).toEqual({
      denyScriptsReconfig: true,
      resolveHostnames: false,
      announceHostnames: false,
    });
  });

  test.each<[string, object]>([
    ['port 0', { port: 0 }],
    ['PORT 5000', { port: 5000 }],
    ['bind 127.0.0.1 -::1', { bind: ['127.0.0.1', '-::1'] }],
    ['protected-mode YES', { protectedMode: true }],
    ['dir "/var/lib/my redis"', { dir: '/var/lib/my redis' }],
    ['logfile ""', { logfile: '' }],
    ['pidfile /run/s.pid', { pidfile: '/run/s.pid' }],
    ['daemonize yes', { daemonize: true }],
    ['loglevel Verbose', { loglevel: 'verbose' }],
    ['requirepass "a b"', { requirepass: 'a b' }],
    ['aclfile /etc/users.acl', { aclfile: '/etc/users.acl' }],
    ['user app on >secret ~* +@all', { users: [['app', 'on', '>secret', '~*', '+@all']] }],
    ['tls-port 26380', { tlsPort: 26_380 }],
    ['tls-replication yes', { tls: { replication: true } }],
    ['tls-cert-file /c.pem', { tls: { replication: false, certFile: '/c.pem' } }],
    ['tls-auth-clients optional', { tls: { replication: false, authClients: 'optional' } }],
    ['tls-protocols "TLSv1.2 TLSv1.3"', { tls: { replication: false, protocols: 'TLSv1.2 TLSv1.3' } }],
  ])('%s', (line, settings) => {
    expect(conf(line).server).toMatchObject(settings);
  });

  test('the later of two lines counts', () => {
    expect(conf('port 1', 'port 2').server.port).toBe(2);
  });
});

test.each<[string, object]>([
  [`sentinel myid ${ID}`, { myid: ID }],
  ['SENTINEL Announce-IP 10.0.0.5', { announceIp: '10.0.0.5' }],
  ['sentinel announce-port 5000', { announcePort: 5000 }],
  ['sentinel deny-scripts-reconfig no', { denyScriptsReconfig: false }],
  ['sentinel sentinel-user me', { sentinelUser: 'me' }],
  ['sentinel sentinel-pass "p w"', { sentinelPass: 'p w' }],
  ['sentinel resolve-hostnames yes', { resolveHostnames: true }],
  ['sentinel announce-hostnames yes', { announceHostnames: true }],
  ['sentinel current-epoch 7', { currentEpoch: 7 }],
])('of the sentinel: %s', (line, settings) => {
  expect(conf(line).sentinel).toMatchObject(settings);
});

describe('of a master', () => {
  test('the lines may come in any order, and each name has its own', () => {
    const read = conf(
      'sentinel parallel-syncs b 3',
      'sentinel monitor a 127.0.0.1 6379 2',
      'sentinel monitor b 127.0.0.2 6380 1',
      'sentinel down-after-milliseconds a 5000',
    );
    expect(read.masters.map(({ request }) => request)).toEqual([
      {
        name: 'a',
        host: '127.0.0.1',
        port: '6379',
        directives: { quorum: '2', 'down-after-milliseconds': '5000' },
      },
      { name: 'b', host: '127.0.0.2', port: '6380', directives: { quorum: '1', 'parallel-syncs': '3' } },
    ]);
  });

  test.each([
    ['down-after-milliseconds', '5000', { downAfterMs: 5000 }],
    ['failover-timeout', '60000', { failoverTimeoutMs: 60_000 }],
    ['parallel-syncs', '2', { parallelSyncs: 2 }],
    ['master-reboot-down-after-period', '900', { masterRebootDownAfterMs: 900 }],
    ['auth-user', 'me', { authUser: 'me' }],
    ['auth-pass', 'env:REDIS_PASSWORD', { authPass: 'env:REDIS_PASSWORD' }],
    ['rename-command', 'CONFIG guessme', { renamedCommands: { CONFIG: 'guessme' } }],
    ['replica-evidence', 'no', { replicaEvidence: false }],
    ['lease-milliseconds', '9000', { leaseMs: 9000 }],
    ['alert-interval-milliseconds', '50', { alertIntervalMs: 50 }],
    ['write-probe', 'yes', { writeProbe: true }],
    ['prefer-zone', 'eu-1a', { preferZone: 'eu-1a' }],
    ['node-zones', '127.0.0.1:6379 eu-1a', { nodeZones: { '127.0.0.1:6379': 'eu-1a' } }],
    ['min-replicas-visible', '1', { minReplicasVisible: 1 }],
    ['observe-only', 'yes', { observeOnly: true }],
    ['tls', 'yes', { tls: true }],
  ])('%s is what the core takes it for', (directive, value, expected) => {
    const [master] = conf(MONITOR, `sentinel ${directive} mymaster ${value}`).masters;
    const read = master && readMonitor(master.request);
    expect(read).toMatchObject({ ok: true, value: { directives: expected } });
  });

  test('every directive of the core can be given', () => {
    const tried = new Set(['quorum', 'resolve-hostnames', 'announce-hostnames']);
    for (const directive of DIRECTIVE_NAMES) {
      if (tried.has(directive)) continue;
      const [fault = ''] = faultsOf(MONITOR, `sentinel ${directive} mymaster`);
      expect(fault, directive).not.toContain('is one of');
    }
  });

  test('pairs add up, and what the file sets for all is in each', () => {
    const [master] = conf(
      'sentinel resolve-hostnames yes',
      'tls-replication yes',
      'sentinel monitor mymaster redis.example 6379 2',
      'sentinel rename-command mymaster CONFIG one',
      'sentinel rename-command mymaster REPLICAOF two',
    ).masters;
    const read = master && readMonitor(master.request);
    expect(read).toMatchObject({
      ok: true,
      value: {
        address: { host: 'redis.example', port: 6379 },
        directives: {
          resolveHostnames: true,
          tls: true,
          renamedCommands: { CONFIG: 'one', REPLICAOF: 'two' },
        },
      },
    });
  });

  test('a password stands as it is, with blanks too', () => {
    const [master] = conf(MONITOR, 'sentinel auth-pass mymaster "a b"').masters;
    expect(master?.request.directives['auth-pass']).toBe('a b');
  });

  test('programs are told apart from directives', () => {
    const [master] = conf(MONITOR, 'sentinel notification-script mymaster "/opt/my script"').masters;
    expect(master?.scripts).toEqual({ notification: '/opt/my script' });
    expect(master?.request.directives).toEqual({ quorum: '2' });
  });

  test('what Sentinel wrote back is read, in its older words too', () => {
    const [master] = conf(
      MONITOR,
      'sentinel config-epoch mymaster 3',
      'sentinel leader-epoch mymaster 4',
      'sentinel known-slave mymaster 127.0.0.1 6380',
      'sentinel known-replica mymaster ::1 6381',
      `sentinel known-sentinel mymaster 127.0.0.1 26380 ${ID}`,
    ).masters;
    expect(master?.state).toEqual({
      configEpoch: 3,
      leaderEpoch: 4,
      replicas: [
        { host: '127.0.0.1', port: 6380 },
        { host: '::1', port: 6381 },
      ],
      sentinels: [{ host: '127.0.0.1', port: 26_380, id: ID }],
    });
  });
});

describe('a fault names file, line, directive, value and what is allowed:', () => {
  test.each([
    ['port 70000', 's.conf:1: port "70000": allowed is a whole number from 0 to 65535'],
    ['daemonize maybe', 's.conf:1: daemonize "maybe": allowed is yes or no'],
    [
      'loglevel loud',
      's.conf:1: loglevel "loud": allowed is one of debug, verbose, notice, warning, nothing',
    ],
    ['port 1 2', 's.conf:1: port "1 2": allowed is a whole number from 0 to 65535'],
    [
      'requirepass a b',
      's.conf:1: requirepass "******": allowed is one word; in quotes where it has blanks in it',
    ],
    ['sentinel myid 12', 's.conf:1: sentinel myid "12": allowed is 40 hex digits'],
    [
      'sentinel parallel-syncs other 1',
      /^s.conf:1: sentinel parallel-syncs "other": allowed is the name of a master/,
    ],
    [
      'sentinel parallel-syncs',
      /^s.conf:1: sentinel parallel-syncs missing: allowed is the name of a master/,
    ],
    [
      'sentinel monitor mymaster 127.0.0.1 6379',
      /^s.conf:1: sentinel monitor mymaster "127.0.0.1 6379": allowed is a host, a port and the quorum/,
    ],
    [
      'sentinel monitor mymaster 127.0.0.1 6379 0',
      /^s.conf:1: sentinel monitor: quorum of mymaster "0": allowed is a whole number from 1/,
    ],
    [
      'sentinel monitor mymaster redis.example 6379 2',
      /host of mymaster "redis.example": allowed is an IP address, or a host name with resolve-hostnames yes/,
    ],
    [
      'sentinel monitor my$master 127.0.0.1 6379 2',
      /^s.conf:1: sentinel monitor: name of my\$master "my\$master"/,
    ],
    ['include /etc/other.conf', /^s.conf:1: include "…": allowed is what it names, in this file/],
    ['prot 26379', /^s.conf:1: prot "…": allowed is a directive of redis-sentinel: port,/],
    [
      'sentinel parallel-sync mymaster 1',
      /^s.conf:1: sentinel parallel-sync "…": allowed is one of monitor,/,
    ],
    ['requirepass "abc', /^s.conf:1: the line "…": allowed is quotes that are closed/],
    ['user', 's.conf:1: user "******": allowed is the name of a user and its rules'],
  ])('%s', (line, fault) => {
    expect(faultsOf(line)).toEqual([typeof fault === 'string' ? fault : expect.stringMatching(fault)]);
  });

  test('all of them at once, in the order of the lines', () => {
    const found = faultsOf(
      'port x',
      MONITOR,
      '# fine',
      'sentinel down-after-milliseconds mymaster 0',
      'bogus',
    );
    expect(found.map((fault) => fault.split(':')[1])).toEqual(['1', '4', '5']);
  });

  test('one name twice', () => {
    expect(faultsOf(MONITOR, MONITOR)).toEqual([
      's.conf:2: sentinel monitor "mymaster": allowed is each name once: line 1 has it',
    ]);
    expect(faultsOf('user a on', 'user a off')).toEqual([
      's.conf:2: user "******": allowed is each user once: line 1 has it',
    ]);
  });

  test('two sources of users', () => {
    expect(faultsOf('aclfile /a', 'user x on')).toEqual([
      's.conf:2: aclfile "/a": allowed is an aclfile or user lines, not both',
    ]);
  });

  test.each([
    'sentinel auth-pass mymaster hunter2 extra',
    'sentinel auth-pas mymaster hunter2',
    'requirepas hunter2',
    'requirepass "hunter2',
    'sentinel sentinel-pass hunter2 x',
    'user',
    'user a >hunter2 \nuser a >hunter2',
    'sentinel auth-pass nobody hunter2',
  ])('and never a password: %j', (line) => {
    const faults = faultsOf(MONITOR, line);
    expect(faults).not.toEqual([]);
    expect(faults.join()).not.toContain('hunter2');
  });
});

test('what has no effect here is noted', () => {
  expect(conf('acllog-max-len 128').notes).toEqual([
    { line: 1, directive: 'acllog-max-len', why: 'it has no effect here' },
  ]);
});

test('any bytes are read or refused with a line that is there', () => {
  const piece = fc.constantFrom(
    ...[
      'sentinel ',
      'monitor ',
      'mymaster ',
      '127.0.0.1 ',
      '6379 ',
      '2',
      '\n',
      '\r\n',
      '"',
      "'",
      '\\',
      '#',
      ' ',
    ],
    ...[
      'auth-pass ',
      'rename-command ',
      'user ',
      'port ',
      '\xff',
      '\0',
      '__proto__ ',
      'constructor ',
      'é',
      '-1 ',
    ],
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece).map((pieces) => Buffer.from(pieces.join(''), 'latin1')),
        fc.uint8Array(),
      ),
      (bytes) => {
        const read = readConf(bytes);
        const lines = Buffer.from(bytes).toString('latin1').split('\n').length;
        if (!read.ok) for (const { line } of read.faults) expect(line >= 1 && line <= lines).toBe(true);
      },
    ),
    { numRuns: 5000 },
  );
});
