import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { transactionOf } from '../../src/core/commands.ts';
import type { TransactionRequest } from '../../src/ports.ts';
import { answered, lookUntil, redis, redisNodes, replicaOf } from './fixture.ts';
import { stallingProxy } from './stalling-proxy.ts';

const PROMOTION = [
  ['REPLICAOF', 'NO', 'ONE'],
  ['CONFIG', 'REWRITE'],
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
  ['CLIENT', 'UNPAUSE'],
  ['ROLE'],
];

const USER = { username: 'u', passwords: ['p'] };

function promotion(link: string, change: Partial<TransactionRequest> = {}): TransactionRequest {
  return { link, commands: PROMOTION, timeoutMs: 2000, objection: () => undefined, ...change };
}

test('a promotion runs, its own ROLE says master, it spares its caller and survives a restart', async () => {
  const master = await redis();
  const replica = await replicaOf(master);
  await replica.client().ping();
  const nodes = redisNodes();
  const { link } = await answered(nodes, replica.address);
  const outcome = await nodes.transact(promotion(link));
  if (outcome.kind !== 'executed') throw new Error(JSON.stringify(outcome));
  const [replicaofReply, rewrite, normal, pubsub, unpause, role] = outcome.replies;
  expect([replicaofReply, rewrite, pubsub, unpause]).toEqual(['OK', 'OK', 0, 'OK']);
  expect(normal).toBeGreaterThanOrEqual(1); // the client above, and any other, but not the caller
  expect(role).toMatchObject(['master', expect.any(Number), []]);
  const after = await answered(nodes, replica.address);
  expect(after).toMatchObject({ link, info: { role: 'master' } });
  await replica.restart();
  expect((await answered(nodes, replica.address)).info?.role).toBe('master');
});

test('an objection before EXEC abandons: nothing ran, and the connection is still good', async () => {
  const master = await redis();
  const replica = await replicaOf(master);
  const nodes = redisNodes();
  const { link } = await answered(nodes, replica.address);
  const outcome = await nodes.transact(promotion(link, { objection: () => 'the lease is over' }));
  expect(outcome).toEqual({ kind: 'abandoned', reason: 'the lease is over' });
  expect(await answered(nodes, replica.address)).toMatchObject({ link, info: { role: 'slave' } });
  expect(await replica.client().info('commandstats')).not.toContain('cmdstat_replicaof');
  expect(await nodes.transact(promotion(link))).toMatchObject({ kind: 'executed' });
});

test('the objection is asked when every command is queued and EXEC has not left', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address);
  const order: string[] = [];
  const outcome = await nodes.transact(
    promotion(link, {
      commands: [['SET', 'ran', 'yes']],
      objection: () => {
        order.push('asked');
        return undefined;
      },
    }),
  );
  order.push(outcome.kind);
  expect(order).toEqual(['asked', 'executed']);
  const failing = await nodes.transact(
    promotion(link, {
      objection: () => {
        throw new Error('no clock');
      },
    }),
  );
  expect(failing).toMatchObject({ kind: 'abandoned', reason: expect.stringContaining('no clock') });
});

test('a node stopped before MULTI runs nothing when it wakes after its sender gave up', {
  timeout: 60_000,
}, async () => {
  const master = await redis();
  const replica = await replicaOf(master);
  const client = replica.client();
  const nodes = redisNodes();
  const seen: unknown[] = [];
  for (let round = 0; round < 20; round++) {
    const { link } = await answered(nodes, replica.address);
    await replica.stop();
    const outcome = await nodes.transact(promotion(link, { timeoutMs: 20 }));
    replica.cont();
    await client.ping(); // it is awake, and has read what was waiting
    const after = await answered(nodes, replica.address);
    seen.push([outcome.kind, after.info?.role, after.link === link]);
  }
  expect(seen).toEqual(Array(20).fill(['abandoned', 'slave', false]));
  expect(await client.info('commandstats')).not.toContain('cmdstat_replicaof');
});

test('a node stopped between QUEUED and an objection runs nothing when it wakes', async () => {
  const master = await redis();
  const replica = await replicaOf(master);
  const client = replica.client();
  const nodes = redisNodes();
  const { link } = await answered(nodes, replica.address);
  const { pid } = replica;
  const outcome = await nodes.transact(
    promotion(link, {
      timeoutMs: 100,
      objection: () => {
        process.kill(pid, 'SIGSTOP');
        return 'too late';
      },
    }),
  );
  replica.cont();
  await client.ping();
  expect(outcome).toEqual({ kind: 'abandoned', reason: 'too late' });
  expect((await answered(nodes, replica.address)).info?.role).toBe('slave');
  expect(await client.info('commandstats')).not.toContain('cmdstat_replicaof');
});

