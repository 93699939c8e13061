/** The connector with real nodes, where the test says what the sentinels say. */
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import {
  LambdaSentinelConnector,
  type LambdaSentinelOptions,
  lambdaSentinel,
} from '../../src/client/connector.ts';
import type { Address, MasterState } from '../../src/core/model.ts';
import { nodeId } from '../../src/core/model.ts';
import { monitor } from '../../src/core/operations/monitor.ts';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { type RedisServer, startRedis } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { checked } from '../../src/sentinel/operate.ts';
import { client, portOf, untilPort } from './clients.ts';

const LIMIT = { timeoutMs: 20_000 };
const NOWHERE = { host: '127.0.0.1', port: 1 };

/** What the sentinels say, until the test has them say something else. */
class Said {
  asked = 0;
  #state: MasterState | undefined;
  #trouble: Error | undefined;

  readonly table = {
    readState: async () => {
      this.asked += 1;
      if (this.#trouble) throw this.#trouble;
      return this.#state;
    },
  };

  master(master: Address, replicas: readonly Address[] = []): this {
    const { host, port } = master;
    const request = { name: 'm', host, port, directives: { quorum: 1 }, replicas: replicas.map(nodeId) };
    this.#state = checked(monitor(request, 'test', systemClock.now()));
    this.#trouble = undefined;
    return this;
  }

  nothing(): this {
    this.#state = undefined;
    return this;
  }

  trouble(): void {
    this.#trouble = new Error('the table is silent');
  }

  get options(): LambdaSentinelOptions & { readonly name: string } {
    return { name: 'm', table: this.table, pollMs: 50, alertPollMs: 20 };
  }
}

async function nodes(count: number, config: Readonly<Record<string, string>> = {}) {
  const processes = new Processes();
  onTestFinished(() => processes.end());
  const started: RedisServer[] = [];
  for (let i = 0; i < count; i++) {
    const replicaOf = started[0]?.address;
    const port = await freePort();
    started.push(await startRedis(processes, { port, config, ...(replicaOf && { replicaOf }) }));
  }
  return started;
}

test('a node of another role is not spoken to, and waited for until its role fits', async () => {
  const [master, replica] = await nodes(2);
  if (!master || !replica) throw new Error('two were started');
  const said = new Said().master(replica.address);
  const one = client(said.options);
  const written = one.redis.set('k', 'v');
  await until('its role was asked several times', () => one.closes() >= 3, LIMIT);
  expect(await replica.client().exists('k')).toBe(0);
  await replica.client().replicaof('NO', 'ONE');
  expect(await written).toBe('OK');
  expect(await portOf(one.redis)).toBe(replica.address.port);
});

test('a moved master is followed though the old one still answers', async () => {
  const [first] = await nodes(1);
  const [second] = await nodes(1);
  if (!first || !second) throw new Error('two were started');
  const said = new Said().master(first.address);
  const one = client(said.options);
  await untilPort(one.redis, first.address.port, LIMIT.timeoutMs);
  said.master(second.address);
  await untilPort(one.redis, second.address.port, LIMIT.timeoutMs);
});

test('while the sentinels are silent the last known master is used, also by a new connection', async () => {
  const [master] = await nodes(1);
  if (!master) throw new Error('one was started');
  const said = new Said().master(master.address);
  const one = client(said.options);
  await untilPort(one.redis, master.address.port, LIMIT.timeoutMs);
  said.trouble();
  const askedBefore = said.asked;
  await until('it was asked in vain', () => said.asked > askedBefore + 1, LIMIT);
  expect(await one.redis.ping()).toBe('PONG');
  await master.client().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until(
    'another connection',
    async () => one.closes() > 0 && (await one.redis.ping()) === 'PONG',
    LIMIT,
  );
});

test('why there is no connection is told, and commands fail in the end as ioredis has it', async () => {
  const said = new Said().nothing();
  const one = client(said.options, { maxRetriesPerRequest: 1 });
  await expect(one.redis.ping()).rejects.toThrow(/max retries per request/);
  expect(one.errors).toContain('no master named "m" is monitored');
  said.master(NOWHERE);
  await until(
    'the node is named that refuses',
    () => one.errors.some((error) => error.includes('ECONNREFUSED')),
    LIMIT,
  );
  said.trouble();
});

test('a replica that refuses is passed over for one that does not; without any that is told', async () => {
  const [master, replica] = await nodes(2);
  if (!master || !replica) throw new Error('two were started');
  const said = new Said().master(master.address, [NOWHERE, { ...NOWHERE, port: 2 }, replica.address]);
  const one = client({ ...said.options, role: 'slave' });
  expect(await portOf(one.redis)).toBe(replica.address.port);
  said.master(master.address);
  await until(
    'no replica',
    () => one.errors.includes('m has no replica that a client may be sent to'),
    LIMIT,
  );
});

test('natMap, name and role are ioredis’ own options too', async () => {
  const [master, replica] = await nodes(2);
  if (!master || !replica) throw new Error('two were started');
  const said = new Said().master({ host: '10.255.0.1', port: 6379 }, [{ host: '10.255.0.2', port: 6379 }]);
  const natMap = { '10.255.0.1:6379': master.address, '10.255.0.2:6379': replica.address };
  const { name: _, ...lambdaSentinel } = said.options;
  for (const [role, node] of [
    ['master', master],
    ['slave', replica],
  ] as const) {
    const options = { Connector: LambdaSentinelConnector, name: 'm', role, natMap, lambdaSentinel };
    const redis = new Redis(options);
    onTestFinished(() => redis.disconnect());
    redis.on('error', () => {}); // told by the command that fails
    expect(await portOf(redis)).toBe(node.address.port);
  }
});

test('passwords and databases are ioredis’ own, on every connection', async () => {
  const [first] = await nodes(1, { requirepass: 'secret' });
  const [second] = await nodes(1, { requirepass: 'secret' });
  if (!first || !second) throw new Error('two were started');
  const said = new Said().master(first.address);
  const one = client(said.options, { password: 'secret', db: 3 });
  await untilPort(one.redis, first.address.port, LIMIT.timeoutMs);
  said.master(second.address);
  await untilPort(one.redis, second.address.port, LIMIT.timeoutMs);
  await one.redis.set('k', 'v');
  expect(await second.client({ password: 'secret', db: 3 }).get('k')).toBe('v');
});

test('disconnect ends everything at once: while connected, while connecting, while nobody answers', async () => {
  const [master] = await nodes(1);
  if (!master) throw new Error('one was started');
  const resources = () => process.getActiveResourcesInfo().filter((one) => /TCP|Timeout/.test(one)).length;
  const quiet = resources();
  const connected = new Said().master(master.address);
  const refused = new Said().master(NOWHERE);
  const never = new Promise<undefined>(() => {});
  const clients = [
    ...Array.from({ length: 20 }, () => client(connected.options)),
    client(refused.options),
    client({ name: 'm', table: { readState: () => never } }),
  ];
  await Promise.all(clients.slice(0, 20).map(({ redis }) => redis.ping()));
  await until('the refused one has tried', () => refused.asked > 2, LIMIT);
  for (const { redis } of clients) redis.disconnect();
  await until('all ended', () => clients.every(({ redis }) => redis.status === 'end'), LIMIT);
  const asked = connected.asked + refused.asked;
  await until('no socket and no timer more than before', () => resources() <= quiet + 1, LIMIT); // until's own
  expect(connected.asked + refused.asked).toBeLessThanOrEqual(asked + 1); // one may have been under way
});

test('a connection can be opened again after disconnect', async () => {
  const [master] = await nodes(1);
  if (!master) throw new Error('one was started');
  const one = client(new Said().master(master.address).options);
  await one.redis.ping();
  one.redis.disconnect();
  await until('its end', () => one.redis.status === 'end', LIMIT);
  await one.redis.connect();
  expect(await one.redis.ping()).toBe('PONG');
});

test('options that are none are refused', () => {
  expect(() => lambdaSentinel({ name: 'm' })).toThrow(/the url of the read endpoint or a table/);
  const nameless = { Connector: LambdaSentinelConnector, lambdaSentinel: { url: 'http://x' } };
  expect(() => new Redis(nameless)).toThrow(/the name of the master is missing/);
});
