/** The gateway and Debian's own redis-sentinel, asked the same things about the same nodes at the same time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IoredisNodes } from '../../src/adapters/redis/nodes.ts';
import { systemClock as clock } from '../../src/adapters/system/clock.ts';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { type Stack, startStack } from '../../src/local/stack.ts';
import { until } from '../../src/local/until.ts';
import { type Gateway, startGateway } from '../../src/resp/gateway.ts';
import type { RedisSentinel } from '../faults/redis-sentinel.ts';
import { NAME, startSentinels } from './sentinels.ts';
import { entriesOf, fieldsOf, isKind, type Value, WireClient } from './wire-client.ts';

const processes = new Processes();
const gateways: Gateway[] = [];
let stack: Stack;
let sentinels: readonly RedisSentinel[] = [];

/** Both watch: what one would do to a master the other would have to undo. */
beforeAll(async () => {
  const directives = {
    quorum: 2,
    'down-after-milliseconds': 5000,
    'failover-timeout': 60_000,
    'observe-only': 'yes',
  };
  stack = await startStack({ name: NAME, directives });
  await until(
    'three voters and two replicas',
    async () => {
      const { voters, replicas } = await stack.state();
      return voters.length === 3 && Object.keys(replicas).length === 2;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
  const [master] = stack.nodes;
  if (!master) throw new Error('no master');
  sentinels = await startSentinels(processes, master.address, {
    replicas: 2,
    downAfterMs: 5000,
    failoverTimeoutMs: 60_000,
  });
  const ports = [await freePort(), await freePort(), await freePort()];
  const peers = ports.map((port) => ({ host: '127.0.0.1', port }));
  for (const port of ports) {
    const nodes = new IoredisNodes({ clock });
    const log = { log: () => {} };
    const { store, operator: operations } = stack;
    gateways.push(
      await startGateway({
        store,
        clock,
        telemetry: log,
        operations,
        allowOperate: true,
        port,
        peers,
        nodes,
      }),
    );
  }
  await until(
    'gateways that know each other and the nodes',
    async () => {
      const client = await WireClient.to(ours());
      const others = (await client.ask('SENTINEL', 'SENTINELS', NAME)) as readonly Value[];
      const replicas = (await client.ask('SENTINEL', 'REPLICAS', NAME)) as readonly Value[];
      client.end();
      return others.length === 2 && replicas.every((replica) => fieldsOf(replica)['runid'] !== '');
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
}, 180_000);

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await Promise.all(sentinels.map((sentinel) => sentinel.end()));
  await stack?.end();
  await processes.end();
});

function ours(): number {
  return gateways[0]?.address.port ?? 0;
}

/** The same commands, each on a connection of its own, answered by both. */
async function askBoth(
  ...commands: readonly string[]
): Promise<{ readonly theirs: Value[]; readonly ours: Value[] }> {
  const ask = async (port: number) => {
    const client = await WireClient.to(port);
    try {
      const values: Value[] = [];
      for (const command of commands) values.push(await client.ask(...words(command)));
      return values;
    } finally {
      client.end();
    }
  };
  return { theirs: await ask(sentinels[0]?.port ?? 0), ours: await ask(ours()) };
}

function words(command: string): string[] {
  return command.split(' ').map((word) => (word === "''" ? '' : word));
}

/** Types and lengths, without what differs from moment to moment. */
function shapeOf(value: Value): unknown {
  if (typeof value === 'string') return 'bulk';
  if (typeof value === 'number') return 'integer';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.map(shapeOf);
  if (isKind(value, 'map')) return { map: value.map.map(([name, one]) => [name, shapeOf(one)]) };
  if (isKind(value, 'set')) return { set: value.set.map(shapeOf) };
  if (isKind(value, 'push')) return { push: value.push.map(shapeOf) };
  return Object.keys(value)[0];
}

const VERSIONS = [2, 3] as const;

describe.each(VERSIONS)('in RESP%i', (version) => {
  const hello = `HELLO ${version}`;

  it.each([
    `SENTINEL MASTERS`,
    `SENTINEL MASTER ${NAME}`,
    `SENTINEL REPLICAS ${NAME}`,
    `SENTINEL SLAVES ${NAME}`,
    `SENTINEL SENTINELS ${NAME}`,
    `SENTINEL GET-MASTER-ADDR-BY-NAME ${NAME}`,
    'SENTINEL GET-MASTER-ADDR-BY-NAME nobody',
    'SENTINEL MYID',
    'SENTINEL DEBUG',
    'SENTINEL PENDING-SCRIPTS',
    'SENTINEL CONFIG GET announce-port',
    `SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 0 *`,
    `SENTINEL INFO-CACHE ${NAME}`,
    'SENTINEL INFO-CACHE nobody',
    'SENTINEL SIMULATE-FAILURE help',
    'ROLE',
    'CLIENT ID',
    'CLIENT INFO',
    'CLIENT GETNAME',
    'CLIENT TRACKINGINFO',
    'ACL GETUSER default',
    'ACL WHOAMI',
    'ACL GENPASS',
    'COMMAND COUNT',
    'COMMAND INFO ping nothing',
    'SUBSCRIBE +switch-master',
    'PSUBSCRIBE *',
    'UNSUBSCRIBE',
    'INFO sentinel',
    'HELLO',
  ])('%s has the same shape', async (command) => {
    const both = await askBoth(hello, command);
    expect(shapeOf(both.ours[1] ?? null)).toEqual(shapeOf(both.theirs[1] ?? null));
  });

  it.each(['MASTER', 'REPLICAS', 'SENTINELS'])(
    'SENTINEL %s tells the same fields in the same order',
    async (what) => {
      const both = await askBoth(hello, `SENTINEL ${what} ${NAME}`);
      const namesOf = (value: Value) =>
        (what === 'MASTER' ? [value] : (value as Value[])).map((one) => entriesOf(one).map(([name]) => name));
      expect(namesOf(both.ours[1] ?? null)).toEqual(namesOf(both.theirs[1] ?? null));
    },
  );
});

describe('what does not change from moment to moment is the same', () => {
  const CONSTANT = {
    MASTER: [
      ...['name', 'ip', 'port', 'runid', 'flags', 'link-pending-commands', 'link-refcount', 'last-ping-sent'],
      ...['down-after-milliseconds', 'role-reported', 'config-epoch', 'num-slaves', 'num-other-sentinels'],
      ...['quorum', 'failover-timeout', 'parallel-syncs'],
    ],
    REPLICAS: [
      ...['name', 'ip', 'port', 'runid', 'flags', 'link-pending-commands', 'link-refcount', 'last-ping-sent'],
      ...[
        'down-after-milliseconds',
        'role-reported',
        'master-link-down-time',
        'master-link-status',
        'master-host',
      ],
      ...['master-port', 'slave-priority', 'replica-announced'],
    ],
  };

  it.each(['MASTER', 'REPLICAS'] as const)('of SENTINEL %s', async (what) => {
    const both = await askBoth(`SENTINEL ${what} ${NAME}`);
    const constantOf = (value: Value | undefined) => {
      const all = what === 'MASTER' ? [value ?? null] : (value as Value[]);
      return all
        .map(fieldsOf)
        .map((fields) => Object.fromEntries(CONSTANT[what].map((name) => [name, fields[name]])))
        .sort((a, b) => (String(a['name']) < String(b['name']) ? -1 : 1));
    };
    expect(constantOf(both.ours[0])).toEqual(constantOf(both.theirs[0]));
  });

  it('of a replica: its offset grows in both', async () => {
    const both = await askBoth(`SENTINEL REPLICAS ${NAME}`);
    const offsets = (value: Value | undefined) =>
      (value as Value[]).map((one) => Number(fieldsOf(one)['slave-repl-offset']));
    expect(Math.min(...offsets(both.ours[0]), ...offsets(both.theirs[0]))).toBeGreaterThan(0);
  });
});

it.each([
  `SENTINEL GET-MASTER-ADDR-BY-NAME ${NAME}`,
  'SENTINEL GET-MASTER-ADDR-BY-NAME nobody',
  `SENTINEL CKQUORUM ${NAME}`,
  'SENTINEL CKQUORUM nobody',
  'SENTINEL MASTER nobody',
  'SENTINEL REPLICAS nobody',
  'SENTINEL SENTINELS nobody',
  'SENTINEL REMOVE nobody',
  'SENTINEL FAILOVER nobody',
  `SENTINEL FAILOVER ${NAME} whatever`,
  'SENTINEL RESET nobody',
  'SENTINEL SET nobody quorum 2',
  `SENTINEL SET ${NAME} quorum`,
  `SENTINEL SET ${NAME} quorum 0`,
  `SENTINEL SET ${NAME} quorum 2 down-after-milliseconds`,
  `SENTINEL SET ${NAME} nothing 2`,
  `SENTINEL SET ${NAME} down-after-milliseconds soon`,
  `SENTINEL SET ${NAME} quorum 2`,
  `SENTINEL MONITOR ${NAME} 127.0.0.1 1 2`,
  'SENTINEL MONITOR other 127.0.0.1 1 0',
  'SENTINEL MONITOR other 127.0.0.1 1 many',
  'SENTINEL MONITOR other 127.0.0.1 http 2',
  'SENTINEL MONITOR other 127.0.0.1 99999 2',
  'SENTINEL MONITOR other no.such.host.example 1 2',
  'SENTINEL MONITOR other 127.0.0.1 1',
  'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 0 *',
  'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 port 0 *',
  'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 epoch *',
  'SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1',
  'SENTINEL SIMULATE-FAILURE nothing',
  'SENTINEL SIMULATE-FAILURE help',
  'SENTINEL DEBUG nothing',
  'SENTINEL DEBUG info-period soon',
  'SENTINEL DEBUG info-period 0',
  'SENTINEL DEBUG info-period 10000 nothing',
  'SENTINEL CONFIG SET nothing 1',
  'SENTINEL CONFIG SET resolve-hostnames maybe',
  'SENTINEL CONFIG GET nothing',
  'SENTINEL CONFIG GET sentinel-user',
  'SENTINEL CONFIG GET resolve-hostnames',
  'SENTINEL FLUSHCONFIG',
  'SENTINEL FLUSHCONFIG now',
  'SENTINEL INFO-CACHE',
  'SENTINEL nothing',
  'SENTINEL',
  'SENTINEL MASTER',
  `SENTINEL SLAVES ${NAME} more`,
  'ROLE',
  'ROLE more',
  'PING',
  'PING hello',
  'PING two words',
  'GET key',
  'CONFIG GET port',
  'nothing at all',
  "'' x",
  'AUTH password',
  'AUTH user password',
  'AUTH',
  'AUTH a b c',
  'HELLO 4',
  'HELLO three',
  'HELLO 3 SETNAME',
  'HELLO 3 nothing',
  'HELLO 3 AUTH user password',
  'PUBLISH channel message',
  'PUBLISH __sentinel__:hello hello',
  'SUBSCRIBE',
  'PUNSUBSCRIBE',
  'CLIENT nothing',
  'CLIENT SETNAME',
  'CLIENT SETNAME name',
  'CLIENT REPLY nothing',
  'CLIENT REPLY ON',
  'CLIENT NO-EVICT nothing',
  'CLIENT KILL 1.2.3.4:5',
  'CLIENT KILL ID 9999999',
  'CLIENT KILL ID x',
  'CLIENT KILL TYPE nothing',
  'CLIENT LIST TYPE nothing',
  'CLIENT ID more',
  'CLIENT GETREDIR',
  'CLIENT CACHING yes',
  'CLIENT TRACKING off',
  'CLIENT UNPAUSE',
  'CLIENT PAUSE soon',
  'CLIENT UNBLOCK 1',
  'ACL nothing',
  'ACL WHOAMI',
  'ACL USERS',
  'ACL LIST',
  'ACL CAT',
  'ACL CAT pubsub',
  'ACL CAT nothing',
  'ACL GETUSER default',
  'ACL GETUSER nobody',
  'ACL GENPASS many',
  'ACL DELUSER default',
  'ACL DELUSER nobody',
  'ACL SETUSER bob nothing',
  'ACL SETUSER bob +nothing',
  'ACL SETUSER bob +sentinel|nothing',
  'ACL SETUSER bob -@nothing',
  'ACL DRYRUN default PING',
  'ACL DRYRUN nobody PING',
  'ACL DRYRUN default nothing',
  'ACL LOG many',
  'COMMAND nothing',
  'COMMAND GETKEYS ping',
  'COMMAND LIST FILTERBY',
  'SHUTDOWN nothing',
  'INFO nothing',
])('both answer the same to %s', async (command) => {
  const both = await askBoth(command);
  const sorted = (value: Value | undefined) =>
    /^ACL (CAT|LIST|USERS)/.test(command) && Array.isArray(value) ? [...value].sort() : value;
  expect(sorted(both.ours[0])).toEqual(sorted(both.theirs[0]));
});

describe('sequences', () => {
  it.each([
    ['SUBSCRIBE a', 'PING', 'PING x', 'INFO', 'SENTINEL MASTERS', 'UNSUBSCRIBE', 'PING'],
    ['HELLO 2', 'SUBSCRIBE a', 'SUBSCRIBE a', 'PSUBSCRIBE a', 'UNSUBSCRIBE a', 'PUNSUBSCRIBE a', 'PING'],
    ['CLIENT SETNAME me', 'CLIENT GETNAME', 'HELLO 2 SETNAME you', 'CLIENT GETNAME'],
    ['CLIENT REPLY SKIP\r\nPING one', 'PING two'],
  ])('%s', async (...commands) => {
    const normal = (values: Value[]) =>
      values.map((value) => JSON.stringify(value).replace(/"id",\d+/, '"id",0'));
    const lines = async (port: number) => {
      const client = await WireClient.to(port);
      for (const command of commands) client.write(`${command}\r\n`);
      const last = await until('the last reply', () => client.received.at(-1), { timeoutMs: 10_000 });
      await until('no more of them', () => client.received.at(-1) === last && client.received.length > 0, {
        timeoutMs: 10_000,
      });
      client.write('PING the-end\r\n');
      await until('the end', () => JSON.stringify(client.received.at(-1) ?? '').includes('the-end'), {
        timeoutMs: 10_000,
      });
      client.end();
      return normal(client.received).map((text) => text.replace(/"version","[^"]*"/, '"version"'));
    };
    expect(await lines(ours())).toEqual(await lines(sentinels[0]?.port ?? 0));
  });

  it.each([
    '*x\r\n',
    '*1\r\n$x\r\n',
    '*1\r\n+PING\r\n',
    '*1\r\n$999999999999\r\n',
    '*3\r\n$4\r\nPING\r\n\r\n',
    'PING "a\r\n',
    'POST / HTTP/1.1\r\n',
    'Host: here\r\n',
    '\r\n*0\r\n*-5\r\nPING\r\n',
    'PING "a\\x41\\n"\r\n',
    "PING 'it\\'s'\r\n",
  ])('the bytes %j', async (bytes) => {
    const answered = async (port: number) => {
      const client = await WireClient.to(port);
      client.write(bytes);
      await until('an answer or the end', () => client.received.length > 0 || client.closed, {
        timeoutMs: 10_000,
      });
      // an error of the protocol ends the connection: a PING behind it is not answered
      client.write('PING after\r\n');
      await until(
        'the answer to what follows, or the end',
        () => client.closed || client.received.length > 1,
        {
          timeoutMs: 10_000,
        },
      );
      client.end();
      return { received: client.received, closed: client.received.length < 2 };
    };
    expect(await answered(ours())).toEqual(await answered(sentinels[0]?.port ?? 0));
  });
});

describe('COMMAND', () => {
  const rowsOf = (value: Value): Map<string, object> =>
    new Map(
      (value as Value[]).flatMap((row) => {
        const [name, arity, flags, first, last, step, categories, , , subcommands] = row as Value[];
        const sorted = (set: Value | undefined) => (set as Value[]).map((one) => JSON.stringify(one)).sort();
        const facts = { arity, flags: sorted(flags), first, last, step, categories: sorted(categories) };
        return [[String(name), facts] as const, ...rowsOf(subcommands ?? [])];
      }),
    );

  it('tells of every command of redis-sentinel the same', async () => {
    const both = await askBoth('COMMAND');
    const mine = rowsOf(both.ours[0] ?? []);
    const theirs = rowsOf(both.theirs[0] ?? []);
    expect(theirs.size).toBeGreaterThan(70);
    // Valkey's COORDINATED is one word more
    theirs.set('sentinel|failover', { ...theirs.get('sentinel|failover'), arity: -3 } as never);
    expect(Object.fromEntries([...theirs.keys()].map((name) => [name, mine.get(name)]))).toEqual(
      Object.fromEntries(theirs),
    );
  });
});

it('INFO has the same sections in the same order', async () => {
  const both = await askBoth('INFO');
  const sections = (value: Value | undefined) => String(value).match(/^# .*$/gm);
  expect(sections(both.ours[0])).toEqual(sections(both.theirs[0]));
});

it('INFO tells of the master the same line, and of Sentinel every field', async () => {
  const both = await askBoth('INFO sentinel');
  const lines = (value: Value | undefined) => String(value).split('\r\n');
  expect(lines(both.ours[0])).toEqual(expect.arrayContaining(lines(both.theirs[0])));
});

it('HELP tells of every subcommand', async () => {
  const both = await askBoth('SENTINEL HELP');
  const named = (value: Value | undefined) =>
    (value as Value[]).flatMap(
      (line) => /^([A-Z-]{4,})/.exec((line as { simple: string }).simple)?.[1] ?? [],
    );
  expect(named(both.ours[0])).toEqual(expect.arrayContaining(named(both.theirs[0])));
});

describe('a user that may do little', () => {
  it.each([
    ['ping', 'sentinel masters', 'sentinel master x', 'role', 'subscribe x', 'acl whoami'],
    ['sentinel nothing', 'nothing'],
  ])('%s', async (...commands) => {
    const rules = 'acl setuser bob on >pw +ping +sentinel|myid';
    const both = await askBoth(rules, 'auth bob pw', ...commands, 'auth bob wrong', 'acl list');
    expect(both.ours).toEqual(both.theirs);
  });

  it('is described alike', async () => {
    const rules = 'acl setuser ann on >pw ~k* &+switch-master +sentinel|master';
    const both = await askBoth(
      rules,
      'acl deluser bob',
      'acl list',
      'acl getuser ann',
      'acl dryrun ann sentinel master x',
      'acl dryrun ann role',
      'acl deluser ann',
    );
    expect(both.ours).toEqual(both.theirs);
  });
});
