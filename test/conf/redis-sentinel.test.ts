/** The file between the two: redis-sentinel reads what is written here, and what it writes is read here. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { readConf } from '../../src/conf/read.ts';
import { rewriteConf, type Setting } from '../../src/conf/rewrite.ts';
import { globalSettings, masterSettings } from '../../src/conf/settings.ts';
import { monitor } from '../../src/core/operations/monitor.ts';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { startRedis } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { checked } from '../../src/sentinel/operate.ts';
import { confOf, textOf } from './file.ts';

const ID = '0123456789abcdef0123456789abcdef01234567';
const PASSWORD = 'p"w \\é\n';
/** Of this one Redis 7.0 writes back the bare word, and could not read its own file with another. */
const BARE = 'p\\w';
const BEFORE = '# who looks after the cache\nSENTINEL resolve-hostnames no\n\n# the end\n';

test('redis-sentinel takes what is written, and what it makes of the file is read', {
  timeout: 60_000,
}, async () => {
  const processes = new Processes();
  onTestFinished(() => processes.end());
  const dir = await processes.temporaryDir('conf-');
  const master = await startRedis(processes, { port: await freePort() });
  const replica = await startRedis(processes, { port: await freePort(), replicaOf: master.address });
  const port = await freePort();
  const state = checked(
    monitor(
      {
        name: 'my-master',
        host: '127.0.0.1',
        port: master.address.port,
        directives: {
          quorum: 2,
          'down-after-milliseconds': 4321,
          'failover-timeout': 54_321,
          'parallel-syncs': 3,
          'rename-command': { DEBUG: 'guessme', SHUTDOWN: 'guessmetoo' },
        },
      },
      'test',
      systemClock.now(),
    ),
  );
  const plain: Setting[] = [
    { key: ['port'], values: [[String(port)]] },
    { key: ['bind'], values: [['127.0.0.1']] },
    { key: ['dir'], values: [[dir]] },
    { key: ['requirepass'], values: [[PASSWORD]] },
    { key: ['sentinel', 'sentinel-pass'], values: [[BARE]] },
  ];
  const given = Buffer.from(BEFORE);
  const ours = { ...state, configEpoch: 5, currentEpoch: 6 };
  const written = rewriteConf(given, [
    ...plain,
    ...masterSettings(ours, confOf(given)),
    ...globalSettings(ID, [ours]),
  ]);
  const file = join(dir, 'sentinel.conf');
  await writeFile(file, written);
  await processes.spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  const client = new Redis({
    port,
    password: PASSWORD,
    protocol: 2,
    maxRetriesPerRequest: 0,
    lazyConnect: true,
  });
  onTestFinished(() => client.disconnect());
  client.on('error', () => {}); // told by the command that fails
  await until('an answer of redis-sentinel', () => client.ping(), { timeoutMs: 20_000 });

  expect(await client.call('SENTINEL', 'MYID')).toBe(ID);
  const told = (await client.call('SENTINEL', 'MASTER', 'my-master')) as string[];
  const field = (name: string) => told[told.indexOf(name) + 1];
  expect([field('ip'), field('port'), field('quorum')]).toEqual([
    '127.0.0.1',
    String(master.address.port),
    '2',
  ]);
  expect([field('down-after-milliseconds'), field('failover-timeout')]).toEqual(['4321', '54321']);
  expect([field('parallel-syncs'), field('config-epoch')]).toEqual(['3', '5']);

  const rewritten = await until(
    'a file in which redis-sentinel wrote the replica down',
    async () => {
      const bytes = await readFile(file);
      return textOf(bytes).includes(`known-replica my-master 127.0.0.1 ${replica.address.port}`) && bytes;
    },
    { timeoutMs: 30_000 },
  );
  const conf = confOf(rewritten);
  expect(conf.server).toMatchObject({ port, bind: ['127.0.0.1'], dir, requirepass: PASSWORD });
  expect(conf.sentinel).toMatchObject({ myid: ID, sentinelPass: BARE, resolveHostnames: false });
  expect(conf.masters).toMatchObject([
    {
      name: 'my-master',
      request: {
        host: '127.0.0.1',
        port: String(master.address.port),
        directives: { quorum: '2', 'down-after-milliseconds': '4321', 'parallel-syncs': '3' },
      },
      state: { configEpoch: 5, replicas: [{ host: '127.0.0.1', port: replica.address.port }] },
    },
  ]);
  expect(readConf(rewritten).ok).toBe(true);
  // of what it wrote nothing has to be changed to say the same
  const known = {
    [`127.0.0.1:${replica.address.port}`]: { address: replica.address, reconfiguration: 'none' as const },
  };
  const epoch = conf.sentinel.currentEpoch ?? 0;
  const same = { ...ours, replicas: known, currentEpoch: epoch };
  const leaderEpoch = conf.masters[0]?.state.leaderEpoch ?? 0;
  const settings = masterSettings(same, conf).map((setting) =>
    setting.key[1] === 'leader-epoch' ? { ...setting, values: [[String(leaderEpoch)]] } : setting,
  );
  expect(textOf(rewriteConf(rewritten, [...settings, ...globalSettings(ID, [same])]))).toBe(
    textOf(rewritten),
  );
});
