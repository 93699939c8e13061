import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cleanClone, NETWORK_IS_CUT, offline } from './clean-clone.ts';

/** CDK checks the template, too: seconds of a CPU. */
const TIMEOUT_MS = 180_000;

const clone = cleanClone();

interface Manifest {
  readonly missing?: unknown;
  readonly artifacts: Readonly<Record<string, { readonly environment?: string }>>;
}

function read(file: string): string {
  return readFileSync(join(clone, 'cdk.out', file), 'utf8');
}

test.skipIf(!NETWORK_IS_CUT)('the network is cut off', async () => {
  const server = createServer((_request, response) => response.end('reached'));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const fetches = `fetch('http://127.0.0.1:${port}').then((answer) => answer.text()).then(console.log)`;
  const ended = await offline(clone, process.execPath, ['-e', fetches]);
  expect(ended).toMatchObject({ status: 1, stdout: '' });
});

test.each([
  ['the ready stack', 'LambdaSentinel', []],
  ['the example', 'Consumer', ['--app', 'node_modules/.bin/node examples/consumer-app.ts']],
])(
  '`npx cdk synth` of %s needs a clone, `npm ci` and nothing else',
  async (_name, stack, args) => {
    const { status, stdout, stderr } = await offline(clone, 'npx', ['cdk', 'synth', ...args]);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('Type: Custom::RedisMasters');
    expect(existsSync(join(clone, 'dist', 'lambda', 'sentinel.mjs'))).toBe(true);

    // Neither looked up nor guessed: the stack is deployed to whichever account the credentials are of.
    const { artifacts, missing } = JSON.parse(read('manifest.json')) as Manifest;
    expect(missing).toBeUndefined();
    expect(artifacts[stack]?.environment).toBe('aws://unknown-account/eu-west-1');
    const template = read(`${stack}.template.json`);
    expect(template).toContain('"AWS::AccountId"');
    expect(template).not.toMatch(/:\d{12}:/);
  },
  TIMEOUT_MS,
);
