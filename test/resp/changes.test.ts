/** Commands that change something, on the table itself; and what a gateway that may not change anything says to them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createSecrets } from '../../src/adapters/secrets/secrets.ts';
import { systemClock as clock } from '../../src/adapters/system/clock.ts';
import type { MasterState } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { until } from '../../src/local/until.ts';
import { type GatewayOptions, startGateway } from '../../src/resp/gateway.ts';
import { Operator } from '../../src/sentinel/operate.ts';
import type { StoreUnderTest } from '../store/contract/under-test.ts';
import { startDynalite, storeUnderTest } from '../store/tables.ts';
import { type Value, WireClient } from './wire-client.ts';

const processes = new Processes();
let table: StoreUnderTest;
let operations: Operator;

beforeAll(async () => {
  table = await storeUnderTest(await startDynalite(processes), processes);
  const secrets = createSecrets({
    clock,
    key: { bytes: Buffer.alloc(32, 9), id: 'k' },
    sealed: table.sealed,
  });
  operations = new Operator({ store: table.store, clock, secrets });
}, 60_000);

afterAll(() => table?.close());

async function startOn(
  options: Partial<GatewayOptions> = {},
): Promise<{ ask: (line: string) => Promise<Value>; port: number }> {
  const gateway = await startGateway({
    ...{ store: table.store, clock, telemetry: { log: () => {} }, port: await freePort() },
    ...{ operations, allowOperate: true },
    ...options,
  });
  onTestFinished(() => gateway.close());
  const client = await WireClient.to(gateway.address.port);
  onTestFinished(() => client.end());
  return { ask: (line) => client.ask(...line.split(' ')), port: gateway.address.port };
}

async function stateOf(name: string): Promise<MasterState> {
  const state = await table.store.readState(name);
  if (!state) throw new Error(`${name} is not there`);
  return state;
}

const fresh = () => `m-${randomUUID()}`;
const OK = { simple: 'OK' };
const error = (text: string | RegExp) => ({
  error: typeof text === 'string' ? text : expect.stringMatching(text),
});

describe('MONITOR', () => {
  it('is known at once, and in the table', async () => {
    const { ask } = await startOn();
    const name = fresh();
    expect(await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`)).toEqual(OK);
    expect(await ask(`SENTINEL GET-MASTER-ADDR-BY-NAME ${name}`)).toEqual(['127.0.0.1', '7000']);
    expect(await stateOf(name)).toMatchObject({
      directives: { quorum: 2 },
      master: { address: { port: 7000 } },
    });
    expect((await stateOf(name)).events.at(-1)).toMatchObject({ type: '+monitor', by: 'gateway' });
  });

  it('of what is monitored alike is OK, also at another gateway; of anything else it is a duplicate', async () => {
    const [one, other] = [await startOn(), await startOn()];
    const name = fresh();
    await one.ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`);
    const { rev } = await stateOf(name);
    expect(await other.ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`)).toEqual(OK);
    expect(await other.ask(`SENTINEL MONITOR ${name} 127.0.0.1 7001 2`)).toEqual(
      error('ERR Duplicate master name.'),
    );
    expect(await other.ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 1`)).toEqual(
      error('ERR Duplicate master name.'),
    );
    expect((await stateOf(name)).rev).toBe(rev);
  });

  it('refuses a name that is none', async () => {
    const { ask } = await startOn();
    expect(await ask('SENTINEL MONITOR a/b 127.0.0.1 7000 2')).toEqual(
      error(/^ERR name "a\/b": allowed is 1 to 128/),
    );
  });

  it('gives new masters what DEBUG was told', async () => {
    const { ask } = await startOn();
    const name = fresh();
    expect(await ask('SENTINEL DEBUG default-down-after 4000 DEFAULT-FAILOVER-TIMEOUT 9000')).toEqual(OK);
    expect(await ask('SENTINEL DEBUG')).toEqual(
      expect.arrayContaining(['DEFAULT-DOWN-AFTER', '4000', '9000']),
    );
    await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`);
    expect((await stateOf(name)).directives).toMatchObject({ downAfterMs: 4000, failoverTimeoutMs: 9000 });
  });
});

describe('SET', () => {
  it('sets all or nothing, and tells of each as an event', async () => {
    const { ask, port } = await startOn({ pollMs: 50 });
    const name = fresh();
    await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`);
    const listener = await WireClient.to(port);
    onTestFinished(() => listener.end());
    await listener.ask('SUBSCRIBE', '+set');
    expect(await ask(`SENTINEL SET ${name} quorum 1 Down-After-Milliseconds 1234`)).toEqual(OK);
    expect((await stateOf(name)).directives).toMatchObject({ quorum: 1, downAfterMs: 1234 });
    const told = [await listener.next(), await listener.next()]
      .map((message) => (message as string[])[2])
      .sort();
    expect(told).toEqual([
      `master ${name} 127.0.0.1 7000 down-after-milliseconds 1234`,
      `master ${name} 127.0.0.1 7000 quorum 1`,
    ]);
    expect(await ask(`SENTINEL SET ${name} quorum 2 parallel-syncs 0`)).toEqual(
      error("ERR Invalid argument '0' for SENTINEL SET 'parallel-syncs'"),
    );
    expect((await stateOf(name)).directives.quorum).toBe(1);
  });

  it.each([
    [
      'rename-command CONFIG hidden rename-command INFO told',
      { renamedCommands: { CONFIG: 'hidden', INFO: 'told' } },
    ],
    ['primary-reboot-down-after-period 500', { masterRebootDownAfterMs: 500 }],
    ['lease-milliseconds 6000', { leaseMs: 6000 }],
  ])('takes %s', async (options, directives) => {
    const { ask } = await startOn();
    const name = fresh();
    await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`);
    expect(await ask(`SENTINEL SET ${name} ${options}`)).toEqual(OK);
    expect((await stateOf(name)).directives).toMatchObject(directives);
  });

  it.each([
    ['notification-script /bin/sh', /^ERR notification-script is denied for security reasons/],
    ['client-reconfig-script /bin/sh', /^ERR client-reconfig-script is denied/],
    [
      'lease-milliseconds 1',
      "ERR Invalid argument '1' for SENTINEL SET 'lease-milliseconds': allowed is a whole number from 2000 to 60000",
    ],
    ['rename-command CONFIG', "ERR Unknown option or number of arguments for SENTINEL SET 'rename-command'"],
  ])('refuses %s', async (options, message) => {
    const { ask } = await startOn();
    const name = fresh();
    await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`);
    expect(await ask(`SENTINEL SET ${name} ${options}`)).toEqual(error(message));
  });

  it('of a password keeps it encrypted, and tells it to nobody', async () => {
    const { ask, port } = await startOn({ pollMs: 50 });
    const name = fresh();
    await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`);
    const listener = await WireClient.to(port);
    onTestFinished(() => listener.end());
    await listener.ask('SUBSCRIBE', '+set');
    expect(await ask(`SENTINEL SET ${name} auth-pass planted-password`)).toEqual(OK);
    expect(JSON.stringify(await listener.next())).toContain('auth-pass ******');
    expect((await stateOf(name)).directives.authPass).toMatch(/^stored:/);
    expect(JSON.stringify(await table.everything())).not.toContain('planted-password');
  });
});

it('REMOVE ends a master, and a name that returns begins anew', async () => {
  const { ask } = await startOn();
  const name = fresh();
  await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`);
  expect(await ask(`SENTINEL REMOVE ${name}`)).toEqual(OK);
  expect(await ask(`SENTINEL GET-MASTER-ADDR-BY-NAME ${name}`)).toEqual({ nullArray: true });
  expect(await ask(`SENTINEL REMOVE ${name}`)).toEqual(error('ERR No such master with that name'));
  expect(await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7009 1`)).toEqual(OK);
  expect(await ask(`SENTINEL GET-MASTER-ADDR-BY-NAME ${name}`)).toEqual(['127.0.0.1', '7009']);
});

it('RESET counts the masters it matched, and leaves one whose promotion may be on its way', async () => {
  const { ask } = await startOn();
  const [a, b] = [`${fresh()}-x`, `${fresh()}-x`];
  for (const name of [a, b]) await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`);
  expect(await ask('SENTINEL RESET *-x')).toBe(2);
  expect((await stateOf(a)).events.at(-1)?.type).toBe('+reset-master');
  const seen = await stateOf(b);
  await table.store.compareAndSet(seen, { ...seen, failover: aFailover(seen) });
  expect(await ask(`SENTINEL RESET ${b}`)).toEqual(error('INPROG Failover already in progress'));
  expect(await ask(`SENTINEL REMOVE ${b}`)).toEqual(error('INPROG Failover already in progress'));
  expect(await ask(`SENTINEL FAILOVER ${b}`)).toEqual(error('INPROG Failover already in progress'));
});

function aFailover({ master }: MasterState): NonNullable<MasterState['failover']> {
  return {
    ...{ epoch: 1, leader: { sentinel: 'a', incarnation: 1 }, beat: 1, kind: 'automatic', step: 'promoting' },
    ...{ oldMaster: master.address, passedOver: {}, timeline: { started: Date.now() } },
  };
}

describe('FAILOVER', () => {
  /** What a sentinel would write, once the command is there. */
  async function carriedOut(name: string, reason: string, epoch?: number): Promise<void> {
    const seen = await until(
      'the command',
      async () => {
        const state = await stateOf(name);
        return state.command && state;
      },
      { timeoutMs: 20_000 },
    );
    const { command, ...rest } = seen;
    const lastCommand = {
      id: command?.id ?? '',
      at: Date.now(),
      reason,
      ...(epoch !== undefined && { epoch }),
    };
    await table.store.compareAndSet(seen, { ...rest, lastCommand });
  }

  async function withReplica(ask: (line: string) => Promise<Value>): Promise<string> {
    const name = fresh();
    await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`);
    const seen = await stateOf(name);
    const replica = { address: { host: '127.0.0.1', port: 7001 }, reconfiguration: 'none' as const };
    await table.store.compareAndSet(seen, { ...seen, replicas: { '127.0.0.1:7001': replica } });
    return name;
  }

  it.each<[string, [string, number?], unknown]>([
    ['', ['begun in epoch 1', 1], OK],
    [
      '',
      ['no suitable replica to promote; 127.0.0.1:7001 is silent'],
      error(/^NOGOODSLAVE No suitable replica to promote \(.*7001 is silent\)/),
    ],
    [
      ' COORDINATED',
      ['the master is silent: it cannot hand over'],
      error(/^NOGOODPRIMARY Primary does not support FAILOVER command/),
    ],
    ['', ['paused by ann'], error('ERR paused by ann')],
  ])('%s that ends with %j', async (option, outcome, reply) => {
    const { ask } = await startOn();
    const name = await withReplica(ask);
    const [told] = await Promise.all([
      ask(`SENTINEL FAILOVER ${name}${option}`),
      carriedOut(name, ...outcome),
    ]);
    expect(told).toEqual(reply);
  });

  it('hands over where the master is up, and goes without it where it is down', async () => {
    const { ask } = await startOn();
    for (const down of [false, true]) {
      const name = await withReplica(ask);
      const seen = await stateOf(name);
      const outage = { since: Date.now(), masterValidAt: Date.now() };
      if (down) await table.store.compareAndSet(seen, { ...seen, outage });
      const asked = ask(`SENTINEL FAILOVER ${name}`);
      const { command } = await until(
        'the command',
        async () => {
          const state = await stateOf(name);
          return state.command && state;
        },
        { timeoutMs: 20_000 },
      );
      expect(command).toMatchObject({ kind: 'failover', coordinated: !down, by: 'gateway' });
      await carriedOut(name, 'begun', 1);
      expect(await asked).toEqual(OK);
    }
  });
});

it('SIMULATE-FAILURE is in every state', async () => {
  const { ask } = await startOn();
  const name = fresh();
  await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`);
  expect(await ask('SENTINEL SIMULATE-FAILURE crash-after-election CRASH-AFTER-PROMOTION')).toEqual(OK);
  expect((await stateOf(name)).simulate).toEqual({ crashAfterElection: true, crashAfterPromotion: true });
  expect(await ask('INFO sentinel')).toContain('sentinel_simulate_failure_flags:3\r\n');
});

