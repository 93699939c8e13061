import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { asked, environment, terminal } from './terminal.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const COMMANDS = ['status', 'import', 'gateway', 'zone'];

describe('asked in a way that cannot be understood', () => {
  test.each<[string, string[], RegExp]>([
    ['nothing', [], /Usage: lambda-sentinel/],
    ['an unknown command', ['frobnicate'], /unknown command 'frobnicate'/],
    ['an unknown option', ['status', '--tabel', 'x'], /unknown option '--tabel'\n\(Did you mean --table\?\)/],
    ['no file', ['import', '--table', 'abc'], /missing required argument 'file'/],
    ['no table', ['status'], /give --table NAME, or set TABLE_NAME/],
    ['a table that has no such name', ['status', '--table', 'a b'], /--table "a b": allowed are/],
    [
      'an endpoint that is none',
      ['status', '--table', 'abc', '--endpoint', 'here'],
      /--endpoint "here": allowed is a URL/,
    ],
    [
      'a number that is none',
      ['status', '--table', 'abc', '--events', 'many'],
      /allowed is a whole number from 0/,
    ],
  ])('%s: status 2, and why', async (_, args, why) => {
    environment({ TABLE_NAME: undefined });
    const told = await asked(args);
    expect(told.status).toBe(2);
    expect(told.err).toMatch(why);
    expect(told.out).toBe('');
  });
});

test.each([['--help'], ...COMMANDS.map((command) => [command, '--help'])])(
  '%s %s helps, with status 0',
  async (...args) => {
    const told = await asked(args.filter((arg) => arg !== undefined));
    expect(told).toMatchObject({ status: 0, err: '' });
    expect(told.out).toContain('Usage: lambda-sentinel');
  },
);

test.each(COMMANDS)('the help of %s has examples', async (command) => {
  expect((await asked([command, '--help'])).out).toMatch(/Examples:\n {2}lambda-sentinel /);
});

test('a table that is not there is told in a sentence', async () => {
  const { table } = await terminal();
  const told = await asked(['status', '--table', 'another', '--endpoint', table.endpoint]);
  expect(told.status).toBe(1);
  expect(told.err).toMatch(/table another .*the table does not exist/);
  expect(told.err).not.toMatch(/\n\s+at /);
});

describe('on a machine that is not set up for AWS', () => {
  const bare = {
    ...{ AWS_REGION: undefined, AWS_PROFILE: undefined, AWS_ACCESS_KEY_ID: undefined },
    ...{ AWS_SECRET_ACCESS_KEY: undefined, AWS_SESSION_TOKEN: undefined, AWS_EC2_METADATA_DISABLED: 'true' },
    ...{ AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' },
  };

  test.each([
    ['status', 1],
    ['gateway', 2],
  ])('%s says which region it lacks', async (command, status) => {
    environment(bare);
    expect(await asked([command, '--table', 'abc'])).toEqual({
      ...{ status, out: '' },
      err: 'no region is named: give --region, or set AWS_REGION',
    });
  });

  test('status says which credentials it lacks', async () => {
    environment(bare);
    const told = await asked(['status', '--table', 'abc', '--region', 'eu-west-1']);
    expect(told.err).toMatch(/^no credentials are found: set AWS_PROFILE, or/);
    expect(told.status).toBe(1);
  });
});

test('a table that does not answer is told in a sentence', async () => {
  const told = await asked(['status', '--table', 'abc', '--endpoint', 'http://127.0.0.1:1']);
  expect(told).toMatchObject({ status: 1, out: '' });
  expect(told.err).toContain('cannot be reached (ECONNREFUSED');
});

test('the program itself ends with the status, and finds the table by its environment', async () => {
  const { table, ask, file } = await terminal();
  await ask('import', await file('sentinel monitor mymaster 127.0.0.1 6379 2'));
  const env = {
    PATH: process.env['PATH'],
    TABLE_NAME: table.tableName,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'y',
  };
  const program = (...args: string[]) => promisify(execFile)(process.execPath, [MAIN, ...args], { env });
  expect((await program('status')).stdout).toContain('mymaster  127.0.0.1:6379');
  await expect(program('status', 'nobody')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no master named "nobody"'),
  });
  await expect(program('bogus')).rejects.toMatchObject({ code: 2 });
});

test('the built program is one file that runs alone', async () => {
  const bundle = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist', 'cli.mjs');
  const { stdout } = await promisify(execFile)(bundle, ['--help'], {
    env: { PATH: `${join(process.execPath, '..')}:${process.env['PATH']}` },
  });
  expect(stdout).toContain('Usage: lambda-sentinel');
});
