/** One failover, seen through the gateway by every kind of client, and beside it one of redis-sentinel. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { IoredisNodes } from '../../src/adapters/redis/nodes.ts';
import { systemClock as clock } from '../../src/adapters/system/clock.ts';
import type { Address } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { type RedisServer, startRedis } from '../../src/local/redis-server.ts';
import { type Stack, startStack } from '../../src/local/stack.ts';
import { until } from '../../src/local/until.ts';
import { type GatewayOptions, startGateway } from '../../src/resp/gateway.ts';
import { NAME, startSentinels } from './sentinels.ts';
import { fieldsOf, type Value, WireClient } from './wire-client.ts';

const DOWN_AFTER_MS = 1000;
const LIMIT_MS = 60_000;

async function startBoth(options: Partial<GatewayOptions> = {}): Promise<{ stack: Stack; port: number }> {
  const directives = { quorum: 2, 'down-after-milliseconds': DOWN_AFTER_MS, 'failover-timeout': 60_000 };
  const stack = await startStack({ name: NAME, directives });
  onTestFinished(() => stack.end());
  await until(
    'three voters and two replicas',
    async () => {
      const { voters, replicas } = await stack.state();
      return voters.length === 3 && Object.keys(replicas).length === 2;
    },
    { timeoutMs: LIMIT_MS, everyMs: 100 },
  );
  const gateway = await startGateway({
    ...{ store: stack.store, clock, telemetry: { log: () => {} }, port: await freePort() },
    ...{ operations: stack.operator, allowOperate: true },
    ...options,
  });
  onTestFinished(() => gateway.close());
  return { stack, port: gateway.address.port };
}

interface Heard {
  readonly channel: string;
  readonly payload: string;
}

/** Everything that is published there from now on. */
async function listen(port: number): Promise<readonly Heard[]> {
  const client = await WireClient.to(port);
  onTestFinished(() => client.end());
  const heard: Heard[] = [];
  await client.ask('PSUBSCRIBE', '*');
  client.socket.on('data', () => {
    for (const message of client.received.splice(0)) {
      const [kind, , channel, payload] = message as string[];
      if (kind === 'pmessage') heard.push({ channel: channel ?? '', payload: payload ?? '' });
    }
  });
  return heard;
}

async function awaitEvent(heard: readonly Heard[], channel: string): Promise<Heard> {
  return until(channel, () => heard.find((one) => one.channel === channel), { timeoutMs: LIMIT_MS });
}

