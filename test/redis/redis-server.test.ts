import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { startRedis } from '../../src/local/redis-server.ts';
import { redis } from './fixture.ts';

test('what CONFIG REWRITE wrote is still so after a restart', async () => {
  const server = await redis();
  const { pid } = server;
  const client = server.client();
  await client.config('SET', 'replica-priority', '42');
  await client.config('REWRITE');
  await server.restart();
  expect(server.pid).not.toBe(pid);
  expect(await server.client().config('GET', 'replica-priority')).toEqual(['replica-priority', '42']);
});

test('a server that does not start says why', async () => {
  const { address } = await redis();
  const processes = new Processes();
  onTestFinished(() => processes.end());
  await expect(startRedis(processes, { port: address.port })).rejects.toThrow(/exited early.*in use/s);
  await expect(
    startRedis(processes, { port: await freePort(), config: { 'no-such-directive': '1' } }),
  ).rejects.toThrow(/exited early.*no-such-directive/s);
});

test('a missing redis-server is named with what installs it', async () => {
  const path = process.env['PATH'];
  onTestFinished(() => {
    process.env['PATH'] = path;
  });
  process.env['PATH'] = '/nowhere';
  const processes = new Processes();
  await expect(startRedis(processes, { port: 1 })).rejects.toThrow('apt-get install redis-server');
});

test('a stopped server holds back its answers until it goes on', async () => {
  const server = await redis();
  const client = server.client();
  const order: string[] = [await client.ping()];
  await server.stop();
  const answer = client.ping().then(() => order.push('answered'));
  for (const state of [await processState(server.pid), 'asked']) order.push(state);
  server.cont();
  await answer;
  expect(order).toEqual(['PONG', 'T', 'asked', 'answered']);
});

test('the end of a server is the end of its process and of its temporary folder', async () => {
  const server = await redis();
  const { pid, dir } = server;
  expect(server.running).toBe(true);
  await server.end();
  expect(server.running).toBe(false);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(() => server.pid).toThrow('is not running');
  await expect(access(dir)).rejects.toThrow('ENOENT');
});

async function processState(pid: number): Promise<string> {
  const stat = await readFile(join('/proc', String(pid), 'stat'), 'utf8');
  return stat.charAt(stat.lastIndexOf(')') + 2);
}
