import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type NodeInfo, parseInfo } from '../../src/core/info.ts';

/** What redis 7.0.15 sends, lines and ends as on the wire. */
const wire = (text: string): string => `# Replication\n${text.trim()}\n`.replaceAll('\n', '\r\n');

const MASTER = wire(`
role:master
connected_slaves:2
slave0:ip=127.0.0.1,port=21872,state=online,offset=50,lag=0
slave1:ip=127.0.0.1,port=21873,state=wait_bgsave,offset=0,lag=0
master_failover_state:no-failover
master_replid:fa8924b7e61df6ccd669bd337a90530bc663fa49
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:50
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:1
repl_backlog_histlen:50
`);

const REPLICA_UP = wire(`
role:slave
master_host:127.0.0.1
master_port:21871
master_link_status:up
master_last_io_seconds_ago:5
master_sync_in_progress:0
slave_read_repl_offset:87
slave_repl_offset:87
slave_priority:100
slave_read_only:1
replica_announced:1
connected_slaves:0
master_failover_state:no-failover
master_replid:fa8924b7e61df6ccd669bd337a90530bc663fa49
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:87
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:1
repl_backlog_histlen:87
`);

const REPLICA_DOWN = wire(`
role:slave
master_host:127.0.0.1
master_port:21871
master_link_status:down
master_last_io_seconds_ago:-1
master_sync_in_progress:0
slave_read_repl_offset:87
slave_repl_offset:87
master_link_down_since_seconds:12
slave_priority:0
slave_read_only:1
replica_announced:0
connected_slaves:0
master_failover_state:no-failover
master_replid:fa8924b7e61df6ccd669bd337a90530bc663fa49
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:87
second_repl_offset:-1
repl_backlog_active:1
repl_backlog_size:1048576
repl_backlog_first_byte_offset:88
repl_backlog_histlen:0
`);

const REPLICA_SYNCING = wire(`
role:slave
master_host:127.0.0.1
master_port:21871
master_link_status:down
master_last_io_seconds_ago:-1
master_sync_in_progress:1
slave_read_repl_offset:1
slave_repl_offset:1
master_sync_total_bytes:0
master_sync_read_bytes:147470
master_sync_left_bytes:-147470
master_sync_perc:0.00
master_sync_last_io_seconds_ago:0
master_link_down_since_seconds:-1
slave_priority:100
slave_read_only:1
replica_announced:1
connected_slaves:0
master_failover_state:no-failover
master_replid:0adbf24fd9453b54b7c0f7cf14d281ab1b123341
master_replid2:0000000000000000000000000000000000000000
master_repl_offset:0
second_repl_offset:-1
repl_backlog_active:0
repl_backlog_size:1048576
repl_backlog_first_byte_offset:0
repl_backlog_histlen:0
`);

const NO_ID = '0'.repeat(40);
const MASTER_ID = 'fa8924b7e61df6ccd669bd337a90530bc663fa49';
const upstream = { address: { host: '127.0.0.1', port: 21871 }, syncInProgress: false };
const replica = {
  role: 'slave',
  replicationId: MASTER_ID,
  replicationId2: NO_ID,
  offset: 87,
  replicas: [],
} as const;

test.for<[string, string, NodeInfo]>([
  [
    'a master with replicas',
    MASTER,
    {
      role: 'master',
      replicationId: MASTER_ID,
      replicationId2: NO_ID,
      offset: 50,
      replicas: [
        { address: { host: '127.0.0.1', port: 21872 }, state: 'online', offset: 50 },
        { address: { host: '127.0.0.1', port: 21873 }, state: 'wait_bgsave', offset: 0 },
      ],
    },
  ],
  [
    'a replica whose link is up',
    REPLICA_UP,
    {
      ...replica,
      upstream: { ...upstream, linkUp: true, lastIoAgoMs: 5000, priority: 100, announced: true },
    },
  ],
  [
    'a replica whose link is down, of priority 0 and not announced',
    REPLICA_DOWN,
    {
      ...replica,
      upstream: { ...upstream, linkUp: false, linkDownForMs: 12_000, priority: 0, announced: false },
    },
  ],
  [
    'a replica in its first sync, whose link was never up, under a replication id of its own',
    REPLICA_SYNCING,
    {
      ...replica,
      replicationId: '0adbf24fd9453b54b7c0f7cf14d281ab1b123341',
      offset: 1,
      upstream: { ...upstream, linkUp: false, syncInProgress: true, priority: 100, announced: true },
    },
  ],
])('INFO of redis 7.0.15 is read: %s', ([, text, info]) => {
  expect(parseInfo(text)).toEqual(info);
});

