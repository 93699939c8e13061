import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/local/ports.ts';
import { answered, lookUntil, namedConnections, redis, redisNodes, replicaOf } from './fixture.ts';

test('a port on which nothing listens is refused', async () => {
  const node = { host: '127.0.0.1', port: await freePort() };
  const look = await redisNodes().look({ node, info: 'replication', timeoutMs: 1000 });
  expect(look).toMatchObject({ outcome: 'refused', node, detail: expect.stringContaining('ECONNREFUSED') });
});

test('looks of a healthy node share one connection, and full INFO tells the run id', async () => {
  const { address } = await redis();
  const nodes = redisNodes();
  const [first, second, full] = [
    await answered(nodes, address),
    await answered(nodes, address),
    await answered(nodes, address, 'all'),
  ];
  expect(second).toMatchObject({ reply: 'pong', info: { role: 'master' } });
  expect(second.info?.runId).toBeUndefined();
  expect(full.info?.runId).toMatch(/^[0-9a-f]{40}$/);
  expect([second.link, full.link]).toEqual([first.link, first.link]);
  expect(second.sentAt).toBeGreaterThanOrEqual(first.at);
});

test('the first answer on each connection tells the run id and the keys, whatever was asked', async () => {
  const server = await redis();
  await server.client().set('a', '1');
  const nodes = redisNodes();
  const seen = [];
  for (const _ of ['opened', 'kept', 'the node restarted', 'kept']) {
    if (_ === 'the node restarted') await server.restart();
    const { info } = await answered(nodes, server.address);
    seen.push([typeof info?.runId, info?.keys]);
  }
  expect(seen).toEqual([
    ['string', 1],
    ['undefined', undefined],
    ['string', 0],
    ['undefined', undefined],
  ]);
});

test('an answer tells the address it came from', async () => {
  const { address } = await redis();
  expect(await answered(redisNodes(), address)).toMatchObject({ ip: '127.0.0.1' });
});

test('two looks of one node at a time are both answered, each with the INFO it asked for', async () => {
  const { address } = await redis();
  const nodes = redisNodes();
  const [short, full] = await Promise.all([answered(nodes, address), answered(nodes, address, 'all')]);
  expect(short.info?.role).toBe('master');
  expect(full.info?.runId).toMatch(/^[0-9a-f]{40}$/);
});

test('a node that is loading its data is alive and says so', async () => {
  const server = await redis({
    config: {
      'enable-debug-command': 'yes',
      'loading-process-events-interval-bytes': '1024',
      'key-load-delay': '200',
    },
  });
  const client = server.client();
  await client.call('DEBUG', 'POPULATE', '50000');
  await client.save();
  client.disconnect();
  await server.restart();
  const look = await redisNodes().look({ node: server.address, info: 'all', timeoutMs: 2000 });
  expect(look).toMatchObject({ outcome: 'answered', reply: 'loading', info: { role: 'master' } });
});

test('a replica that may not serve stale data is alive and says masterdown', async () => {
  const server = await redis({
    replicaOf: { host: '127.0.0.1', port: await freePort() },
    config: { 'replica-serve-stale-data': 'no' },
  });
  const look = await answered(redisNodes(), server.address);
  expect(look).toMatchObject({ reply: 'masterdown', info: { role: 'slave', upstream: { linkUp: false } } });
});

test('a node in a script that does not end is busy, and answers again when the script is killed', async () => {
  const server = await redis({ config: { 'busy-reply-threshold': '1' } });
  const nodes = redisNodes();
  const kept = await answered(nodes, server.address);
  const script = server
    .client()
    .eval('while true do end', 0)
    .catch((error: Error) => error.message);
  const busy = await lookUntil(nodes, server.address, ({ outcome }) => outcome === 'busy');
  expect(busy).toMatchObject({
    outcome: 'busy',
    link: kept.link,
    detail: expect.stringMatching(/^BUSY Redis is busy/),
  });
  await server.client({ enableReadyCheck: false }).script('KILL');
  expect(await script).toContain('killed');
  expect((await answered(nodes, server.address)).link).toBe(kept.link);
});

