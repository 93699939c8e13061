import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { Processes } from '../../src/local/processes.ts';

const MODULE = fileURLToPath(new URL('../../scripts/child-process.mjs', import.meta.url));

const processes = new Processes();
afterEach(() => processes.end());

/** A parent that runs `program` through the module under test and exits with its status. */
async function startParent(program: string): Promise<{ parent: ChildProcess; lines: AsyncIterator<string> }> {
  const source = `
    import { run } from ${JSON.stringify(MODULE)};
    process.exitCode = await run(process.execPath, ['-e', ${JSON.stringify(program)}]);`;
  const args = ['--input-type=module', '-e', source];
  const parent = await processes.spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  if (!parent.stdout) throw new Error('its output is piped');
  return { parent, lines: createInterface({ input: parent.stdout })[Symbol.asyncIterator]() };
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  return String((await lines.next()).value);
}

test('a command’s exit status is handed on', async () => {
  const { parent } = await startParent('process.exit(3)');
  expect((await once(parent, 'exit'))[0]).toBe(3);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'at %s the command ends in its own time, and its parent not before it',
  async (signal) => {
    const { parent, lines } = await startParent(`
      process.on('${signal}', () => setTimeout(() => { console.log('cleaned up'); process.exit(7); }, 300));
      setInterval(() => {}, 1000);
      console.log('ready');`);
    expect(await nextLine(lines)).toBe('ready');
    parent.kill(signal);
    expect(await nextLine(lines)).toBe('cleaned up');
    expect(await once(parent, 'exit')).toEqual([7, null]);
  },
);

test('a command that a signal ended gives 128 and the signal’s number', async () => {
  const { parent } = await startParent(`process.kill(process.pid, 'SIGKILL')`);
  expect((await once(parent, 'exit'))[0]).toBe(137);
});

test('a command that does not exist gives 127', async () => {
  const source = `
    import { run } from ${JSON.stringify(MODULE)};
    process.exitCode = await run('no-such-program', []);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'ignore' });
  expect((await once(parent, 'exit'))[0]).toBe(127);
});
