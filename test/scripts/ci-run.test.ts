/** `.ci/run` itself, with programs in place of the machine's that only tell what they were asked. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const CI_RUN = fileURLToPath(new URL('../../.ci/run', import.meta.url));
const NEEDED = 'apt-get chromium cmake g++ javac make mvn node python3 redis-sentinel redis-server xz'.split(
  ' ',
);

/** @param failing what the last word of an npm command is when it shall fail: `--json` of the demo, `10000`, `test` */
function run(failing: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'lambda-sentinel-ci-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'tmp'));
  for (const name of NEEDED) program(join(folder, name), 'exit 0');
  program(
    join(folder, 'npm'),
    `echo "npm $*"\necho "1 passed, 0 failed by \${!#}"\n[[ " ${failing.join(' ')} " != *" \${!#} "* ]]`,
  );
  const { status, stdout } = spawnSync('bash', [CI_RUN], {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env['PATH']}`, TMPDIR: join(folder, 'tmp') },
  });
  return { status, lines: stdout.trimEnd().split('\n') };
}

function program(file: string, body: string): void {
  writeFileSync(file, `#!/usr/bin/env bash\n${body}\n`);
  chmodSync(file, 0o755);
}

const DEMO = ['npm run demo -- --exit --json', '1 passed, 0 failed by --json'];
const WORLDS = ['npm run simulate -- --seeds 10000', '1 passed, 0 failed by 10000'];
const TESTS = ['npm test', '1 passed, 0 failed by test'];

test('the demo, 10,000 worlds and the README’s test command, which has the last word', () => {
  expect(run([])).toEqual({ status: 0, lines: [...DEMO, ...WORLDS, ...TESTS] });
});

test('a test that fails fails the run', () => {
  const { status, lines } = run(['test']);
  expect(status).toBe(1);
  expect(lines).toEqual([...DEMO, ...WORLDS, ...TESTS, TESTS[1]]);
});

test('a world that fails fails the run, and is told again behind the tests', () => {
  const { status, lines } = run(['10000']);
  expect(status).toBe(1);
  expect(lines).toEqual([
    ...[...DEMO, ...WORLDS, ...TESTS],
    ...['', '— failed: worlds', ...WORLDS, TESTS[1]],
  ]);
});

test('a demo that fails does not keep the rest from being run', () => {
  const { status, lines } = run(['--json']);
  expect(status).toBe(1);
  expect(lines.slice(2, 6)).toEqual([...WORLDS, ...TESTS]);
  expect(lines.at(-1)).toBe(TESTS[1]);
});
