import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, take } from '../../src/local/ports.ts';

/** Takes a port, tells it, and stays without listening on it. */
async function another() {
  const url = new URL('../../src/local/ports.ts', import.meta.url);
  const script = `console.log(await (await import(${JSON.stringify(url.href)})).freePort()); setInterval(() => {}, 60_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [told] = await once(child.stdout, 'data');
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { port: Number(told), kill };
}

test('a port that a process has taken is its own, though nothing listens there', async () => {
  const one = await another();
  expect(one.port).toBeGreaterThanOrEqual(10_000);
  expect(take(one.port)).toBe(false);
});

test('the ports of a process that was killed are free for one that begins', async () => {
  const killed = await another();
  await killed.kill();
  await another();
  expect(take(killed.port)).toBe(true);
});

test('no port is given twice', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  expect(new Set(ports).size).toBe(50);
  for (const port of ports) expect(take(port)).toBe(false);
});
