/** The gateway as a process. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/local/ports.ts';
import { startRedis } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { terminal } from './terminal.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const LIMIT = { timeoutMs: 30_000 };

type Terminal = Awaited<ReturnType<typeof terminal>>;

async function started(
  { processes, table }: Terminal,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const where = ['--table', table.tableName, '--endpoint', table.endpoint];
  const env = { PATH: process.env['PATH'], ...more };
  return processes.spawn(process.execPath, [MAIN, 'gateway', ...args, ...where], { env, stdio: 'ignore' });
}

function sentinelAt(port: number, password?: string): Redis {
  const client = new Redis({
    port,
    ...(password && { password }),
    maxRetriesPerRequest: null,
    enableReadyCheck: false,
  });
  client.on('error', () => {}); // it is tried again until the gateway stands
  onTestFinished(() => client.disconnect());
  return client;
}

const ADDRESS = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster'] as const;

test('clients of Redis Sentinel find the master at it; SIGTERM ends it', { timeout: 60_000 }, async () => {
  const at = await terminal();
  const node = await startRedis(at.processes, { port: await freePort() });
  await at.ask('import', await at.file(`sentinel monitor mymaster 127.0.0.1 ${node.address.port} 2`));
  const port = await freePort();
  const gateway = await started(at, ['--port', String(port)]);
  const redis = new Redis({ name: 'mymaster', sentinels: [{ host: '127.0.0.1', port }] });
  redis.on('error', () => {}); // it is tried again until the gateway stands
  onTestFinished(() => redis.disconnect());
  expect(await redis.set('k', 'v')).toBe('OK');
  await expect(sentinelAt(port).call('SENTINEL', 'REMOVE', 'mymaster')).rejects.toThrow();
  expect(await at.store.names()).toEqual(['mymaster']);
  const gone = once(gateway, 'exit');
  gateway.kill('SIGTERM');
  expect(await gone).toEqual([0, null]);
});

test('a sentinel.conf says where it listens and who may come in; --allow-operate lets them change', {
  timeout: 60_000,
}, async () => {
  const at = await terminal();
  await at.ask('import', await at.file('sentinel monitor mymaster 127.0.0.1 6379 2'));
  const port = await freePort();
  const file = await at.file(`port ${port}`, 'requirepass "open sesame"', `logfile ${at.dir}/gateway.log`);
  await started(at, [file, '--allow-operate', '--poll', '100']);
  const client = sentinelAt(port, 'open sesame');
  expect(await client.call(...ADDRESS)).toEqual(['127.0.0.1', '6379']);
  await expect(sentinelAt(port).call(...ADDRESS)).rejects.toThrow(/NOAUTH/);
  expect(await client.call('SENTINEL', 'SET', 'mymaster', 'quorum', '3')).toBe('OK');
  await until(
    'the quorum',
    async () => (await at.store.readState('mymaster'))?.directives.quorum === 3,
    LIMIT,
  );
});

test('a password may come by the environment', { timeout: 60_000 }, async () => {
  const at = await terminal();
  await at.ask('import', await at.file('sentinel monitor mymaster 127.0.0.1 6379 2'));
  const port = await freePort();
  await started(at, ['--port', String(port)], { GATEWAY_PASSWORD: 'sesame' });
  expect(await sentinelAt(port, 'sesame').call(...ADDRESS)).toEqual(['127.0.0.1', '6379']);
});

test('it does not begin open to everybody, nor at a port that is taken, nor nowhere', {
  timeout: 60_000,
}, async () => {
  const { ask, file, processes } = await terminal();
  const told = await ask('gateway', '--host', '0.0.0.0', '--port', String(await freePort()));
  expect(told).toMatchObject({ status: 2, err: expect.stringContaining('asks nobody for a password') });
  const node = await startRedis(processes, { port: await freePort() });
  expect(await ask('gateway', '--port', String(node.address.port))).toMatchObject({
    status: 2,
    err: expect.stringContaining(String(node.address.port)),
  });
  expect(await ask('gateway', await file('port 0'))).toMatchObject({
    status: 2,
    err: expect.stringContaining('nowhere to listen'),
  });
  expect(await ask('gateway', '--peers', 'a:1,b')).toMatchObject({
    status: 2,
    err: expect.stringContaining('allowed is host:port'),
  });
});
