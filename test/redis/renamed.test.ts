import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { transactionOf } from '../../src/core/commands.ts';
import type { Address } from '../../src/core/model.ts';
import { access, answered, redis, redisNodes, replicaOf } from './fixture.ts';

const COMMANDS = [
  ...['AUTH', 'CLIENT', 'PING', 'INFO', 'SET', 'MULTI', 'EXEC', 'DISCARD'],
  ...['REPLICAOF', 'CONFIG', 'ROLE', 'FAILOVER', 'SCRIPT'],
];
const renamedCommands = Object.fromEntries(COMMANDS.map((name) => [name, `own-${name.toLowerCase()}`]));
const ACCESS = { passwords: ['wrong', 'right'], renamedCommands };

/** One directive of redis.conf may stand there many times: this goes in as the value of the last of them. */
const config = {
  requirepass: 'right',
  'rename-command': Object.entries(renamedCommands)
    .map((pair) => pair.join(' '))
    .join('\nrename-command '),
};

async function promoted(node: Address, link: string, nodes: ReturnType<typeof redisNodes>) {
  const commands = transactionOf({ kind: 'promote', node, link, fence: 'lease', epoch: 1 });
  return nodes.transact({ link, commands, timeoutMs: 2000, objection: () => undefined });
}

test('a node whose commands are renamed is looked at, promoted and left in its own words', async () => {
  const server = await redis({ config: { ...config, replicaof: '127.0.0.1 1' } });
  const nodes = redisNodes();
  const look = await nodes.look({
    node: server.address,
    info: 'replication',
    timeoutMs: 2000,
    access: access(ACCESS),
    writeProbe: true,
  });
  if (look.outcome !== 'answered') throw new Error(JSON.stringify(look));
  expect(look).toMatchObject({ reply: 'pong', info: { role: 'slave', runId: expect.any(String) } });
  const left = await nodes.transact({
    link: look.link,
    commands: [['ROLE']],
    timeoutMs: 2000,
    objection: () => 'not now',
  });
  expect(left).toEqual({ kind: 'abandoned', reason: 'not now' });
  const outcome = await promoted(server.address, look.link, nodes);
  if (outcome.kind !== 'executed') throw new Error(JSON.stringify(outcome));
  expect(outcome.replies.map(String).filter((reply) => reply.startsWith('ReplyError'))).toEqual([]);
  expect(outcome.replies.at(-1)).toMatchObject(['master', expect.any(Number), []]);
  expect(await answered(nodes, server.address, 'replication', ACCESS)).toMatchObject({
    link: look.link,
    info: { role: 'master' },
  });
  expect(await readFile(join(server.dir, 'redis.conf'), 'utf8')).not.toMatch(/^replicaof/m);
});

test('a node called by names it does not know is misconfigured', async () => {
  const server = await redis({ config });
  const request = { node: server.address, info: 'replication', timeoutMs: 2000 } as const;
  for (const change of [{ passwords: ['right'] }, {}, { passwords: [], renamedCommands }]) {
    expect(await redisNodes().look({ ...request, access: access(change) })).toMatchObject({
      outcome: 'misconfigured',
      detail: expect.stringMatching(/unknown command|NOAUTH/),
    });
  }
});

test('names that are corrected are taken up, and one that is not there leaves the transaction undone', async () => {
  const master = await redis();
  const replica = await replicaOf(master, { 'rename-command': 'REPLICAOF own-replicaof' });
  const nodes = redisNodes();
  const first = await answered(nodes, replica.address);
  expect(await promoted(replica.address, first.link, nodes)).toMatchObject({
    kind: 'abandoned',
    reason: expect.stringMatching(/^REPLICAOF: .*unknown command/),
  });
  const again = await answered(nodes, replica.address, 'replication', {
    renamedCommands: { REPLICAOF: 'own-replicaof' },
  });
  expect(again).toMatchObject({ link: first.link, info: { role: 'slave' } });
  expect(await promoted(replica.address, again.link, nodes)).toMatchObject({ kind: 'executed' });
});
