/** The package as npm packs it, in the hands of a consumer who has CDK and nothing of ours but it. */
import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dynamoClient } from '../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../src/adapters/dynamodb/store.ts';
import { systemClock } from '../src/adapters/system/clock.ts';
import { jsonTelemetry } from '../src/adapters/system/telemetry.ts';
import { freePort } from '../src/local/ports.ts';
import { Processes } from '../src/local/processes.ts';
import { startRedis } from '../src/local/redis-server.ts';
import { startTable } from '../src/local/table.ts';
import { Operator } from '../src/sentinel/operate.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OURS = join(ROOT, 'node_modules');
const MINUTE = 60_000;
const LOCAL = { accessKeyId: 'a', secretAccessKey: 'b' };

let home: string;
let installed: string;

const run = (file: string, ...args: string[]) =>
  execFileSync(file, args, {
    cwd: home,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: MINUTE,
  });

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'lambda-sentinel-packed-'));
  installed = join(home, 'node_modules', 'lambda-sentinel');
  // `npm test` builds the package before the tests run; others read the same files meanwhile
  if (!existsSync(join(ROOT, 'dist', 'infra')))
    throw new Error('dist/infra is missing: node scripts/package.mjs');
  run('npm', 'pack', ROOT, '--ignore-scripts', '--pack-destination', home);
  const [tarball = ''] = readdirSync(home).filter((file) => file.endsWith('.tgz'));
  mkdirSync(installed, { recursive: true });
  run('tar', '-xzf', tarball, '-C', installed, '--strip-components=1');
  for (const name of ['aws-cdk-lib', 'constructs', 'ioredis'])
    symlinkSync(join(OURS, name), join(home, 'node_modules', name));
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  writeFileSync(join(home, 'app.ts'), APP);
  writeFileSync(join(home, 'client.ts'), CLIENT);
}, 3 * MINUTE);

afterAll(() => rmSync(home, { recursive: true, force: true }));

const APP = `
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { HttpAccess, RedisSentinel, type RedisSentinelProps } from 'lambda-sentinel/infra';

const app = new App({ outdir: 'cdk.out' });
const stack = new Stack(app, 'Consumer', { env: { region: 'eu-west-1' } });
const props: RedisSentinelProps = {
  vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    vpcCidrBlock: '10.0.0.0/16',
    availabilityZones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
    privateSubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
    privateSubnetRouteTableIds: ['rtb-a', 'rtb-b', 'rtb-c'],
  }),
  dynamoEndpoint: 'create',
  masters: [{ name: 'orders', host: '10.0.1.10', downAfter: Duration.seconds(5) }],
  httpAccess: HttpAccess.none(),
};
new RedisSentinel(stack, 'Sentinel', props);
app.synth();
`;

const CLIENT = `
import { Redis } from 'ioredis';
import { createResolver } from 'lambda-sentinel/client';
import { lambdaSentinel } from 'lambda-sentinel/ioredis';
import { tableReader } from 'lambda-sentinel/table';

declare const process: { argv: string[] };
const [, , endpoint = '', tableName = ''] = process.argv;
const table = tableReader({ tableName, endpoint, region: 'local', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
const resolver = createResolver({ table });
const { host, port } = await resolver.master('orders');
const redis = new Redis({ ...lambdaSentinel({ resolver, name: 'orders' }) });
await redis.set('greeting', 'hello');
console.log(host + ':' + port, await redis.get('greeting'));
redis.disconnect();
table.close();
`;

it('synthesizes with the functions that came with it, and no bundler', { timeout: MINUTE }, () => {
  run(join(OURS, '.bin', 'node'), 'app.ts');
  const assets = readdirSync(join(home, 'cdk.out')).filter((file) => file.startsWith('lambda-sentinel-'));
  for (const name of ['sentinel', 'pacemaker', 'relay', 'read', 'operate', 'configure']) {
    const [asset = ''] = assets.filter((file) => file.startsWith(`lambda-sentinel-${name}-`));
    const code = readFileSync(join(home, 'cdk.out', asset, `${name}.mjs`));
    expect(code.equals(readFileSync(join(installed, 'dist', 'lambda', `${name}.mjs`)))).toBe(true);
  }
});

it('has types that a strict consumer compiles against', { timeout: MINUTE }, () => {
  const flags = ['--strict', '--noEmit', '--module', 'nodenext', '--skipLibCheck', '--types', '', 'app.ts'];
  run(join(OURS, '.bin', 'node'), join(OURS, 'typescript', 'bin', 'tsc'), '--ignoreConfig', ...flags);
  const client = [...flags.slice(0, -1), '--target', 'es2022', 'client.ts'];
  run(join(OURS, '.bin', 'node'), join(OURS, 'typescript', 'bin', 'tsc'), '--ignoreConfig', ...client);
  writeFileSync(join(home, 'wrong.ts'), APP.replace("host: '10.0.1.10'", 'hosts: 1'));
  const wrong = [...flags.slice(0, -1), 'wrong.ts'];
  expect(() =>
    run(join(OURS, '.bin', 'node'), join(OURS, 'typescript', 'bin', 'tsc'), '--ignoreConfig', ...wrong),
  ).toThrow();
});

it('brings an application to its master through the table', { timeout: MINUTE }, async () => {
  const processes = new Processes();
  try {
    const redis = await startRedis(processes, { port: await freePort() });
    const table = await startTable(processes);
    const client = dynamoClient({ endpoint: table.endpoint, region: 'local', credentials: LOCAL });
    const store = new DynamoStore({ client, tableName: table.tableName, telemetry: jsonTelemetry('error') });
    const operator = new Operator({ store, clock: systemClock });
    const answer = await operator.monitor(
      { name: 'orders', ...redis.address, directives: { quorum: 1 } },
      'op',
    );
    expect(answer.kind).toBe('done');
    const told = await promisify(execFile)(
      join(OURS, '.bin', 'node'),
      ['client.ts', table.endpoint, table.tableName],
      { cwd: home, timeout: MINUTE },
    );
    expect(told.stdout).toBe(`${redis.address.host}:${redis.address.port} hello\n`);
    client.destroy();
    await table.end();
  } finally {
    await processes.end();
  }
});

it('has the command line', () => {
  const told = run(join(OURS, '.bin', 'node'), join(installed, 'dist', 'cli.mjs'), '--help');
  for (const command of ['status', 'import', 'gateway', 'zone', 'restore']) expect(told).toContain(command);
});

it('holds what a consumer needs and no more', () => {
  const files = (readdirSync(installed, { recursive: true }) as string[]).filter((file) =>
    /(\.[a-z]+|LICENSE)$/.test(file),
  );
  expect(files).toContain('README.md');
  expect(files).toContain('LICENSE');
  expect(files.filter((file) => /^(src|test|bench|node_modules|scripts)\//.test(file))).toEqual([]);
  expect(files.filter((file) => file.endsWith('.map'))).toEqual([]);
});