test('a master whose snapshots fail takes no writes and gives no sign of life', async () => {
  const server = await redis({ config: { save: '3600 1000000' } });
  const client = server.client();
  await client.set('a', '1');
  await rm(server.dir, { recursive: true });
  await expect(client.save()).rejects.toThrow();
  await client.bgsave();
  const nodes = redisNodes();
  const look = await lookUntil(nodes, server.address, ({ outcome }) => outcome !== 'answered');
  expect(look).toMatchObject({ outcome: 'busy', detail: expect.stringMatching(/^MISCONF .*snapshots/) });
});

test('a port that speaks another protocol is misconfigured', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const node = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const look = await redisNodes().look({ node, info: 'replication', timeoutMs: 2000 });
  expect(look).toMatchObject({ outcome: 'misconfigured', detail: expect.stringContaining('Redis protocol') });
});

test('a restarted node is answered for in the first look after, under its new run id', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const before = await answered(nodes, server.address, 'all');
  await server.restart();
  const after = await answered(nodes, server.address, 'all');
  expect(after.info?.runId).not.toBe(before.info?.runId);
  expect(after.link).not.toBe(before.link);
});

test('a killed node is refused in the first look after', async () => {
  const server = await redis();
  const nodes = redisNodes();
  await answered(nodes, server.address);
  await server.kill();
  const look = await nodes.look({ node: server.address, info: 'replication', timeoutMs: 1000 });
  expect(look.outcome).toBe('refused');
});

test('a kept connection that the node killed is replaced within the look', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const client = server.client();
  const links = [(await answered(nodes, server.address)).link];
  for (let round = 0; round < 10; round++) {
    expect(await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')).toBe(1);
    links.push((await answered(nodes, server.address)).link);
  }
  expect(new Set(links).size).toBe(11);
});

test('a node is reached where connectTo says, and named as announced', async () => {
  const server = await redis();
  const announced = { host: '10.1.2.3', port: 6379 };
  const nodes = redisNodes({ connectTo: () => server.address });
  expect(await answered(nodes, announced)).toMatchObject({ node: announced, reply: 'pong' });
});

test('keepOnly closes the connections to all other nodes, close those to all', async () => {
  const [one, two] = [await redis(), await redis()];
  const nodes = redisNodes();
  const kept = await answered(nodes, one.address);
  await answered(nodes, two.address);
  expect([await namedConnections(one), await namedConnections(two)]).toEqual([1, 1]);
  nodes.keepOnly([one.address]);
  await expect.poll(() => namedConnections(two)).toBe(0);
  expect((await answered(nodes, one.address)).link).toBe(kept.link);
  nodes.close();
  await expect.poll(() => namedConnections(one)).toBe(0);
});

test('close ends a look that waits', async () => {
  const server = await redis();
  const nodes = redisNodes();
  await answered(nodes, server.address);
  await server.stop();
  const look = nodes.look({ node: server.address, info: 'replication', timeoutMs: 60_000 });
  nodes.close();
  expect((await look).outcome).toBe('silent');
  server.cont();
});

test('a replica tells its master, its priority and whether its link is up', async () => {
  const master = await redis();
  const replica = await replicaOf(master, { 'replica-priority': '7' });
  const nodes = redisNodes();
  const { info } = await answered(nodes, replica.address, 'all');
  expect(info).toMatchObject({
    role: 'slave',
    upstream: { address: master.address, linkUp: true, priority: 7, syncInProgress: false, announced: true },
  });
  // The replica says 'up' a moment before its master says 'online'.
  const online = { address: replica.address, state: 'online', offset: expect.any(Number) };
  await expect.poll(async () => (await answered(nodes, master.address)).info?.replicas).toEqual([online]);
  const seen = await answered(nodes, master.address);
  expect(seen.info?.replicationId).toBe(info?.replicationId);
});