describe('CONFIG', () => {
  it('SET of host names holds for all masters, and for new ones', async () => {
    const { ask } = await startOn();
    const [before, after] = [fresh(), fresh()];
    await ask(`SENTINEL MONITOR ${before} 127.0.0.1 7000 2`);
    expect(await ask('SENTINEL CONFIG SET resolve-hostnames yes')).toEqual(OK);
    expect(await ask('SENTINEL CONFIG GET resolve-hostnames')).toEqual(['resolve-hostnames', 'yes']);
    expect((await stateOf(before)).directives.resolveHostnames).toBe(true);
    expect(await ask(`SENTINEL MONITOR ${after} redis.example 7000 2`)).toEqual(OK);
    expect(await ask('SENTINEL CONFIG SET resolve-hostnames no announce-hostnames no')).toEqual(OK);
  });

  it('SET of the log level is obeyed', async () => {
    const log: string[] = [];
    const { ask, port } = await startOn({
      telemetry: { log: (level, message) => log.push(`${level} ${message}`) },
    });
    expect(await ask('SENTINEL CONFIG GET loglevel')).toEqual(['loglevel', 'verbose']);
    expect(await ask('SENTINEL CONFIG SET loglevel nothing')).toEqual(OK);
    const told = log.length;
    const http = await WireClient.to(port);
    http.write('POST /\r\n');
    await http.untilClosed();
    expect(log.length).toBe(told);
    expect(await ask('SENTINEL CONFIG SET loglevel loud')).toEqual(
      error("ERR Invalid value 'loud' to SENTINEL CONFIG SET 'loglevel'"),
    );
  });

  it('GET takes patterns, and SET refuses what is given at the start', async () => {
    const { ask, port } = await startOn();
    expect(await ask('SENTINEL CONFIG GET announce-* nothing')).toEqual(
      expect.arrayContaining([
        'announce-ip',
        '127.0.0.1',
        'announce-port',
        String(port),
        'announce-hostnames',
      ]),
    );
    expect(await ask('SENTINEL CONFIG SET announce-ip 10.0.0.1')).toEqual(
      error(/^ERR announce-ip is given when the gateway is started/),
    );
  });
});

