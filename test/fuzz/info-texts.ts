/** INFO as nodes send it, and as a node that is broken or hostile might. */
import fc from 'fast-check';
import { oddText } from './odd-values.ts';

const REPLICATION_ID = 'fa8924b7e61df6ccd669bd337a90530bc663fa49';

export const MASTER_INFO = `# Server
redis_version:7.0.15
run_id:${'c0ffee'.padEnd(40, '1')}
availability_zone:eu-west-1a

# Replication
role:master
connected_slaves:2
slave0:ip=10.0.0.2,port=6379,state=online,offset=50,lag=0
slave1:ip=10.0.0.3,port=6379,state=wait_bgsave,offset=0,lag=0
master_failover_state:no-failover
master_replid:${REPLICATION_ID}
master_replid2:${'0'.repeat(40)}
master_repl_offset:50

# Keyspace
db0:keys=3,expires=1,avg_ttl=7
`;

export const REPLICA_INFO = `# Server
run_id:${'decade'.padEnd(40, '2')}

# Replication
role:slave
master_host:10.0.0.1
master_port:6379
master_link_status:up
master_last_io_seconds_ago:5
master_sync_in_progress:0
slave_repl_offset:87
slave_priority:100
replica_announced:1
master_failover_state:no-failover
master_replid:${REPLICATION_ID}
master_replid2:${'0'.repeat(40)}
master_repl_offset:87

# Keyspace
`;

const CUT_OFF_INFO = REPLICA_INFO.replace('link_status:up', 'link_status:down').replace(
  'master_last_io_seconds_ago:5',
  'master_last_io_seconds_ago:-1\nmaster_link_down_since_seconds:12',
);

const value: fc.Arbitrary<string> = fc.oneof(
  oddText,
  fc.constantFrom('master', 'slave', 'sentinel', 'up', 'down', 'failover-in-progress', 'waiting-for-sync'),
  fc.constantFrom(
    'ip=10.0.0.9,port=1',
    'ip=h,port=70000',
    'ip=a b,port=1',
    'ip=,port=1',
    'ip=10.0.0.9,port=1,ip=x',
  ),
  fc.constantFrom(
    'keys=3',
    'keys=99999999999999999999',
    'keys=-1',
    '10.0.0.1',
    'fe80::1%eth0',
    'a\nrole:master',
  ),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
);

type Change = (lines: readonly string[], at: number) => string[];

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom<Change>(
    (lines, at) => lines.toSpliced(at, 1),
    (lines, at) => lines.toSpliced(at, 0, lines[at] ?? ''),
    (lines, at) => lines.toSpliced(0, 0, ...lines.slice(at)),
    (lines, at) =>
      lines.slice(0, at + 1).map((line, i) => (i === at ? line.slice(0, line.length >> 1) : line)),
    (lines, at) => lines.with(at, (lines[at] ?? '').replaceAll('=', ':')),
    (lines, at) => lines.with(at, (lines[at] ?? '').replaceAll(/\d/g, '9')),
  ),
  value.map(
    (text): Change =>
      (lines, at) =>
        lines.with(at, `${(lines[at] ?? '').split(':', 1)[0]}:${text}`),
  ),
  value.map(
    (text): Change =>
      (lines, at) =>
        lines.with(at, (lines[at] ?? '').replace(/(?<==)[^,]*/, text)),
  ),
  oddText.map(
    (text): Change =>
      (lines, at) =>
        lines.toSpliced(at, 0, text),
  ),
  fc.nat({ max: 150 }).map(
    (many): Change =>
      (lines, at) => {
        const replicas = Array.from(
          { length: many },
          (_, i) => `slave${i}:ip=10.1.0.${i},port=6379,state=online,offset=1`,
        );
        return lines.toSpliced(at, 0, ...replicas);
      },
  ),
);

/** One of the three with up to six changes, and no change at all now and then. */
export const infoText: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        fc.constantFrom(MASTER_INFO, REPLICA_INFO, CUT_OFF_INFO),
        fc.array(fc.tuple(change, fc.nat()), { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
      )
      .map(([text, changes, end]) => {
        const apply = (lines: readonly string[], [by, at]: [Change, number]) =>
          lines.length === 0 ? [''] : by(lines, at % lines.length);
        return changes.reduce(apply, text.split('\n')).join(end);
      }),
  },
);
