import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { RedisServer } from '../../src/local/redis-server.ts';
import type { NodeAccess } from '../../src/ports.ts';
import { access, answered, lookUntil, redis, redisNodes, replicaOf } from './fixture.ts';

const KEY = 'lambda-sentinel:write-probe';

function writing(
  server: RedisServer,
  nodes = redisNodes(),
  change: Partial<NodeAccess> = {},
  timeoutMs = 2000,
) {
  const node = server.address;
  return nodes.look({ node, info: 'replication', timeoutMs, access: access(change), writeProbe: true });
}

test('writes a key that expires within 10 s, and only when it is asked for', async () => {
  const server = await redis();
  const client = server.client();
  const nodes = redisNodes();
  await answered(nodes, server.address);
  expect(await client.exists(KEY)).toBe(0);
  expect(await writing(server, nodes)).toMatchObject({ outcome: 'answered', reply: 'pong' });
  const left = await client.pttl(KEY);
  expect(left).toBeGreaterThan(8000);
  expect(left).toBeLessThanOrEqual(10_000);
  await client.del(KEY);
  await answered(nodes, server.address);
  expect(await client.exists(KEY)).toBe(0);
});

test('a look that asks for a write is not answered by a probe without one', async () => {
  const server = await redis();
  const nodes = redisNodes();
  await answered(nodes, server.address);
  const without = () => answered(nodes, server.address);
  // the second and the third wait for the first probe, and the second's is the next
  const [, , look] = await Promise.all([without(), without(), writing(server, nodes)]);
  expect(look.outcome).toBe('answered');
  expect(await server.client().exists(KEY)).toBe(1);
});

test.for([
  ['whose snapshots fail', 'MISCONF', { save: '3600 1000000' }],
  ['that takes no writes without replicas', 'NOREPLICAS', { 'min-replicas-to-write': '1' }],
  ['whose memory is full', 'OOM', { maxmemory: '1', 'maxmemory-policy': 'noeviction' }],
] as const)('a master %s', async ([, word, config]) => {
  const server = await redis({ config });
  if (word === 'MISCONF') {
    const client = server.client();
    await client.set('a', '1');
    await rm(server.dir, { recursive: true });
    await expect(client.save()).rejects.toThrow();
    await client.bgsave();
    await expect.poll(() => client.set('a', '1').catch(String)).toContain('MISCONF');
  } else await expect(server.client().set('a', '1')).rejects.toThrow(word);
  const busy = { outcome: 'busy', detail: expect.stringMatching(/^MISCONF/), link: expect.any(String) };
  expect(await writing(server)).toMatchObject(
    word === 'MISCONF' ? busy : { outcome: 'answered', reply: 'pong' },
  );
});

test('a replica that takes no writes is as it should be', async () => {
  const replica = await replicaOf(await redis());
  expect(await writing(replica)).toMatchObject({ outcome: 'answered', info: { role: 'slave' } });
});

test.for([
  ['SET', '~* +ping +info'],
  ['its key', '~other +ping +info +set'],
] as const)(
  'a user without the right to %s is misconfigured when it writes, and else is not',
  async ([, rules]) => {
    const server = await redis({ config: { user: `u on >p ${rules}` } });
    const nodes = redisNodes();
    const user = { username: 'u', passwords: ['p'] };
    expect(await writing(server, nodes, user)).toMatchObject({
      outcome: 'misconfigured',
      detail: expect.stringMatching(/^NOPERM/),
    });
    expect((await answered(nodes, server.address, 'replication', user)).reply).toBe('pong');
  },
);

test('a write that is held back makes the look silent, and a look without one is answered meanwhile', async () => {
  const server = await redis();
  const nodes = redisNodes();
  await answered(nodes, server.address);
  await server.client().call('CLIENT', 'PAUSE', '60000', 'WRITE');
  const silent = await writing(server, nodes, {}, 100);
  expect(silent.outcome).toBe('silent');
  const asked = await lookUntil(nodes, server.address, ({ outcome }) => outcome !== 'silent');
  expect(asked).toMatchObject({ outcome: 'answered', reply: 'pong' });
  await server.client().call('CLIENT', 'UNPAUSE');
  expect((await writing(server, nodes)).outcome).toBe('answered');
});