describe('DEBUG', () => {
  it('refuses the timers of the zones, and those of connections that it does not have', async () => {
    const { ask } = await startOn();
    expect(await ask('SENTINEL DEBUG tilt-period 5000')).toEqual(
      error("ERR TILT-PERIOD is the zones' own, and cannot be set at a gateway"),
    );
    expect(await ask('SENTINEL DEBUG ask-period 50 info-period 5000')).toEqual(
      error(/^ERR INFO-PERIOD means nothing to a gateway without/),
    );
    expect(await ask('SENTINEL DEBUG')).toEqual(expect.arrayContaining(['ASK-PERIOD', '100']));
  });

  it('sets how often the table is read', async () => {
    const { ask, port } = await startOn({ pollMs: 3_600_000 });
    const name = fresh();
    await ask(`SENTINEL MONITOR ${name} 127.0.0.1 7000 2`);
    const listener = await WireClient.to(port);
    onTestFinished(() => listener.end());
    await listener.ask('SUBSCRIBE', '+set');
    await operations.set(name, { quorum: 1 }, 'test');
    expect(await ask('SENTINEL DEBUG publish-period 50')).toEqual(OK);
    await operations.set(name, { quorum: 2 }, 'test');
    expect(await listener.next()).toEqual(['message', '+set', `master ${name} 127.0.0.1 7000 quorum 1`]);
    expect(await listener.next()).toEqual(['message', '+set', `master ${name} 127.0.0.1 7000 quorum 2`]);
  });
});

