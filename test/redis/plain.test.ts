import { expect, test } from 'vitest';
import type { NodeLook } from '../../src/core/looks.ts';
import type { TransactionRequest } from '../../src/ports.ts';
import { answered, lookUntil, redis, redisNodes } from './fixture.ts';

const KILL_SCRIPT = { commands: [['SCRIPT', 'KILL']] };

function sent(link: string, change: Partial<TransactionRequest>): TransactionRequest {
  return { link, commands: [], timeoutMs: 2000, objection: () => undefined, ...change };
}

test('a plain command ends the script of a busy node on the connection of the look that saw it', async () => {
  const server = await redis({ config: { 'busy-reply-threshold': '1' } });
  const nodes = redisNodes();
  const script = server
    .client()
    .eval('while true do end', 0)
    .catch((error: Error) => error.message);
  const busy = await lookUntil(nodes, server.address, ({ outcome }) => outcome === 'busy');
  const linkOf = (look: NodeLook) => (look.outcome === 'busy' ? look.link : '');
  expect(await nodes.transact(sent(linkOf(busy), KILL_SCRIPT))).toMatchObject({
    kind: 'abandoned',
    reason: expect.stringMatching(/^EXEC: EXECABORT.*BUSY/),
  });
  const again = await lookUntil(nodes, server.address, ({ outcome }) => outcome === 'busy');
  expect(await nodes.transact(sent(linkOf(again), { ...KILL_SCRIPT, plain: true }))).toMatchObject({
    kind: 'executed',
    replies: ['OK'],
  });
  expect(await script).toContain('killed');
  expect((await answered(nodes, server.address)).link).toBe(linkOf(again));
});

test('of plain commands each has a reply of its own, an error too', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address);
  const commands = [['SCRIPT', 'KILL'], ['PING']];
  const outcome = await nodes.transact(sent(link, { commands, plain: true }));
  if (outcome.kind !== 'executed') throw new Error(JSON.stringify(outcome));
  expect(outcome.replies[0]).toBeInstanceOf(Error);
  expect(String(outcome.replies[0])).toContain('NOTBUSY');
  expect(outcome.replies[1]).toBe('PONG');
  expect((await answered(nodes, server.address)).link).toBe(link);
});

test('an objection to a plain command keeps it from leaving', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address);
  const commands = [['SET', 'ran', 'yes']];
  const outcome = await nodes.transact(sent(link, { commands, plain: true, objection: () => 'too late' }));
  expect(outcome).toEqual({ kind: 'abandoned', reason: 'too late' });
  expect(await server.client().exists('ran')).toBe(0);
  expect((await answered(nodes, server.address)).link).toBe(link);
});

test('a plain command that is not answered in time is unknown, and its connection is closed', async () => {
  const server = await redis();
  const nodes = redisNodes();
  const { link } = await answered(nodes, server.address);
  await server.stop();
  const request = sent(link, { ...KILL_SCRIPT, plain: true, timeoutMs: 50 });
  expect(await nodes.transact(request)).toEqual({ kind: 'unknown', reason: 'SCRIPT was sent: timed out' });
  expect(await nodes.transact(request)).toMatchObject({ kind: 'abandoned' });
  server.cont();
  expect((await answered(nodes, server.address)).link).not.toBe(link);
});
