/** Zones as processes of their own, in tests. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { onTestFailed, onTestFinished } from 'vitest';
import { freePort } from '../../src/local/ports.ts';
import type { Processes } from '../../src/local/processes.ts';
import type { LocalTable } from '../../src/local/table.ts';
import { until } from '../../src/local/until.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
export const LIMIT = { timeoutMs: 60_000 };

export class ZoneProcess {
  readonly port: number;
  readonly file: string;
  readonly logfile: string;
  readonly pidfile: string;
  readonly #processes: Processes;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  constructor(processes: Processes, dir: string, name: string, port: number, args: readonly string[]) {
    this.#processes = processes;
    this.port = port;
    this.file = join(dir, `${name}.conf`);
    this.logfile = join(dir, `${name}.log`);
    this.pidfile = join(dir, `${name}.pid`);
    this.#args = ['zone', this.file, ...args];
  }

  async start(): Promise<void> {
    const env = { PATH: process.env['PATH'], SECRETS_KEY: process.env['SECRETS_KEY'] };
    this.#child = await this.#processes.spawn(process.execPath, [MAIN, ...this.#args], {
      env,
      stdio: 'ignore',
    });
    await until(`zone at ${this.port}`, () => this.ask((client) => client.ping()), LIMIT);
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('it was not started');
    return pid;
  }

  /** @returns its exit status */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (!child) throw new Error('it was not started');
    const gone = once(child, 'exit');
    child.kill(signal);
    const [status] = (await gone) as [number | null];
    return status;
  }

  text(): Promise<string> {
    return readFile(this.file, 'utf8');
  }

  log(): Promise<string> {
    return readFile(this.logfile, 'utf8').catch(() => '');
  }

  async ask<T>(question: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis({
      port: this.port,
      retryStrategy: null,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
    });
    client.on('error', () => {}); // told by the command that fails
    try {
      return await question(client);
    } finally {
      client.disconnect();
    }
  }
}

/** Each with its own file, port, log and pidfile; not started yet. */
export async function zones(
  {
    processes,
    dir,
    table,
  }: { processes: Processes; dir: string; table: Pick<LocalTable, 'tableName' | 'endpoint'> },
  names: readonly string[],
  lines: readonly string[],
): Promise<ZoneProcess[]> {
  const all: ZoneProcess[] = [];
  const args = ['--table', table.tableName, '--endpoint', table.endpoint, '--pulse', '500', '--poll', '200'];
  for (const name of names) {
    const one = new ZoneProcess(processes, dir, name, await freePort(), args);
    const own = [`port ${one.port}`, `logfile ${one.logfile}`, `pidfile "${one.pidfile}"`, `dir ${dir}`];
    await writeFile(one.file, [`# zone ${name}`, ...own, ...lines, ''].join('\n'));
    all.push(one);
  }
  onTestFailed(async () => {
    for (const one of all) process.stderr.write(`${one.file}\n${await one.log()}\n`);
  });
  onTestFinished(() => processes.end());
  return all;
}
