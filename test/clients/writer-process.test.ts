/** What the harness holds a program to, on programs that do it wrong. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { Processes } from '../../src/local/processes.ts';
import { until } from '../../src/local/until.ts';
import { descendants } from '../faults/left-behind.ts';
import { WriterProcess } from './writer-process.ts';

const LIMIT = { timeoutMs: 60_000 };
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
const READY = `console.log(JSON.stringify({ version: '1.2.3' }));`;
const STAYS = `const alive = setInterval(() => {}, 1000); process.once('SIGTERM', () => clearInterval(alive));`;

async function started(program: string): Promise<WriterProcess> {
  const processes = new Processes();
  onTestFinished(() => processes.end());
  const writer = await WriterProcess.start(processes, {
    command: [process.execPath, '-e', program, '--'],
    ...{
      sentinels: [{ host: '127.0.0.1', port: 26_379 }],
      master: 'mymaster',
      protocol: 3,
      key: 'k',
      own: ['x'],
    },
  });
  onTestFinished(() => writer.kill());
  return writer;
}

test('a program is told where to ask, and heard', async () => {
  const writer = await started(`
    console.log(JSON.stringify({ acknowledged: 1, at: 5 }));
    console.log(JSON.stringify({ failed: 2, at: 6, error: process.argv.slice(1).join(' ') }));
    console.log('a log of its own');
    ${STAYS}
    process.once('SIGTERM', () => console.log(JSON.stringify({ read: 1 })));
    ${READY}`);
  await until('its version', () => writer.version === '1.2.3', LIMIT);
  expect(writer.acknowledged).toEqual([{ number: 1, at: 5 }]);
  expect(writer.failures).toEqual([{ number: 2, at: 6, error: '127.0.0.1:26379 mymaster 3 k x' }]);
  expect(writer.noise).toBe('a log of its own');
  expect(await writer.end()).toEqual([]);
  expect(writer.read).toBe(1);
});

test('one that ends by itself is found out', async () => {
  const writer = await started(`console.error('no such client'); process.exit(3);`);
  await until('its end', () => !writer.running && writer.noise.includes('no such client'), LIMIT);
  expect(await writer.end()).toEqual(['it had ended by itself: no such client (ended with 3)']);
});

test('one that does not end well is found out', async () => {
  const writer = await started(`${STAYS} process.exitCode = 4; ${READY}`);
  await until('its version', () => writer.version === '1.2.3', LIMIT);
  expect(await writer.end()).toEqual(['it did not end well: (ended with 4)']);
});

test.skipIf(process.platform !== 'linux')('what one leaves behind is found out, and ended', async () => {
  const writer = await started(`
    require('node:child_process').spawn('sleep', ['600'], { stdio: 'inherit' }).unref();
    ${STAYS} ${READY}`);
  await until('its version', () => writer.version === '1.2.3', LIMIT);
  const child = await until('its child', () => descendants().find((one) => one.includes('sleep 600')), LIMIT);
  expect(await writer.end()).toEqual(['it left a process behind']);
  const gone = () => {
    try {
      return !process.kill(Number.parseInt(child, 10), 0);
    } catch {
      return true; // there is none
    }
  };
  await until('the end of its child', gone, LIMIT);
});
