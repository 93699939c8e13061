import { expect, test } from 'vitest';
import type { NodeAccess } from '../../src/ports.ts';
import { access, answered, namedConnections, redis, redisNodes } from './fixture.ts';

const RIGHT = { requirepass: 'right' };
const USER_U = { username: 'u', passwords: ['p'] };

test.for<[string, Record<string, string>, Partial<NodeAccess>, string]>([
  ['no password is sent to a node that wants one', RIGHT, {}, 'NOAUTH'],
  ['the password is wrong', RIGHT, { passwords: ['wrong'] }, 'WRONGPASS'],
  ['every password is wrong', RIGHT, { passwords: ['wrong', 'older', 'oldest'] }, 'WRONGPASS'],
  ['a password is sent to a node that has none', {}, { passwords: ['any'] }, 'without any password'],
  ['the user does not exist', {}, { username: 'nobody', passwords: ['any'] }, 'WRONGPASS'],
  ['the user may not PING', { user: 'u on >p -@all +info' }, USER_U, 'NOPERM'],
  ['the user may not INFO', { user: 'u on >p -@all +ping' }, USER_U, 'NOPERM'],
])('misconfigured, not down: %s', async ([, config, change, detail]) => {
  const server = await redis({ config });
  const nodes = redisNodes();
  const request = { node: server.address, info: 'replication', timeoutMs: 2000 } as const;
  for (const _ of ['first look', 'second look']) {
    const look = await nodes.look({ ...request, access: access(change) });
    expect(look).toMatchObject({ outcome: 'misconfigured', detail: expect.stringContaining(detail) });
  }
});

test('a node that takes no more clients is misconfigured, not down', async () => {
  const server = await redis({ config: { maxclients: '1' } });
  await server.client().ping();
  const nodes = redisNodes();
  for (const passwords of [[], ['any']]) {
    const request = { node: server.address, info: 'replication', timeoutMs: 2000 } as const;
    expect(await nodes.look({ ...request, access: access({ passwords }) })).toMatchObject({
      outcome: 'misconfigured',
      detail: expect.stringContaining('max number of clients'),
    });
  }
});

test('a password that is refused gives way to the next, on the same connection', async () => {
  const server = await redis({ config: { requirepass: 'before' } });
  const nodes = redisNodes();
  const passwords = ['current', 'before', 'never'];
  const first = await answered(nodes, server.address, 'replication', { passwords });
  expect(first).toMatchObject({ reply: 'pong', info: { role: 'master', runId: expect.any(String) } });
  const client = server.client({ password: 'before' });
  expect(await client.info('stats')).toMatch(/total_connections_received:3\r/); // its fixture's was one
  expect(await client.info('commandstats')).toMatch(/cmdstat_auth:calls=2,.*failed_calls=1/);
  expect(await answered(nodes, server.address, 'replication', { passwords })).toMatchObject({
    link: first.link,
  });
});

test('while a password is rotated no look fails', async () => {
  const server = await redis({ config: { requirepass: 'before' } });
  const client = server.client({ password: 'before' });
  const nodes = redisNodes();
  const look = async (...passwords: string[]) => answered(nodes, server.address, 'all', { passwords });
  const links = [(await look('before')).link];
  links.push((await look('current', 'before')).link); // the sentinel knows the new one first
  await client.config('SET', 'requirepass', 'current');
  links.push((await look('current', 'before')).link); // the connection outlives the change
  await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  links.push((await look('current', 'before')).link);
  links.push((await look('current')).link);
  expect(links[2]).toBe(links[1]);
  expect(new Set(links).size).toBe(4);
});

test('other access than a connection was opened with replaces it', async () => {
  const server = await redis({ config: { user: 'u on >p >q ~* +@all' } });
  const nodes = redisNodes();
  const ways = [{}, USER_U, { username: 'u', passwords: ['q', 'p'] }, USER_U, {}];
  const links = [];
  for (const way of ways) {
    for (const _ of ['first', 'kept']) links.push((await answered(nodes, server.address, 'all', way)).link);
  }
  expect(new Set(links).size).toBe(ways.length);
  expect(links.filter((_, i) => i % 2 === 0)).toEqual(links.filter((_, i) => i % 2 === 1));
  expect(await namedConnections(server)).toBe(1);
});

test('a corrected password is taken up by the next look', async () => {
  const server = await redis({ config: RIGHT });
  const nodes = redisNodes();
  const look = (password: string) =>
    nodes.look({
      node: server.address,
      info: 'replication',
      timeoutMs: 2000,
      access: access({ passwords: [password] }),
    });
  expect([(await look('wrong')).outcome, (await look('right')).outcome]).toEqual([
    'misconfigured',
    'answered',
  ]);
});

test('a transaction under way when the access changes ends on its own connection', async () => {
  const server = await redis({ config: { user: 'u on >p ~* +@all' } });
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address);
  const { promise, resolve } = Promise.withResolvers<void>();
  const transaction = nodes.transact({
    link,
    commands: [['EVAL', 'for i = 1, 5e6 do end return 1', '0'], ['ROLE']],
    timeoutMs: 2000,
    objection: () => void resolve(),
  });
  const changed = answered(nodes, server.address, 'replication', USER_U);
  await promise;
  expect(await transaction).toMatchObject({ kind: 'executed', replies: [1, expect.anything()] });
  expect((await changed).link).not.toBe(link);
  await expect.poll(() => namedConnections(server)).toBe(1);
});
