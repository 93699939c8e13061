import { networkInterfaces } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import type { Lookup } from '../../src/adapters/redis/places.ts';
import { freePort } from '../../src/local/ports.ts';
import { answered, redis, redisNodes } from './fixture.ts';

/** Names that resolve to what the test says now; an Error is thrown, a promise waited for. */
function names(table: Record<string, readonly string[] | Error | Promise<never>>): Lookup {
  return async (name) => {
    const found = await (table[name] ?? noSuchName());
    if (found instanceof Error) throw found;
    return found.map((address) => ({ address }));
  };
}

const noSuchName = () => Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
const noResolver = () => Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' });

const request = { info: 'replication', timeoutMs: 300 } as const;

/** The same port of two loopback addresses, a server on each. */
async function twoServers() {
  const port = await freePort();
  const [one, two] = [await redis({ port }), await redis({ port, config: { bind: '127.0.0.2' } })];
  return { one, two, node: { host: 'redis.example', port } };
}

test('a name that resolves elsewhere is followed at the next look', async () => {
  const { node } = await twoServers();
  const table = { 'redis.example': ['127.0.0.1'] };
  const nodes = redisNodes({ lookup: names(table) });
  const before = [await answered(nodes, node), await answered(nodes, node)];
  table['redis.example'] = ['127.0.0.2'];
  const after = [await answered(nodes, node), await answered(nodes, node)];
  expect([...before, ...after].map(({ ip }) => ip)).toEqual([
    ...['127.0.0.1', '127.0.0.1'],
    ...['127.0.0.2', '127.0.0.2'],
  ]);
  expect(before[1]?.link).toBe(before[0]?.link);
  expect(after[0]?.link).not.toBe(before[0]?.link);
  expect(after[1]?.link).toBe(after[0]?.link);
  expect(after[0]?.info?.runId).not.toBe(before[0]?.info?.runId);
  expect(after[0]?.node).toBe(node);
});

test('a connection to an address the name still has is kept, whatever else it has', async () => {
  const { node } = await twoServers();
  const table = { 'redis.example': ['127.0.0.1'] };
  const nodes = redisNodes({ lookup: names(table) });
  const { link } = await answered(nodes, node);
  table['redis.example'] = ['127.0.0.2', '127.0.0.1'];
  expect(await answered(nodes, node)).toMatchObject({ link, ip: '127.0.0.1' });
});

test('of several addresses the next is tried when one takes no connection', async () => {
  const { address } = await redis();
  const nodes = redisNodes({ lookup: names({ 'redis.example': ['127.0.0.3', '127.0.0.1'] }) });
  const look = await answered(nodes, { host: 'redis.example', port: address.port });
  expect(look.ip).toBe('127.0.0.1');
});

test('a name that no node listens behind any more is refused', async () => {
  const { node, two } = await twoServers();
  const table = { 'redis.example': ['127.0.0.1'] };
  const nodes = redisNodes({ lookup: names(table) });
  await answered(nodes, node);
  await two.kill();
  table['redis.example'] = ['127.0.0.2'];
  expect((await nodes.look({ ...request, node })).outcome).toBe('refused');
});

test('a name that does not resolve is silent since the first look that found it so, and the node comes back', async () => {
  const { address } = await redis();
  const node = { host: 'redis.example', port: address.port };
  const table: Record<string, string[] | Error> = { 'redis.example': ['127.0.0.1'] };
  const nodes = redisNodes({ lookup: names(table) });
  await answered(nodes, node);
  table['redis.example'] = noSuchName();
  const silent = [await nodes.look({ ...request, node }), await nodes.look({ ...request, node })];
  const [first] = silent;
  expect(silent.map(({ outcome }) => outcome)).toEqual(['silent', 'silent']);
  expect(silent.map((look) => look.outcome === 'silent' && look.since)).toEqual([
    first?.sentAt,
    first?.sentAt,
  ]);
  table['redis.example'] = [];
  expect((await nodes.look({ ...request, node })).outcome).toBe('silent');
  table['redis.example'] = ['127.0.0.1'];
  expect((await answered(nodes, node)).ip).toBe('127.0.0.1');
});

test("this machine's own resolver: a name that cannot be is silent, localhost is found", async () => {
  const { address } = await redis();
  const nodes = redisNodes();
  const node = { host: 'no-such-node.invalid', port: address.port };
  expect((await nodes.look({ ...request, timeoutMs: 2000, node })).outcome).toBe('silent');
  expect((await answered(nodes, { host: 'localhost', port: address.port })).ip).toBe('127.0.0.1');
});

test('where nobody resolves names the connection that stands is good, and no other is opened', async () => {
  const server = await redis();
  const node = { host: 'redis.example', port: server.address.port };
  const table: Record<string, string[] | Error | Promise<never>> = { 'redis.example': ['127.0.0.1'] };
  const nodes = redisNodes({ lookup: names(table) });
  const { link } = await answered(nodes, node);
  const outcomes = [];
  for (const failure of [noResolver(), new Promise<never>(() => {})]) {
    table['redis.example'] = failure;
    outcomes.push(await nodes.look({ ...request, node }));
  }
  expect(outcomes).toMatchObject([
    { outcome: 'answered', link },
    { outcome: 'answered', link },
  ]);
  await server.kill();
  expect((await nodes.look({ ...request, node })).outcome).toBe('silent');
});

test('a lookup that hangs ends with its own look, holds up no other, and is not asked again meanwhile', async () => {
  const { address } = await redis();
  let asked = 0;
  const nodes = redisNodes({
    lookup: () => {
      asked++;
      return new Promise<never>(() => {});
    },
  });
  const ended: string[] = [];
  const hanging = [1, 2].map(async () => {
    const look = await nodes.look({ ...request, node: { host: 'redis.example', port: 1 } });
    ended.push(look.outcome);
    return look.at - look.sentAt;
  });
  ended.push((await answered(nodes, address)).outcome);
  const times = await Promise.all(hanging);
  expect(ended).toEqual(['answered', 'silent', 'silent']);
  expect(Math.min(...times)).toBeGreaterThan(request.timeoutMs - 5);
  expect(asked).toBe(1);
});

test('an address is not looked up', async () => {
  const { address } = await redis();
  const nodes = redisNodes({ lookup: () => Promise.reject(new Error('asked')) });
  expect((await answered(nodes, address)).ip).toBe('127.0.0.1');
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
if (!hasIpv6) console.warn('SKIPPED: this machine has no ::1, so nothing here shows that IPv6 works');

test.skipIf(!hasIpv6)('nodes are reached over IPv6, by address and by name', async () => {
  const { address } = await redis({ config: { bind: '::1' } });
  const [literal, named] = ['::1', 'redis.example'].map((host) => ({ host, port: address.port }));
  const nodes = redisNodes({ lookup: names({ 'redis.example': ['::1'] }), allowed: ['::1/128'] });
  onTestFinished(() => nodes.close());
  for (const node of [literal, named]) {
    expect(node && (await answered(nodes, node))).toMatchObject({ ip: '::1', info: { role: 'master' } });
  }
});

test.skipIf(!hasIpv6)('an IPv4 address in IPv6 form is told as the IPv4 address it is', async () => {
  const { address } = await redis();
  expect((await answered(redisNodes(), { host: '::ffff:127.0.0.1', port: address.port })).ip).toBe(
    '127.0.0.1',
  );
});