test('EXEC that left and is not answered in time is unknown', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address);
  const { pid } = server;
  const outcome = await nodes.transact(
    promotion(link, {
      // The command is long under way when the deadline comes: stopping the node could come too late.
      commands: [['EVAL', 'while true do end', '0']],
      timeoutMs: 100,
    }),
  );
  expect(outcome).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('timed out') });
  expect(process.kill(pid, 0)).toBe(true);
  expect(await nodes.transact(promotion(link))).toMatchObject({ kind: 'abandoned' });
});

test('a command that is not queued abandons the whole and names the error', async () => {
  const server = await redis({ config: { user: 'u on >p ~* +@all -config|rewrite' } });
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address, 'replication', USER);
  const outcome = await nodes.transact(promotion(link));
  expect(outcome).toMatchObject({ kind: 'abandoned', reason: expect.stringMatching(/^CONFIG: NOPERM/) });
  expect((await answered(nodes, server.address, 'replication', USER)).link).toBe(link);
  expect(await server.client().info('commandstats')).not.toContain('cmdstat_replicaof');
});

test('where MULTI is not permitted the commands behind it do not run one by one', async () => {
  const master = await redis();
  const replica = await replicaOf(master, { user: 'u on >p ~* +@all -multi' });
  const nodes = redisNodes();
  const { link } = await answered(nodes, replica.address, 'replication', USER);
  const outcome = await nodes.transact(promotion(link));
  expect(outcome).toMatchObject({ kind: 'abandoned', reason: expect.stringMatching(/^MULTI: NOPERM/) });
  expect(await answered(nodes, replica.address, 'replication', USER)).toMatchObject({
    link,
    info: { role: 'slave' },
  });
});

test('an error of one command is a value among the replies', async () => {
  const server = await redis();
  await rm(server.dir, { recursive: true });
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address);
  const outcome = await nodes.transact(promotion(link, { commands: [['CONFIG', 'REWRITE'], ['ROLE']] }));
  if (outcome.kind !== 'executed') throw new Error(JSON.stringify(outcome));
  expect(outcome.replies[0]).toBeInstanceOf(Error);
  expect(String(outcome.replies[0])).toContain('Rewriting config file');
  expect(outcome.replies[1]).toEqual(['master', expect.any(Number), []]);
});

test('a transaction for a connection that closed is abandoned, never sent on another one', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address);
  await server.client().call('CLIENT', 'KILL', 'TYPE', 'normal');
  const first = await nodes.transact(promotion(link));
  const other = await answered(nodes, server.address);
  const second = await nodes.transact(promotion(link));
  const unheardOf = await nodes.transact(promotion('127.0.0.1:1#1'));
  expect([first.kind, second.kind, unheardOf.kind]).toEqual(['abandoned', 'abandoned', 'abandoned']);
  expect(other.link).not.toBe(link);
  expect(await server.client().info('commandstats')).not.toContain('cmdstat_replicaof');
});

test('a look during a transaction does not get between MULTI and EXEC', async () => {
  const server = await redis();
  const nodes = redisNodes();
  for (let round = 0; round < 50; round++) {
    const { link } = await answered(nodes, server.address);
    const [outcome, look] = await Promise.all([
      nodes.transact(promotion(link)),
      answered(nodes, server.address),
    ]);
    expect(outcome.kind === 'executed' && outcome.replies).toHaveLength(PROMOTION.length);
    expect(look).toMatchObject({ link, reply: 'pong', info: { role: 'master' } });
  }
});

test('a transaction that hangs makes the looks meanwhile silent, and its reset is not taken for a refusal', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const { link, at } = await answered(nodes, server.address);
  await server.stop();
  const transaction = nodes.transact(promotion(link, { timeoutMs: 150 }));
  const during = await nodes.look({ node: server.address, info: 'replication', timeoutMs: 50 });
  expect(during).toMatchObject({ outcome: 'silent' });
  expect(during.outcome === 'silent' && during.since).toBeGreaterThanOrEqual(at);
  expect(await transaction).toMatchObject({ kind: 'abandoned' });
  const after = await nodes.look({ node: server.address, info: 'replication', timeoutMs: 50 });
  expect(after).toMatchObject({ outcome: 'silent', since: during.outcome === 'silent' && during.since });
  server.cont();
  const back = await lookUntil(nodes, server.address, ({ outcome }) => outcome !== 'silent');
  expect(back.outcome).toBe('answered');
});