describe('ACL SETUSER', () => {
  it('makes a user, changes it, and DELUSER ends its connections', async () => {
    const { ask, port } = await startOn();
    expect(await ask('ACL SETUSER ann on >hers +ping')).toEqual(OK);
    const ann = await WireClient.to(port);
    expect(await ann.ask('AUTH', 'ann', 'hers')).toEqual(OK);
    expect(await ann.ask('SENTINEL', 'MYID')).toEqual(
      error("NOPERM this user has no permissions to run the 'sentinel|myid' command"),
    );
    await ask('ACL SETUSER ann +sentinel|myid');
    expect(await ann.ask('SENTINEL', 'MYID')).toMatch(/^[0-9a-f]{40}$/);
    expect(await ask('ACL USERS')).toEqual(['ann', 'default']);
    expect(await ask('ACL DELUSER ann nobody')).toBe(1);
    await ann.untilClosed();
  });
});

describe('a gateway that may not change anything', () => {
  it.each([
    ...[
      'SENTINEL MONITOR x 127.0.0.1 1 1',
      'SENTINEL SET x quorum 1',
      'SENTINEL REMOVE x',
      'SENTINEL RESET *',
    ],
    ...[
      'SENTINEL FAILOVER x',
      'SENTINEL FAILOVER x COORDINATED',
      'SENTINEL FLUSHCONFIG',
      'SENTINEL DEBUG ask-period 50',
    ],
    ...['SENTINEL CONFIG SET loglevel debug', 'SENTINEL SIMULATE-FAILURE crash-after-election', 'SHUTDOWN'],
    ...['ACL SETUSER x on', 'ACL DELUSER x', 'CLIENT KILL TYPE normal', 'CLIENT PAUSE 1', 'CLIENT UNPAUSE'],
  ])('refuses %s', async (line) => {
    const { ask } = await startOn({ allowOperate: false });
    const before = JSON.stringify(await table.everything());
    expect(await ask(line)).toEqual(
      error(/^NOPERM This gateway is read-only: '[a-z|-]+' is taken only by one/),
    );
    expect(JSON.stringify(await table.everything())).toBe(before);
  });

  it.each([
    'SENTINEL DEBUG',
    'SENTINEL CONFIG GET *',
    'SENTINEL SIMULATE-FAILURE help',
    'SENTINEL MASTERS',
    'CLIENT LIST',
    'ACL LIST',
  ])('answers %s', async (line) => {
    const { ask } = await startOn({ allowOperate: false });
    expect(await ask(line)).not.toHaveProperty('error');
  });
});
