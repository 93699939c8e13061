import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../src/local/until.ts';

const DEMO = fileURLToPath(new URL('../../src/local/demo.ts', import.meta.url));
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const demo of running) demo.kill('SIGKILL');
  running.clear();
});

/** The demo as a process, what it printed, and every process that ever descended from it. */
function start(...args: string[]) {
  const demo = spawn(process.execPath, [DEMO, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(demo);
  const descendants = new Set<number>();
  const output = { text: '', errors: '' };
  demo.stdout.on('data', (chunk) => {
    output.text += chunk;
    for (const pid of childrenOf(demo.pid ?? 0)) descendants.add(pid);
  });
  demo.stderr.on('data', (chunk) => {
    output.errors += chunk;
  });
  const exit = once(demo, 'close').then(([code]) => code as number | null);
  return { demo, output, descendants, exit };
}

function childrenOf(pid: number): number[] {
  try {
    const direct = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number);
    return direct.flatMap((child) => [child, ...childrenOf(child)]);
  } catch {
    return []; // it ended
  }
}

/** Where a redis-server works, as the system tells. */
function workFolderOf(pid: number): string[] {
  try {
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    return folder.includes('lambda-sentinel-redis-') ? [folder] : [];
  } catch {
    return []; // it ended
  }
}

function alive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

async function allGone(descendants: Set<number>): Promise<void> {
  expect(descendants.size).toBeGreaterThanOrEqual(7); // three nodes, the table, three zones at least
  await until('every process gone', () => [...descendants].every((pid) => !alive(pid)), {
    timeoutMs: 10_000,
  });
}

describe('npm run demo', { timeout: 90_000 }, () => {
  it('fails the master over, takes the old one back as a replica, and leaves no process behind', async () => {
    const { output, descendants, exit } = start('--exit', '--json', '--down-after', '500');
    expect(await exit, output.errors + output.text).toBe(0);
    const result = JSON.parse(output.text.trim().split('\n').at(-1) ?? '') as {
      ok: boolean;
      ms: Record<string, number>;
      writes: Record<string, number>;
      gateway: number;
    };
    expect(result).toMatchObject({ ok: true, epoch: 1, leader: expect.stringMatching(/^[abc]$/) });
    expect(output.text).toContain(`redis-cli -p ${result.gateway} sentinel get-master-addr-by-name mymaster`);
    const order = [
      'sdown',
      'odown',
      'elected',
      'promoted',
      'switched',
      'replicasReattached',
      'oldMasterDemoted',
    ];
    const moments = order.map((name) => result.ms[name] ?? Number.NaN);
    expect(moments).toEqual([...moments].sort((a, b) => a - b));
    expect(result.ms['firstWrite']).toBeGreaterThanOrEqual(result.ms['promoted'] ?? Number.NaN);
    expect(Object.keys(result.writes)).toEqual(['acknowledged', 'failed', 'lost']);
    expect(result.writes['acknowledged']).toBeGreaterThan(100);
    for (const said of ['SIGKILL to the master', '+sdown master', '+switch-master', '+convert-to-slave']) {
      expect(output.text).toContain(said);
    }
    await allGone(descendants);
  });

  it('stays up with its addresses until it is interrupted, and then ends with status 0', async () => {
    const { demo, output, descendants, exit } = start('--down-after', '500', '--name', 'cache');
    await until('the addresses', () => output.text.includes('Everything stays up'), { timeoutMs: 60_000 });
    const url = /curl (http:\S+)/.exec(output.text)?.[1] ?? '';
    const reply = await fetch(url, { headers: { accept: 'text/plain' } });
    const master = (await reply.text()).trim();
    expect(output.text).toContain(`the master is now ${master}`);
    const page = /The status page:\n {2}(http:\S+)/.exec(output.text)?.[1] ?? '';
    expect(await (await fetch(page, { headers: { accept: 'text/html' } })).text()).toContain('cache');
    // the client of Redis Sentinel that everybody has, as it is told
    const [, port = '', ...words] = /redis-cli -p (\d+) (sentinel \S+ cache)/.exec(output.text) ?? [];
    const { stdout } = await promisify(execFile)('redis-cli', ['-p', port, ...words.join(' ').split(' ')]);
    expect(stdout.trim().split('\n').join(':')).toBe(master);
    await until(
      'a failover that is asked for',
      async () => {
        const asked = await promisify(execFile)('redis-cli', ['-p', port, 'sentinel', 'failover', 'cache']);
        return asked.stdout.trim() === 'OK';
      },
      { timeoutMs: 30_000 },
    );
    const unknown = await fetch(url.replace('cache', 'nothing'));
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('content-type')).toContain('application/problem+json');
    demo.kill('SIGINT');
    expect(await exit).toBe(0);
    await allGone(descendants);
  });

  it('interrupted in the middle, ends everything it started', async () => {
    const { demo, output, descendants, exit } = start('--exit');
    await until('the kill', () => output.text.includes('SIGKILL to the master'), { timeoutMs: 60_000 });
    demo.kill('SIGINT');
    expect(await exit).toBe(130);
    await allGone(descendants);
  });

  it('killed itself, is outlived by nothing, not even a folder', async () => {
    const { demo, output, descendants, exit } = start('--exit');
    await until('the kill', () => output.text.includes('SIGKILL to the master'), { timeoutMs: 60_000 });
    const folders = [...descendants].flatMap(workFolderOf);
    expect(folders.length).toBeGreaterThanOrEqual(2); // of the replicas: the master is dead;
    demo.kill('SIGKILL');
    await exit;
    await allGone(descendants);
    await until('every folder gone', () => folders.every((folder) => !existsSync(folder)), {
      timeoutMs: 10_000,
    });
  });

  it('refuses bad directives by name before it starts anything', async () => {
    for (const [args, message] of [
      [['--quorum', '0'], 'quorum "0": allowed is a whole number from 1 to'],
      [['--name', 'my master'], 'name "my master": allowed is 1 to 128'],
      [['--down-after', 'soon'], 'down-after-milliseconds "soon": allowed is a whole number'],
      [['--pulse', '5'], 'pulse "5": allowed is'],
      [['--frobnicate'], '--frobnicate'],
    ] as const) {
      const { output, descendants, exit } = start('--exit', ...args);
      expect(await exit, output.errors).toBe(2);
      expect(output.errors).toContain(message);
      expect(descendants.size).toBe(0);
    }
  });
});