async function addressTold(port: number): Promise<readonly Value[]> {
  const client = await WireClient.to(port);
  try {
    return (await client.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as readonly Value[];
  } finally {
    client.end();
  }
}

function masterOf(nodes: readonly RedisServer[]): RedisServer {
  const [master] = nodes;
  if (!master) throw new Error('no master');
  return master;
}

describe('a failover', { timeout: 180_000 }, () => {
  it('is followed by an unmodified ioredis, told by +switch-master and +slave, and shown by redis-cli', async () => {
    const { stack, port } = await startBoth();
    const [master, ...replicas] = stack.nodes;
    const heard = await listen(port);
    const redis = new Redis({ sentinels: [{ host: '127.0.0.1', port }], name: NAME });
    redis.on('error', () => {}); // the master is killed
    onTestFinished(() => redis.disconnect());
    await redis.set('before', '1');
    expect(await redis.role()).toEqual(expect.arrayContaining(['master']));

    await master?.kill();
    const switched = await awaitEvent(heard, '+switch-master');
    const [name, , oldPort, newHost, newPort] = switched.payload.split(' ');
    expect([name, oldPort]).toEqual([NAME, String(master?.address.port)]);
    // who hears of the switch and asks is told of it
    expect(await addressTold(port)).toEqual([newHost, newPort]);
    await until('a write at the new master', async () => (await redis.set('after', '2')) === 'OK', {
      timeoutMs: LIMIT_MS,
    });
    expect(replicas.map(({ address }) => String(address.port))).toContain(newPort);
    expect(redis.stream.remotePort).toBe(Number(newPort));

    const at = heard.indexOf(switched);
    await until('a +slave for each other node', () => heard.length > at + 2, { timeoutMs: LIMIT_MS });
    expect(
      heard
        .slice(at + 1, at + 3)
        .map(({ channel, payload }) => `${channel} ${payload}`)
        .sort(),
    ).toEqual(
      stack.nodes
        .map(({ address }) => address)
        .filter((address) => String(address.port) !== newPort)
        .map(({ host, port: p }) => `+slave slave ${host}:${p} ${host} ${p} @ ${NAME} ${newHost} ${newPort}`)
        .sort(),
    );

    const { stdout } = await promisify(execFile)('redis-cli', [
      '-p',
      String(port),
      'sentinel',
      'master',
      NAME,
    ]);
    const lines = stdout.trim().split('\n');
    expect(lines[lines.indexOf('port') + 1]).toBe(newPort);
    expect(lines[lines.indexOf('flags') + 1]).toBe('master');
  });

  it('begins with a master that is told as disconnected to the first who asks after its death', async () => {
    const nodes = new IoredisNodes({ clock });
    const { stack, port } = await startBoth({ nodes });
    const client = await WireClient.to(port);
    onTestFinished(() => client.end());
    const flags = async () => fieldsOf(await client.ask('SENTINEL', 'MASTER', NAME))['flags'];
    expect(await flags()).toBe('master');
    await stack.nodes[0]?.kill();
    expect(await flags()).toMatch(/\bdisconnected\b/);
    await until('the new master', async () => (await flags()) === 'master', { timeoutMs: LIMIT_MS });
  });

  it('that is asked for is a handover', async () => {
    const { stack, port } = await startBoth();
    const heard = await listen(port);
    const client = await WireClient.to(port);
    onTestFinished(() => client.end());
    const before = (await stack.state()).master.address;
    expect(await client.ask('SENTINEL', 'FAILOVER', NAME)).toEqual({ simple: 'OK' });
    await awaitEvent(heard, '+failover-end');
    const [host, newPort] = await addressTold(port);
    expect({ host, port: newPort }).not.toEqual({ host: before.host, port: String(before.port) });
    expect((await stack.state()).lastFailover).toMatchObject({ kind: 'coordinated', outcome: 'switched' });
  });

  it('is seen in what the nodes say of themselves, however rarely those are asked in peace', async () => {
    const { stack, port } = await startBoth({ nodes: new IoredisNodes({ clock }) });
    const client = await WireClient.to(port);
    onTestFinished(() => client.end());
    expect(await client.ask('SENTINEL', 'DEBUG', 'INFO-PERIOD', '3600000')).toEqual({ simple: 'OK' });
    const replicas = async () =>
      ((await client.ask('SENTINEL', 'REPLICAS', NAME)) as readonly Value[]).map(fieldsOf);
    await until(
      'a connection to each of them',
      async () => (await replicas()).every(({ runid }) => runid !== ''),
      { timeoutMs: LIMIT_MS, everyMs: 50 },
    );
    expect(await client.ask('SENTINEL', 'FAILOVER', NAME)).toEqual({ simple: 'OK' });
    await until('the new master', async () => (await stack.state()).configEpoch > 0, { timeoutMs: LIMIT_MS });
    const { port: now } = (await stack.state()).master.address;
    await until(
      'each a replica of the new master',
      async () => {
        const told = await replicas();
        const fits = (one: Readonly<Record<string, Value>>) =>
          one['role-reported'] === 'slave' &&
          one['master-link-status'] === 'ok' &&
          one['master-port'] === String(now);
        return told.length === 2 && told.every(fits);
      },
      { timeoutMs: LIMIT_MS, everyMs: 50 },
    );
  });

  it('without replicas is refused as by Sentinel', async () => {
    const stack = await startStack({ name: NAME, directives: { quorum: 1 }, zones: ['a'], replicas: 0 });
    onTestFinished(() => stack.end());
    const gateway = await startGateway({
      ...{ store: stack.store, clock, telemetry: { log: () => {} }, port: await freePort() },
      ...{ operations: stack.operator, allowOperate: true },
    });
    onTestFinished(() => gateway.close());
    const client = await WireClient.to(gateway.address.port);
    onTestFinished(() => client.end());
    expect(await client.ask('SENTINEL', 'FAILOVER', NAME)).toEqual({
      error: 'NOGOODSLAVE No suitable replica to promote',
    });
  });
});

describe('the events of a failover', { timeout: 240_000 }, () => {
  it('are those of redis-sentinel, with its payloads', async () => {
    const [theirs, ours] = [await failOverTheirs(), await failOverOurs()];
    // what a client may act on, in the form it is told in; the new master is told of before the replicas follow it
    const compared = (events: readonly string[]) => [
      ...new Set(
        events
          .filter((event) => COMPARED.has(event.split(' ')[0] ?? ''))
          .map((event) => event.replace(/^(\+slave-reconf.*) (OLD|NEW)$/, '$1 MASTER')),
      ),
    ];
    expect(compared(ours).sort()).toEqual(compared(theirs).sort());
    const inOrder = (events: readonly string[]) =>
      compared(events).filter((event) => !OF_THEIR_OWN.test(event));
    expect(inOrder(ours)).toEqual(inOrder(theirs));
  });

  const COMPARED = new Set([
    ...['+sdown', '+odown', '+new-epoch', '+try-failover', '+vote-for-leader', '+elected-leader'],
    ...['+failover-state-select-slave', '+selected-slave', '+failover-state-send-slaveof-noone'],
    ...[
      '+failover-state-wait-promotion',
      '+promoted-slave',
      '+failover-state-reconf-slaves',
      '+slave-reconf-sent',
    ],
    ...['+slave-reconf-inprog', '+slave-reconf-done', '+failover-end', '+switch-master'],
  ]);
  /** Each of three sentinels votes when it comes to it; and redis-sentinel switches when all replicas follow, we do at once. */
  const OF_THEIR_OWN = /^\+(vote-for-leader|new-epoch|switch-master)/;

  async function failOverOurs(): Promise<readonly string[]> {
    const { stack, port } = await startBoth();
    const heard = await listen(port);
    await masterOf(stack.nodes).kill();
    await awaitEvent(heard, '+switch-master');
    await awaitEvent(heard, '+failover-end');
    return told(
      heard,
      stack.nodes.map(({ address }) => address),
    );
  }

  async function failOverTheirs(): Promise<readonly string[]> {
    const processes = new Processes();
    onTestFinished(() => processes.end());
    const master = await startRedis(processes, { port: await freePort() });
    const nodes = [master];
    for (let i = 0; i < 2; i++) {
      nodes.push(await startRedis(processes, { port: await freePort(), replicaOf: master.address }));
    }
    onTestFinished(async () => {
      for (const node of nodes) await node.end();
    });
    const sentinels = await startSentinels(processes, master.address, {
      replicas: 2,
      downAfterMs: DOWN_AFTER_MS,
      failoverTimeoutMs: 10_000,
    });
    onTestFinished(async () => {
      for (const sentinel of sentinels) await sentinel.end();
    });
    const all = await Promise.all(sentinels.map(({ port }) => listen(port)));
    await master.kill();
    const leader = await until(
      'the leader to end its failover',
      () => all.find((heard) => heard.some(({ channel }) => channel === '+failover-end')),
      { timeoutMs: 120_000 },
    );
    await awaitEvent(leader, '+switch-master');
    return told(
      leader,
      nodes.map(({ address }) => address),
    );
  }

  /** Up to the end of the failover, without what differs from one to the next: which node, which sentinel, which epoch. */
  function told(heard: readonly Heard[], nodes: readonly Address[]): readonly string[] {
    const ports = nodes.map(({ port }) => String(port));
    const promoted = heard
      .find(({ channel }) => channel === '+switch-master')
      ?.payload.split(' ')
      .at(-1);
    const roleOf = (port: string) => (port === ports[0] ? 'OLD' : port === promoted ? 'NEW' : 'REPLICA');
    const end = Math.max(
      ...['+failover-end', '+switch-master'].map((type) =>
        heard.findIndex(({ channel }) => channel === type),
      ),
    );
    return heard
      .slice(0, end + 1)
      .filter(({ channel, payload }) => !(channel === '+sdown' && payload.startsWith('slave ')))
      .map(({ channel, payload }) => {
        const general = payload
          .replace(new RegExp(ports.join('|'), 'g'), roleOf)
          .replace(/\b[0-9a-f]{40}\b|^[abc](?= \d)/g, 'SENTINEL')
          .replace(/ \d+$/, ' N')
          .replace(/^\d+$/, 'N')
          .replace(/#quorum \d+\/\d+/, '#quorum n/m');
        return `${channel} ${general}`;
      });
  }
});

describe('clients of both protocols', { timeout: 120_000 }, () => {
  it.each([2, 3] as const)('ioredis finds master and replicas in RESP%i', async (protocol) => {
    const { stack, port } = await startBoth();
    const sentinels = [{ host: '127.0.0.1', port }];
    for (const role of ['master', 'slave'] as const) {
      const redis = new Redis({ sentinels, name: NAME, role, protocol });
      redis.on('error', () => {});
      onTestFinished(() => redis.disconnect());
      await until(`${role} found`, async () => (await redis.ping()) === 'PONG', { timeoutMs: 30_000 });
      const found = redis.stream.remotePort;
      const ports = stack.nodes.map(({ address }) => address.port);
      expect(role === 'master' ? ports.slice(0, 1) : ports.slice(1)).toContain(found);
    }
  });

  it('ioredis on the gateway itself is given what it asks for', async () => {
    const { port } = await startBoth();
    const redis = new Redis({ host: '127.0.0.1', port, enableReadyCheck: false });
    onTestFinished(() => redis.disconnect());
    expect(await redis.call('SENTINEL', 'MASTER', NAME)).toEqual(
      expect.arrayContaining(['name', NAME, 'flags', 'master']),
    );
    const plain = await WireClient.to(port);
    onTestFinished(() => plain.end());
    expect(fieldsOf(await plain.ask('SENTINEL', 'MASTER', NAME))['num-other-sentinels']).toBe('2');
  });
});