test('full INFO brings the run id from another section', () => {
  const runId = 'c0ffee'.padEnd(40, '1');
  const text = `# Server\r\nredis_version:7.0.15\r\nrun_id:${runId}\r\ntcp_port:6379\r\n\r\n${MASTER}`;
  expect(parseInfo(text)).toEqual({ ...parseInfo(MASTER), runId });
  expect(parseInfo(MASTER)).not.toHaveProperty('runId');
});

test.for<[string, string]>([
  ['nothing', ''],
  ['no role', wire('connected_slaves:0\nmaster_repl_offset:50')],
  ['an unknown role', wire('role:sentinel')],
  ['an error', "-NOPERM this user has no permissions to run the 'info' command"],
  ['cut within the role', '# Replication\r\nrole:mas'],
  ['a role in a comment', '#role:master\r\n'],
])('a text that does not name a role is not read: %s', ([, text]) => {
  expect(parseInfo(text)).toBeUndefined();
});

test('a text cut anywhere is read as far as it goes, never as another role', () => {
  for (const text of [MASTER, REPLICA_UP, REPLICA_DOWN, REPLICA_SYNCING]) {
    const role = parseInfo(text)?.role;
    for (let length = 0; length < text.length; length++) {
      expect([undefined, role]).toContain(parseInfo(text.slice(0, length))?.role);
    }
  }
});

test('addresses may be IPv6 or names', () => {
  const text = wire('role:slave\nmaster_host:2001:db8::1\nmaster_port:6379\nmaster_link_status:up');
  expect(parseInfo(text)?.upstream?.address).toEqual({ host: '2001:db8::1', port: 6379 });
  const master = wire(
    'role:master\nslave0:ip=fe80::7,port=1,state=online,offset=1,lag=0\nslave1:ip=r.example,port=65535,state=online,offset=2,lag=1',
  );
  expect(parseInfo(master)?.replicas.map(({ address }) => address)).toEqual([
    { host: 'fe80::7', port: 1 },
    { host: 'r.example', port: 65535 },
  ]);
});

test.for(['', '0', '-1', '65536', '1e3', '0x1', '6379 ', 'NaN', '63.79', '99999999999999999999'])(
  'the port %o is none: neither a replica nor a master is entered by it',
  (port) => {
    expect(
      parseInfo(wire(`role:slave\nmaster_host:h\nmaster_port:${port}\nslave_priority:1`))?.upstream,
    ).toBeUndefined();
    const master = wire(
      `role:master\nslave0:ip=h,port=${port},state=online\nslave1:ip=h,port=1,state=online`,
    );
    expect(parseInfo(master)?.replicas).toHaveLength(1);
  },
);

test.for([
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ['9223372036854775807', Number.MAX_SAFE_INTEGER],
  ['-1', 0],
  ['-9223372036854775808', 0],
  ['2000000000000000', 2e15],
  ['', 0],
  ['12x', 0],
  ['1e9', 0],
  [' 7', 0],
] as const)('an offset of %o is read as %d', ([text, offset]) => {
  expect(parseInfo(wire(`role:master\nmaster_repl_offset:${text}`))?.offset).toBe(offset);
});

test('what a node sends holds no control characters and has an end', () => {
  const hostile = `role:slave\nmaster_replid2:i\u001b[2J\u0007\u0000d\nmaster_replid:${'x'.repeat(100_000)}`;
  const info = parseInfo(hostile);
  expect(info?.replicationId2).toBe('i[2Jd');
  expect(info?.replicationId).toHaveLength(512);
});

test('what is cut off ends in a whole sign, for half a one would come back from the table as another', () => {
  const runId = parseInfo(`role:master\nrun_id:${'x'.repeat(511)}𝒳`)?.runId;
  expect(runId).toHaveLength(512);
  expect(new TextDecoder().decode(new TextEncoder().encode(runId))).toBe(runId);
});

