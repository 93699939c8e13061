import { expect, test } from 'vitest';
import type { Address } from '../../src/core/model.ts';
import { answered, redis, redisNodes } from './fixture.ts';

const at = (host: string, port = 6379): Address => ({ host, port });
const request = { info: 'replication', timeoutMs: 2000 } as const;

test('without allowed networks every address is allowed', () => {
  const nodes = redisNodes();
  expect(['127.0.0.1', '::1', 'fe80::1%eth0', 'redis.example'].map((host) => nodes.allows(at(host)))).toEqual(
    Array(4).fill(true),
  );
});

test.for([
  ['10.1.2.3', true],
  ['10.2.0.1', false],
  ['192.0.2.7', true],
  ['192.0.2.8', false],
  ['127.0.0.1', false],
  ['::ffff:10.1.2.3', true],
  ['::ffff:127.0.0.1', false],
  ['fd00::1', true],
  ['fe80::1', false],
  ['fe80::1%eth0', false],
  ['fd00::1%eth0', true],
  ['::1', false],
  ['redis.example', true], // judged by what it resolves to
  ['0x7f.1', true], // so is this
] as const)('%s in the allowed networks: %s', ([host, allowed]) => {
  expect(redisNodes({ allowed: ['10.1.0.0/16', '192.0.2.7/32', 'fd00::/8'] }).allows(at(host))).toBe(allowed);
});

test.for([
  '10.0.0.0',
  '10.0.0.0/33',
  '10.0.0/8',
  'fd00::/129',
  'fd00::/',
  '/8',
  '',
  'redis.example/8',
  '10.0.0.0/8 ',
])('%o is no network, and an error says so at once', (network) => {
  expect(() => redisNodes({ allowed: ['10.0.0.0/8', network] })).toThrow(
    `allowedNetworks: "${network}" is no network: 10.0.0.0/16 and fd00::/8 are`,
  );
});

test.for([
  ['an address', '127.0.0.1', '127.0.0.1 is outside allowedNetworks'],
  [
    'a name',
    'redis.example',
    'redis.example resolves to 127.0.0.1 and ::1, which is outside allowedNetworks',
  ],
] as const)('to %s outside no connection is opened, and the look says so', async ([, host, detail]) => {
  const server = await redis();
  const nodes = redisNodes({
    allowed: ['10.0.0.0/8'],
    lookup: async () => [{ address: '127.0.0.1' }, { address: '::1' }],
  });
  const client = server.client();
  const connections = async () => /total_connections_received:(\d+)/.exec(await client.info('stats'))?.[1];
  const before = await connections();
  const look = await nodes.look({ ...request, node: at(host, server.address.port) });
  expect(look).toMatchObject({ outcome: 'misconfigured', detail });
  expect(await connections()).toBe(before);
});

test('a name that comes to resolve to an address outside loses its connection, and has it again inside', async () => {
  const { address } = await redis();
  const node = at('redis.example', address.port);
  let resolved = '127.0.0.1';
  const nodes = redisNodes({ allowed: ['127.0.0.1/32'], lookup: async () => [{ address: resolved }] });
  const { link } = await answered(nodes, node);
  resolved = '127.0.0.2';
  expect(await nodes.look({ ...request, node })).toMatchObject({ outcome: 'misconfigured' });
  const late = await nodes.transact({
    link,
    commands: [['PING']],
    timeoutMs: 500,
    objection: () => undefined,
  });
  expect(late.kind).toBe('abandoned');
  resolved = '127.0.0.1';
  expect((await answered(nodes, node)).ip).toBe('127.0.0.1');
});

test('of several addresses only those inside are connected to', async () => {
  const { address } = await redis();
  const nodes = redisNodes({
    allowed: ['127.0.0.1/32'],
    lookup: async () => [{ address: '127.0.0.2' }, { address: '127.0.0.1' }],
  });
  expect((await answered(nodes, at('redis.example', address.port))).ip).toBe('127.0.0.1');
});

test('the address a node announces is judged, and not the one it is reached at', async () => {
  const server = await redis();
  const nodes = redisNodes({
    allowed: ['10.0.0.0/8'],
    connectTo: ({ host }) =>
      host === '10.9.9.9' ? at('redis.example', server.address.port) : server.address,
    lookup: async () => [{ address: '127.0.0.1' }],
  });
  for (const announced of ['10.1.2.3', '10.9.9.9', 'inside.example']) {
    expect((await answered(nodes, at(announced))).ip).toBe('127.0.0.1');
  }
  expect(await nodes.look({ ...request, node: at('192.0.2.1') })).toMatchObject({ outcome: 'misconfigured' });
});
