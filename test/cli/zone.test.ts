/** Zones as processes: what redis-sentinel's operators expect of them. */
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/local/ports.ts';
import { startRedis } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { terminal } from './terminal.ts';
import { LIMIT, type ZoneProcess, zones } from './zones.ts';

const LOG_LINE = /^\d+:X \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} [.*#-] /;

test('three of them fail over, tell their clients, log and write back as redis-sentinel does', {
  timeout: 240_000,
}, async () => {
  const at = await terminal();
  const { processes, dir, store } = at;
  const master = await startRedis(processes, { port: await freePort() });
  const replica = await startRedis(processes, { port: await freePort(), replicaOf: master.address });
  const calls = join(dir, 'calls');
  for (const script of ['notify', 'reconfigure']) {
    await writeFile(join(dir, script), `#!/bin/sh\necho "${script} $*" >> ${calls}\n`);
    await chmod(join(dir, script), 0o755);
  }
  const [first, ...others] = await zones(
    at,
    ['a', 'b', 'c'],
    [
      `sentinel monitor mymaster 127.0.0.1 ${master.address.port} 2`,
      '# quick, for a test',
      'sentinel down-after-milliseconds mymaster 600',
      'sentinel failover-timeout mymaster 5000',
      `sentinel notification-script mymaster ${join(dir, 'notify')}`,
      `sentinel client-reconfig-script mymaster ${join(dir, 'reconfigure')}`,
    ],
  );
  if (!first) throw new Error('three were made');
  const all = [first, ...others];
  for (const one of all) await one.start();

  const ids = await Promise.all(
    all.map(async (one) => /^sentinel myid ([0-9a-f]{40})$/m.exec(await one.text())?.[1]),
  );
  expect(new Set(ids).size).toBe(3);
  for (const [i, one] of all.entries()) {
    expect(await one.ask((asked) => asked.call('SENTINEL', 'MYID'))).toBe(ids[i]);
  }
  await until(
    'three voters and the replica',
    async () => {
      const state = await store.readState('mymaster');
      return state?.voters.length === 3 && Object.keys(state.replicas).length === 1;
    },
    LIMIT,
  );
  expect((await store.readState('mymaster'))?.voters.toSorted()).toEqual(ids.toSorted());
  expect(await readFile(first.pidfile, 'utf8')).toMatch(/^\d+\n$/);
  const doors = all.map(({ port }, i) => ({
    name: ids[i],
    ip: '127.0.0.1',
    port: String(port),
    runid: ids[i],
  }));
  for (const [i, one] of all.entries()) {
    const others = doors.filter((_, j) => j !== i);
    await until(`the two others at ${one.port}`, async () => (await othersToldAt(one)).length === 2, LIMIT);
    expect(await othersToldAt(one)).toEqual(expect.arrayContaining(others));
  }

  // an unmodified client of Redis Sentinel
  const client = new Redis({
    name: 'mymaster',
    sentinels: all.map(({ port }) => ({ host: '127.0.0.1', port })),
  });
  client.on('error', () => {}); // told by the command that fails
  onTestFinished(() => client.disconnect());
  expect(await client.set('k', 'before')).toBe('OK');

  await master.kill();
  const switched = `+switch-master mymaster 127.0.0.1 ${master.address.port} 127.0.0.1 ${replica.address.port}`;
  for (const one of all) {
    await until(
      `the switch in the log of ${one.file}`,
      async () => (await one.log()).includes(` # ${switched}\n`),
      LIMIT,
    );
  }
  expect(await client.set('k', 'after')).toBe('OK');
  expect(await first.ask((asked) => asked.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster'))).toEqual([
    '127.0.0.1',
    String(replica.address.port),
  ]);
  const log = await first.log();
  expect(log).toMatch(new RegExp(` # \\+sdown master mymaster 127.0.0.1 ${master.address.port}\n`));
  expect(
    log
      .trimEnd()
      .split('\n')
      .filter((line) => !LOG_LINE.test(line)),
  ).toEqual([]);
  expect(log.split(switched)).toHaveLength(2);
  expect(log).toContain(` # +monitor master mymaster 127.0.0.1 ${master.address.port} quorum 2\n`);

  for (const one of all) {
    await until(
      'the new master in the file',
      async () => {
        const text = await one.text();
        return text.includes(
          `sentinel monitor mymaster 127.0.0.1 ${replica.address.port} 2\n# quick, for a test\n`,
        );
      },
      LIMIT,
    );
  }
  expect(await first.text()).toContain('# zone a\n');
  await until(
    'the scripts’ calls',
    async () => {
      const told = await readFile(calls, 'utf8').catch(() => '');
      return (
        told.includes(`notify +switch-master ${switched.slice('+switch-master '.length)}`) &&
        new RegExp(`reconfigure mymaster (leader|observer) start 127.0.0.1 ${master.address.port} `).test(
          told,
        )
      );
    },
    LIMIT,
  );

  // what is asked for at one port the zones carry out, though nobody wakes them
  await master.restart();
  await until(
    'the old master as a replica',
    async () => (await master.client().info('replication')).includes('master_link_status:up'),
    LIMIT,
  );
  await until('nothing open', async () => (await store.readState('mymaster'))?.failover === undefined, LIMIT);
  expect(await first.ask((asked) => asked.call('SENTINEL', 'FAILOVER', 'mymaster'))).toBe('OK');
  await until(
    'the master where it was',
    async () => (await store.readState('mymaster'))?.master.address.port === master.address.port,
    LIMIT,
  );
  expect(await client.set('k', 'back')).toBe('OK');
  await until(
    'its file',
    async () => (await first.text()).includes(`mymaster 127.0.0.1 ${master.address.port} 2\n`),
    LIMIT,
  );

  const before = await first.text();
  expect(await first.end()).toBe(0);
  expect(existsSync(first.pidfile)).toBe(false);
  expect(await first.log()).toMatch(/SIGTERM: ending\n(.*\n)*.* ended\n$/);
  await first.start();
  expect(/^sentinel myid (.*)$/m.exec(await first.text())?.[1]).toBe(ids[0]);
  expect(before).toContain(`sentinel known-replica mymaster 127.0.0.1 ${replica.address.port}\n`);

  // the way back: redis-sentinel goes on from the file
  expect(await first.end('SIGINT')).toBe(0);
  await processes.spawn('redis-server', [first.file, '--sentinel'], { stdio: 'ignore' });
  const told = await until(
    'redis-sentinel',
    () => first.ask((asked) => asked.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')),
    LIMIT,
  );
  expect(told).toEqual(['127.0.0.1', String(master.address.port)]);
  expect(await first.ask((asked) => asked.call('SENTINEL', 'MYID'))).toBe(ids[0]);
});

/** What SENTINEL SENTINELS tells there. */
async function othersToldAt(zone: ZoneProcess) {
  const told = (await zone.ask((client) => client.call('SENTINEL', 'SENTINELS', 'mymaster'))) as string[][];
  return told.map((fields) => {
    const field = (name: string) => fields[fields.indexOf(name) + 1];
    return { name: field('name'), ip: field('ip'), port: field('port'), runid: field('runid') };
  });
}

test('a master that is removed leaves the file, one that is added enters it', {
  timeout: 120_000,
}, async () => {
  const at = await terminal();
  const node = await startRedis(at.processes, { port: await freePort() });
  const [one] = await zones(at, ['a'], [`sentinel monitor mymaster 127.0.0.1 ${node.address.port} 1`]);
  if (!one) throw new Error('one was made');
  await one.start();
  const call = (...words: [string, ...string[]]) => one.ask((client) => client.call(...words));
  expect(await call('SENTINEL', 'SET', 'mymaster', 'parallel-syncs', '7')).toBe('OK');
  await until(
    'what was set',
    async () => (await one.text()).includes('sentinel parallel-syncs mymaster 7\n'),
    LIMIT,
  );
  expect(await call('SENTINEL', 'MONITOR', 'other', '127.0.0.1', String(node.address.port), '1')).toBe('OK');
  await until(
    'the new one',
    async () => (await one.text()).includes('sentinel monitor other 127.0.0.1'),
    LIMIT,
  );
  expect(await call('SENTINEL', 'REMOVE', 'mymaster')).toBe('OK');
  await until(
    'the file without the removed one',
    async () => !(await one.text()).includes(' mymaster'),
    LIMIT,
  );
  expect(await one.log()).toContain(` # -monitor master mymaster 127.0.0.1 ${node.address.port}\n`);
});

test('in the background it tells whether it stands', { timeout: 120_000 }, async () => {
  const at = await terminal();
  const [one] = await zones(at, ['a'], ['sentinel monitor mymaster 127.0.0.1 1 1', 'daemonize yes']);
  if (!one) throw new Error('one was made');
  const table = ['--table', at.table.tableName, '--endpoint', at.table.endpoint];
  const started = await program('zone', one.file, ...table);
  expect(started).toMatchObject({ status: 0, err: '' });
  const pid = Number(await readFile(one.pidfile, 'utf8'));
  onTestFinished(() => kill(pid));
  expect(await one.ask((client) => client.ping())).toBe('PONG');
  // its port is taken
  const again = await program('zone', one.file, ...table);
  expect(again.status).toBe(2);
  expect(again.err).toContain(String(one.port));
  expect(Number(await readFile(one.pidfile, 'utf8'))).toBe(pid);
  process.kill(pid, 'SIGTERM');
  await until('its end', () => !existsSync(`/proc/${pid}`), LIMIT);
});

test('what it cannot begin with is told, with status 2', { timeout: 60_000 }, async () => {
  const { ask, file, dir } = await terminal();
  const monitor = 'sentinel monitor mymaster 127.0.0.1 1 1';
  const told = async (...lines: string[]) => ask('zone', await file(...lines));
  expect(await told('sentinel monitor x')).toMatchObject({
    status: 2,
    err: expect.stringContaining(':1: sentinel monitor x'),
  });
  expect(await told(monitor, `sentinel notification-script mymaster ${dir}/none`)).toMatchObject({
    status: 2,
    err: `the script ${dir}/none of mymaster is not there, or may not be run`,
  });
  expect(await told(monitor, 'sentinel auth-pass mymaster pw')).toMatchObject({
    status: 2,
    err: expect.stringContaining('SECRETS_KEY'),
  });
  expect(await told(monitor, 'port 0', 'bind 0.0.0.0', 'tls-port 1')).toMatchObject({
    status: 2,
    err: 'tls-port needs tls-cert-file and tls-key-file',
  });
  expect(await told(monitor, 'bind 0.0.0.0')).toMatchObject({
    status: 2,
    err: expect.stringContaining('asks nobody for a password'),
  });
  expect(await told(monitor, `dir ${dir}/none`)).toMatchObject({
    status: 2,
    err: expect.stringContaining(`${dir}/none`),
  });
});

async function program(...args: readonly string[]): Promise<{ status: number; err: string }> {
  const { execFile } = await import('node:child_process');
  const { fileURLToPath } = await import('node:url');
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] };
    execFile(process.execPath, [main, ...args], { env }, (error, _, err) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? -1 : 0, err }),
    );
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}