test.for(['a b', 'h\u001b[2J', 'h/x', 'h#1', '[::1]', 'ü', '', '?', 'h'.repeat(256)])(
  'the host %o is none: an event with it would have more words, and no node lies there',
  (host) => {
    expect(parseInfo(`role:slave\nmaster_host:${host}\nmaster_port:1`)?.upstream).toBeUndefined();
    expect(parseInfo(`role:master\nslave0:ip=${host},port=1,state=online`)?.replicas).toEqual([]);
  },
);

test.for([
  ['failover-in-progress', true],
  ['waiting-for-sync', true],
  ['no-failover', undefined],
  ['', undefined],
] as const)(
  'a master_failover_state of %o: a failover of its own is under way: %o',
  ([state, handingOver]) => {
    expect(parseInfo(wire(`role:master\nmaster_failover_state:${state}`))?.handingOver).toBe(handingOver);
  },
);

test('a node that knows no FAILOVER hands nothing over', () => {
  expect(parseInfo(wire('role:master'))).not.toHaveProperty('handingOver');
});

test.for([
  ['one database', '# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=7\r\n', 3],
  [
    'two databases',
    '# Keyspace\r\ndb0:keys=3,expires=0,avg_ttl=0\r\ndb12:keys=40,expires=0,avg_ttl=0\r\n',
    43,
  ],
  ['an unknown field more', '# Keyspace\r\ndb0:keys=3,expires=0,avg_ttl=0,subexpiry=0\r\n', 3],
  ['no key at all', '# Keyspace\r\n', 0],
  ['no such section', '', undefined],
  ['what is no count', '# Keyspace\r\ndb0:keys=x\r\ndbs:keys=9\r\ndb1:expires=1\r\n', 0],
] as const)('keys are counted over all databases: %s', ([, section, keys]) => {
  expect(parseInfo(`role:master\r\n${section}`)?.keys).toBe(keys);
});

test("a node's zone is told where it has one", () => {
  expect(parseInfo('availability_zone:eu-west-1a\r\nrole:master\r\n')?.zone).toBe('eu-west-1a');
  expect(parseInfo('availability_zone:\r\nrole:master\r\n')).not.toHaveProperty('zone');
  expect(parseInfo('role:master\r\n')).not.toHaveProperty('zone');
});

test('garbage between the lines is passed over, and a huge text is read', () => {
  const garbage = 'garbage\r\n:no name\r\n==::==\r\nslave0\r\n\r\n'.repeat(50_000);
  expect(parseInfo(garbage + MASTER + garbage)).toEqual(parseInfo(MASTER));
  const lines = Array.from(
    { length: 5000 },
    (_, i) => `slave${i}:ip=10.0.0.1,port=${i + 1},state=online,offset=${i}`,
  );
  expect(parseInfo(`role:master\r\n${lines.join('\r\n')}`)?.replicas).toHaveLength(5000);
});

test('a replica line without its parts is passed over', () => {
  const text = wire(
    'role:master\nslave0:10.0.0.1,6379,online\nslave1:\nslave2:ip=,port=1\nslave3:ip=h,port=1',
  );
  expect(parseInfo(text)?.replicas).toEqual([{ address: { host: 'h', port: 1 }, state: '', offset: 0 }]);
});

test('no string makes it throw, and whatever it reads is sound', () => {
  const line = fc.oneof(
    fc.string(),
    fc
      .tuple(
        fc.constantFrom(
          'role',
          'slave0',
          'slave1',
          'master_host',
          'master_port',
          'slave_repl_offset',
          'run_id',
        ),
        fc.oneof(
          fc.constantFrom('master', 'slave', 'ip=h,port=1'),
          fc.integer().map(String),
          fc.string({ unit: 'binary' }),
        ),
      )
      .map(([name, value]) => `${name}:${value}`),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(line).map((lines) => lines.join('\r\n')),
  );
  fc.assert(
    fc.property(text, (any) => {
      const info = parseInfo(any);
      if (!info) return;
      expect(info.offset).not.toBeNaN();
      for (const { address } of [...info.replicas, ...(info.upstream ? [info.upstream] : [])]) {
        expect(address.port >= 1 && address.port <= 65_535 && address.host.length > 0).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});
