import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Connection } from '../../src/adapters/redis/connection.ts';
import { IoredisNodes } from '../../src/adapters/redis/nodes.ts';
import type { Connect } from '../../src/adapters/redis/wire.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { LoopClock } from '../../src/ports.ts';
import { answered, freeze, lookUntil, redis, redisNodes } from './fixture.ts';
import { proxyTo } from './proxy.ts';
import { slowProxy } from './slow-proxy.ts';
import { stallingProxy } from './stalling-proxy.ts';

/** A clock that moves only while somebody sleeps, and by what the test adds: no stall of this machine is seen on it. */
function stillClock() {
  let mono = 0;
  const clock: LoopClock = {
    now: () => ({ wall: mono, mono }),
    async sleep(ms, signal) {
      await systemClock.sleep(ms, signal);
      if (!signal?.aborted) mono += ms;
    },
    turn: systemClock.turn,
  };
  return {
    clock,
    add: (ms: number) => {
      mono += ms;
    },
  };
}

test('a stopped node is silent since the first unanswered probe, and no probe is piled upon it', async () => {
  const server = await redis();
  const { clock, add } = stillClock();
  const FINDING_MS = 7;
  const lookup = async () => {
    add(FINDING_MS);
    return [{ address: '127.0.0.1' }];
  };
  const nodes = new IoredisNodes({ clock, lookup });
  onTestFinished(() => nodes.close());
  const node = { host: 'node.test', port: server.address.port };
  await answered(nodes, node);
  await server.client().config('RESETSTAT');
  await server.stop();
  add(100);
  const silent = [];
  const began = clock.now().mono;
  for (let i = 0; i < 5; i++) {
    silent.push(await nodes.look({ node, info: 'replication', timeoutMs: 40 }));
  }
  const sentAt = began + FINDING_MS;
  expect(silent[0]).toMatchObject({ sentAt, at: sentAt + 40 });
  expect(silent).toEqual(silent.map((look) => ({ ...look, outcome: 'silent', since: sentAt })));
  server.cont();
  const awake = await answered(nodes, node);
  expect(awake.sentAt).toBeGreaterThan(silent[4]?.at ?? Number.POSITIVE_INFINITY);
  const stats = await server.client().info('commandstats');
  expect(stats).toMatch(/cmdstat_ping:calls=2,/); // the one that waited, and the fresh one of the last look
});

test('a stall of this process before its probe leaves takes nothing of the node’s time', async () => {
  const server = await redis();
  const { clock, add } = stillClock();
  let stallMs = 0;
  const now = () => {
    const before = clock.now();
    add(stallMs);
    stallMs = 0;
    return before;
  };
  const nodes = new IoredisNodes({ clock: { ...clock, now } });
  onTestFinished(() => nodes.close());
  await answered(nodes, server.address);
  add(1);
  stallMs = 6000; // between the beginning of the look and its probe
  const look = await nodes.look({ node: server.address, info: 'replication', timeoutMs: 5000 });
  expect(look.outcome).toBe('answered');
});

test('a node that refuses is found so by a process that stood still before and while it opened its connection', async () => {
  const server = await redis();
  const { clock, add } = stillClock();
  let stallMs = 0;
  const lookup = async () => {
    add(stallMs);
    return [{ address: '127.0.0.1' }];
  };
  const connect: Connect = (target, events) => {
    add(stallMs);
    const connection = new Connection(target, events);
    add(stallMs);
    return connection;
  };
  const nodes = new IoredisNodes({ clock, connect, lookup });
  onTestFinished(() => nodes.close());
  const node = { host: 'node.test', port: server.address.port };
  await answered(nodes, node);
  await server.kill();
  add(1);
  stallMs = 6000;
  const openedAt = clock.now().mono + stallMs;
  const look = await nodes.look({ node, info: 'replication', timeoutMs: 5000 });
  expect(look).toMatchObject({ outcome: 'refused', sentAt: openedAt });
});

test('a reply that comes between two looks ends the silence', async () => {
  const server = await redis();
  const nodes = redisNodes();
  await answered(nodes, server.address);
  await server.stop();
  const first = await nodes.look({ node: server.address, info: 'replication', timeoutMs: 30 });
  expect(first.outcome).toBe('silent');
  server.cont();
  freeze(100); // the reply comes to a process that reads nothing
  const began = performance.now();
  const second = await answered(nodes, server.address);
  expect(second.sentAt).toBeGreaterThanOrEqual(began);
  await server.stop();
  const third = await nodes.look({ node: server.address, info: 'replication', timeoutMs: 30 });
  expect(third.outcome === 'silent' && third.since).toBeGreaterThan(second.at);
  server.cont();
});