test('a connection reset by a transaction is no refusal to a look that began before it was opened', async () => {
  const server = await redis();
  const proxy = await stallingProxy(server.address);
  const nodes = redisNodes({ connectTo: () => proxy.address });
  await answered(nodes, server.address);
  const shorter = answered(nodes, server.address);
  const longer = nodes.look({ node: server.address, info: 'all', timeoutMs: 3000 });
  proxy.cut(); // so that the shorter look opens a connection, after the longer one began
  const { link } = await shorter;
  proxy.stall();
  const outcome = await nodes.transact(promotion(link, { timeoutMs: 50 }));
  expect(outcome).toEqual({ kind: 'abandoned', reason: 'MULTI: timed out' });
  expect(await longer).toMatchObject({ outcome: 'answered', info: { runId: expect.any(String) } });
});

test('two transactions at a time on one connection: the second is abandoned, the first runs', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address);
  const outcomes = await Promise.all([nodes.transact(promotion(link)), nodes.transact(promotion(link))]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['executed', 'abandoned']);
});

test('close ends a transaction that waits for a stopped node', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address);
  await server.stop();
  const transaction = nodes.transact(promotion(link, { timeoutMs: 60_000 }));
  nodes.close();
  expect(await transaction).toMatchObject({ kind: 'abandoned' });
  server.cont();
});

test('a node that is stuck in a FAILOVER of its own says so in its looks until it is freed', async () => {
  const master = await redis();
  const replica = await replicaOf(master);
  const client = master.client();
  const nodes = redisNodes();
  const first = await answered(nodes, master.address);
  await expect.poll(() => client.info('replication')).toContain('state=online');
  await replica.stop();
  await client.set('a', '1'); // so that the replica is behind
  await client.call('FAILOVER');
  const stuck = await answered(nodes, master.address);
  expect([first.info?.handingOver, stuck.info?.handingOver]).toEqual([undefined, true]);
  const { link } = stuck;
  const command = { kind: 'free', node: master.address, link, fence: 'read', epoch: 1 } as const;
  expect(await nodes.transact(promotion(link, { commands: transactionOf(command) }))).toMatchObject({
    kind: 'executed',
    replies: ['OK', 'OK', expect.any(Number), 0, ['master', expect.any(Number), expect.any(Array)]],
  });
  expect((await answered(nodes, master.address)).info).not.toHaveProperty('handingOver');
  replica.cont();
});

test('where DISCARD is not permitted a transaction given up closes its connection: in MULTI no probe is answered', async () => {
  const server = await redis({ config: { user: 'u on >p ~* +@all -discard' } });
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address, 'replication', USER);
  const outcome = await nodes.transact(promotion(link, { objection: () => 'too late' }));
  expect(outcome).toEqual({ kind: 'abandoned', reason: 'too late' });
  const after = await answered(nodes, server.address, 'replication', USER);
  expect(after).toMatchObject({ reply: 'pong', info: { role: 'master' } });
  expect(after.link).not.toBe(link);
});

test('without the right to CLIENT KILL the fence is gone: nothing of the transaction runs', async () => {
  const master = await redis();
  const replica = await replicaOf(master, { user: 'u on >p ~* +@all -client|kill' });
  const nodes = redisNodes();
  const { link } = await answered(nodes, replica.address, 'replication', USER);
  const client = replica.client();
  const config = await client.config('GET', '*');
  expect(await nodes.transact(promotion(link))).toMatchObject({
    kind: 'abandoned',
    reason: expect.stringMatching(/^CLIENT: NOPERM.*client\|kill/),
  });
  const stats = await client.info('commandstats');
  for (const command of ['replicaof', 'exec', 'config|rewrite', 'client|unpause', 'role']) {
    expect(stats).not.toMatch(new RegExp(`cmdstat_${command.replace('|', '\\|')}:calls=[1-9]`));
  }
  expect(await client.config('GET', '*')).toEqual(config);
  const after = await answered(nodes, replica.address, 'replication', USER);
  expect(after).toMatchObject({ link, info: { role: 'slave', upstream: { linkUp: true } } });
});
