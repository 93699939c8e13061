/** Clients of ioredis through real failovers of the local stack. */
import { expect, test } from 'vitest';
import { createResolver } from '../../src/client/resolver.ts';
import { nodeId } from '../../src/core/model.ts';
import { nodeOf } from '../../src/local/rehearsal.ts';
import { until } from '../../src/local/until.ts';
import { ask, converged, LIMIT_MS, startWatched } from '../local/watched.ts';
import { client, connectionsBy, keepWriting, portOf, untilPort } from './clients.ts';

const TIMEOUT = { timeout: 240_000 };
/** On a machine that stands still an election may come to nothing; the next one is then not far. */
const PATIENT = { 'failover-timeout': 5000 };
const SWITCH = { timeoutMs: 100_000, everyMs: 5 };

test(
  'a killed master: clients over HTTP and over the table go on at the new one by themselves',
  TIMEOUT,
  async () => {
    const { stack, events } = await startWatched({ directives: PATIENT });
    const { name, readUrl: url, store } = stack;
    const old = nodeOf(stack, nodeId((await stack.state()).master.address));
    const clients = [client({ name, url }), client({ name, table: store })];
    const writers = clients.map((one, i) => keepWriting(one, `writes:${i}`));
    const following: string[] = [];
    const follower = createResolver({ url }).follow(name, (master) => following.push(nodeId(master)));
    await until('writes', () => writers.every(({ acknowledged }) => acknowledged.length > 10), {
      timeoutMs: LIMIT_MS,
    });
    expect(await Promise.all(clients.map(({ redis }) => portOf(redis)))).toEqual([
      old.address.port,
      old.address.port,
    ]);

    await old.kill();
    const { at } = await until(
      'the switch',
      () => events.find(({ type }) => type === '+switch-master'),
      SWITCH,
    );
    const { master } = await stack.state();
    const port = master.address.port;
    await until(
      'a write that was acknowledged after the switch, of each client',
      () => writers.every(({ acknowledged }) => (acknowledged.at(-1)?.at ?? 0) > at),
      { timeoutMs: LIMIT_MS },
    );
    for (const { redis } of clients) expect(await portOf(redis)).toBe(port);
    await Promise.all(writers.map(({ stop }) => stop()));
    // what the new master acknowledged is there
    const promoted = nodeOf(stack, nodeId(master.address)).client();
    for (const [i, { acknowledged }] of writers.entries()) {
      const held = new Set(await promoted.lrange(`writes:${i}`, 0, -1));
      const after = acknowledged.filter((one) => one.at > at);
      expect(after.filter(({ number }) => !held.has(String(number)))).toEqual([]);
    }
    await until('who follows the name', () => following.at(-1) === nodeId(master.address), {
      timeoutMs: LIMIT_MS,
    });
    expect(following).toEqual([nodeId(old.address), nodeId(master.address)]);
    follower.end();
  },
);

test('a hung master: the dead socket is not waited for', TIMEOUT, async () => {
  const { stack, events } = await startWatched({ directives: PATIENT });
  const { name, readUrl: url } = stack;
  const old = nodeOf(stack, nodeId((await stack.state()).master.address));
  const one = client({ name, url });
  await untilPort(one.redis, old.address.port, LIMIT_MS);
  await old.stop();
  try {
    // the socket stays open, and nobody answers: without the switch this write would never come back
    const written = one.redis.set('after', 'hung');
    const { at } = await until(
      'the switch',
      () => events.find(({ type }) => type === '+switch-master'),
      SWITCH,
    );
    expect(await written).toBe('OK');
    expect(Date.now()).toBeGreaterThanOrEqual(at);
    const { master } = await stack.state();
    expect(await portOf(one.redis)).toBe(master.address.port);
    expect(await nodeOf(stack, nodeId(master.address)).client().get('after')).toBe('hung');
  } finally {
    old.cont();
  }
  // it wakes, is made a replica, and the client stays where the master is
  const { master } = await converged(stack);
  expect(await portOf(one.redis)).toBe(master.address.port);
});

test(
  'a planned failover: master and replica clients change places, and nothing is left of them',
  TIMEOUT,
  async () => {
    const { stack } = await startWatched({ directives: PATIENT });
    const { name, readUrl: url } = stack;
    const resolver = createResolver({ url });
    const writer = client({ name, resolver }, { connectionName: 'writer' });
    const reader = client({ name, resolver, role: 'slave' }, { connectionName: 'reader', readOnly: true });
    const before = await stack.state();
    await untilPort(writer.redis, before.master.address.port, LIMIT_MS);
    const from = await until('a replica', () => portOf(reader.redis), { timeoutMs: LIMIT_MS });
    expect(from).not.toBe(before.master.address.port);

    await ask(stack, true, `127.0.0.1:${from}`);
    await untilPort(writer.redis, from, LIMIT_MS);
    await until('the reader at another replica', async () => (await portOf(reader.redis)) !== from, {
      timeoutMs: LIMIT_MS,
    });
    await converged(stack);
    expect(await writer.redis.set('k', 'v')).toBe('OK');
    expect(await reader.redis.info('replication')).toContain('role:slave');

    const duplicate = reader.redis.duplicate({ connectionName: 'duplicate' });
    duplicate.on('error', () => {}); // told by the command that fails
    expect(await duplicate.info('replication')).toContain('role:slave');
    for (const redis of [writer.redis, reader.redis, duplicate]) redis.disconnect();
    for (const node of stack.nodes) {
      for (const connection of ['writer', 'reader', 'duplicate']) {
        await until(
          `no ${connection} at ${nodeId(node.address)}`,
          async () => (await connectionsBy(node, connection)) === 0,
          {
            timeoutMs: LIMIT_MS,
          },
        );
      }
    }
  },
);