test('what a new connection is asked first is asked again when the answer came too late for its look', async () => {
  const server = await redis();
  const proxy = await slowProxy(server.address, 60);
  const nodes = redisNodes({ connectTo: () => proxy.address });
  const request = { node: server.address, info: 'replication' } as const;
  const first = await nodes.look({ ...request, timeoutMs: 20 });
  expect(first.outcome).toBe('silent');
  const second = await nodes.look({ ...request, timeoutMs: 5000 });
  expect(second.outcome === 'answered' && second.info?.runId).toMatch(/^[0-9a-f]{40}$/);
  const third = await nodes.look({ ...request, timeoutMs: 5000 });
  expect(third.outcome === 'answered' && third.info).not.toHaveProperty('runId');
});

test('a look that finds the process gone tells of the reply that came before it went', async () => {
  const server = await redis();
  const nodes = redisNodes();
  await answered(nodes, server.address);
  await server.stop();
  const request = { node: server.address, info: 'replication', timeoutMs: 30 } as const;
  const first = await nodes.look(request);
  if (first.outcome !== 'silent') throw new Error(`expected silence: ${JSON.stringify(first)}`);
  server.cont();
  await server.client().ping(); // it has answered whoever asked before
  await server.kill();
  const last = await lookUntil(nodes, server.address, ({ outcome }) => outcome === 'refused');
  expect(last.outcome === 'refused' && last.heard?.at).toBeGreaterThan(first.at);
});

test.each([
  [1, 'answered'],
  [2, 'refused'],
] as const)(
  'a node that takes a fresh connection and closes it is tried once more: %i closed, and it has %s',
  async (closed, outcome) => {
    const server = await redis();
    let connections = 0;
    const proxy = await proxyTo(server.address, (near, far) => {
      connections += 1;
      if (connections <= closed) near.once('data', () => near.destroy());
      else near.pipe(far).pipe(near);
    });
    const nodes = redisNodes({ connectTo: () => proxy.address });
    const look = await nodes.look({ node: server.address, info: 'replication', timeoutMs: 5000 });
    expect(look.outcome).toBe(outcome);
    expect(connections).toBe(2);
  },
);

test('a reply that came while this process stood still is read before silence is declared', async () => {
  const server = await redis();
  const nodes = redisNodes();
  await answered(nodes, server.address);
  for (let round = 0; round < 10; round++) {
    const look = nodes.look({ node: server.address, info: 'replication', timeoutMs: 20 });
    freeze(100);
    expect((await look).outcome, `round ${round}`).toBe('answered');
  }
});

test('a node whose accept queue is full is silent, not refused, and answers when it drains', async () => {
  const server = await redis({ config: { 'tcp-backlog': '1' } });
  await server.stop();
  const sockets = Array.from({ length: 4 }, () => connect(server.address));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (const socket of sockets) socket.on('error', () => {}); // those beyond the queue never connect
  await Promise.race(sockets.map((socket) => once(socket, 'connect')));
  const nodes = redisNodes();
  const look = await nodes.look({ node: server.address, info: 'replication', timeoutMs: 200 });
  expect(look).toMatchObject({ outcome: 'silent' });
  server.cont();
  const back = await lookUntil(nodes, server.address, ({ outcome }) => outcome !== 'silent');
  expect(back.outcome).toBe('answered');
});

test('a kept connection that went dead is got round by a fresh one in the same look', async () => {
  const server = await redis();
  const proxy = await stallingProxy(server.address);
  const nodes = redisNodes({ connectTo: () => proxy.address });
  const kept = await answered(nodes, server.address);
  proxy.stall();
  const look = await nodes.look({ node: server.address, info: 'replication', timeoutMs: 2600 });
  expect(look).toMatchObject({ outcome: 'answered', node: server.address });
  expect(look.outcome === 'answered' && look.link).not.toBe(kept.link);
  const late = await nodes.transact({
    link: kept.link,
    commands: [['PING']],
    timeoutMs: 500,
    objection: () => undefined,
  });
  expect(late.kind).toBe('abandoned');
});

test('a silent node is tried by a fresh connection once a second, beside the probe that waits', async () => {
  const server = await redis();
  const proxy = await stallingProxy(server.address);
  const nodes = redisNodes({ connectTo: () => proxy.address });
  await answered(nodes, server.address);
  await server.stop();
  const outcomes = new Set<string>();
  while (proxy.acceptedAt.length < 3) {
    outcomes.add((await nodes.look({ node: server.address, info: 'replication', timeoutMs: 50 })).outcome);
  }
  const [first = 0, second = 0, third = 0] = proxy.acceptedAt;
  expect([...outcomes]).toEqual(['silent']);
  expect(Math.min(second - first, third - second)).toBeGreaterThan(950);
  server.cont();
  expect((await answered(nodes, server.address)).reply).toBe('pong');
});

test('silence is counted from its first probe until the node answers, over closed connections too', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const request = { node: server.address, info: 'replication', timeoutMs: 30 } as const;
  await answered(nodes, server.address);
  await server.stop();
  const first = await nodes.look(request);
  await server.kill();
  const refused = await nodes.look(request);
  await server.restart();
  await server.stop();
  const second = await nodes.look(request);
  server.cont();
  await answered(nodes, server.address);
  await server.stop();
  const third = await nodes.look(request);
  server.cont();
  const since = [first, second, third].map((look) => look.outcome === 'silent' && look.since);
  expect(refused.outcome).toBe('refused');
  expect(since[1]).toBe(since[0]);
  expect(since[2]).toBeGreaterThan(second.at);
});

