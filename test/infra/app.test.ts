import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, expect, test } from 'vitest';
import { placeholderBundles, resources } from './synthesized.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** CDK's own check of the template takes seconds of a CPU: the example, which has all there is, is run with it. */
const TIMEOUT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'lambda-sentinel-cdk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cdk = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as {
  app: string;
  build: string;
  context: object;
};
const bundles = placeholderBundles();

interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

/** As the `cdk` command runs an app: the context and the folder for what comes of it are in its environment. */
function run(command: string, outdir: string, variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const context = { ...cdk.context, 'lambda-sentinel:bundles': bundles };
  const env = {
    ...process.env,
    CDK_OUTDIR: join(folder, outdir),
    CDK_CONTEXT_JSON: JSON.stringify(context),
    ...variables,
  };
  const child = spawn(command, { cwd: ROOT, env, shell: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stderr }));
  });
}

function templateOf(outdir: string, stack: string): Template {
  const text = readFileSync(join(folder, outdir, `${stack}.template.json`), 'utf8');
  return Template.fromJSON(JSON.parse(text) as { [key: string]: unknown });
}

test(
  'the command in cdk.json synthesizes the ready stack: a VPC of its own, three sentinels, one master',
  async () => {
    expect(await run(cdk.app, 'ready', { CDK_VALIDATION: 'false' })).toEqual({ status: 0, stderr: '' });
    const template = templateOf('ready', 'LambdaSentinel');
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::Subnet', 3);
    template.resourcePropertiesCountIs('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' }, 1);
    template.hasResourceProperties('Custom::RedisMasters', {
      Masters: [
        {
          name: 'mymaster',
          host: '10.0.0.10',
          port: 6379,
          directives: { quorum: 2, 'down-after-milliseconds': 5000 },
        },
      ],
      Zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
    });
    template.hasOutput('ReadUrl', {});
  },
  TIMEOUT_MS,
);

test(
  'the example synthesizes: a stack of somebody’s own, with an existing VPC, two masters, TLS, DNS and an HTTP API',
  async () => {
    expect(await run('node_modules/.bin/node examples/consumer-app.ts', 'example')).toEqual({
      status: 0,
      stderr: '',
    });
    const template = templateOf('example', 'Consumer');
    template.resourceCountIs('AWS::EC2::VPC', 0);
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
    template.resourcePropertiesCountIs('AWS::Lambda::Function', { Handler: 'sentinel.handler' }, 3);
    const text = JSON.stringify(template.toJSON());
    for (const told of [
      'REDIS_TLS',
      'orders.redis.example.internal',
      'sessions.redis.example.internal',
      '{{resolve:',
    ]) {
      expect(text).toContain(told);
    }
    const [masters] = Object.values(resources(template, 'Custom::RedisMasters'));
    expect(masters?.Properties).toMatchObject({ Masters: [{ name: 'orders' }, { name: 'sessions' }] });
    // Each function is deployed with its own code alone.
    const codes = Object.values(resources(template, 'AWS::Lambda::Function')).map(({ Properties }) =>
      JSON.stringify(Properties['Code']),
    );
    expect(new Set(codes).size).toBe(7);
  },
  TIMEOUT_MS,
);

test('cdk builds the functions before it synthesizes', () => {
  expect(cdk.build).toContain('scripts/build.mjs');
});