test('a probe that waited for its connection while nobody looked is only just sent when that came to stand', async () => {
  const server = await redis({ config: { 'tcp-backlog': '1' } });
  await server.stop();
  const filling = Array.from({ length: 4 }, () => connect(server.address));
  for (const socket of filling) socket.on('error', () => {});
  await Promise.race(filling.map((socket) => once(socket, 'connect')));
  const nodes = redisNodes();
  const request = { node: server.address, info: 'replication', timeoutMs: 30 } as const;
  expect(await nodes.look(request)).toMatchObject({ outcome: 'silent' });
  for (const socket of filling) socket.destroy();
  // this process stands still while the node drains its queue, the connection comes to stand, and the node stops
  spawnSync('sh', ['-c', `kill -CONT ${server.pid}; sleep 4; kill -STOP ${server.pid}`]);
  const began = performance.now();
  const look = await nodes.look(request);
  server.cont();
  expect(look.outcome === 'silent' && look.since).toBeGreaterThanOrEqual(began);
});

test('a silence whose connection was closed while nobody looked for long begins anew', async () => {
  const server = await redis();
  let asleepMs = 0;
  const now = () => ({ ...systemClock.now(), mono: systemClock.now().mono + asleepMs });
  const nodes = new IoredisNodes({ clock: { ...systemClock, now } });
  onTestFinished(() => nodes.close());
  const request = { node: server.address, info: 'replication', timeoutMs: 30 } as const;
  await nodes.look({ ...request, timeoutMs: 5000 });
  await server.stop();
  expect((await nodes.look(request)).outcome).toBe('silent');
  await server.kill();
  await server.restart();
  await server.stop();
  asleepMs = 600_000;
  const thawed = await nodes.look(request);
  server.cont();
  expect(thawed.outcome === 'silent' && thawed.since).toBeGreaterThanOrEqual(thawed.sentAt);
});

test('a look whose connection was closed while this process stood still begins anew', async () => {
  const server = await redis();
  const proxy = await stallingProxy(server.address);
  let stoodStillMs = 0;
  const now = () => ({ ...systemClock.now(), mono: systemClock.now().mono + stoodStillMs });
  const nodes = new IoredisNodes({ clock: { ...systemClock, now }, connectTo: () => proxy.address });
  onTestFinished(() => nodes.close());
  const request = { node: server.address, info: 'replication', timeoutMs: 5000 } as const;
  await nodes.look(request);
  proxy.stall();
  const look = nodes.look(request);
  stoodStillMs = 10_000;
  const wentOnAt = now().mono;
  proxy.cut();
  expect(await look).toMatchObject({ outcome: 'answered' });
  expect((await look).sentAt).toBeGreaterThanOrEqual(wentOnAt);
});

test('a probe that left late, for the name took its time, is unanswered since it left', async () => {
  const server = await redis();
  const found = Promise.withResolvers<void>();
  const lookup = async () => {
    await found.promise;
    return [{ address: '127.0.0.1', family: 4 }];
  };
  let stoodStillMs = 0;
  const now = () => ({ ...systemClock.now(), mono: systemClock.now().mono + stoodStillMs });
  const nodes = new IoredisNodes({ clock: { ...systemClock, now }, lookup });
  onTestFinished(() => nodes.close());
  await server.stop();
  const node = { host: 'node.test', port: server.address.port };
  const look = nodes.look({ node, info: 'replication', timeoutMs: 5000 });
  stoodStillMs = 10_000;
  const wentOnAt = now().mono;
  found.resolve();
  const silent = await look;
  server.cont();
  expect(silent.outcome === 'silent' && silent.since).toBeGreaterThanOrEqual(wentOnAt);
});

test('a node whose replies come too late for their looks is told to answer, and silent only since its last probe', async () => {
  const server = await redis();
  const proxy = await slowProxy(server.address, 60);
  const nodes = redisNodes({ connectTo: () => proxy.address });
  const first = await answered(nodes, server.address);
  const request = { node: server.address, info: 'replication', timeoutMs: 20 } as const;
  const looks = [];
  for (let i = 0; i < 20; i++) looks.push(await nodes.look(request));
  const last = looks.at(-1);
  if (last?.outcome !== 'silent' || !last.heard)
    throw new Error(`expected late replies: ${JSON.stringify(last)}`);
  expect(looks.map(({ outcome }) => outcome)).toEqual(looks.map(() => 'silent'));
  expect(last.heard.at).toBeGreaterThan(first.at);
  expect(last.heard.afterMs).toBeGreaterThanOrEqual(59);
  expect(last.since).toBeGreaterThanOrEqual(last.heard.at);
});
