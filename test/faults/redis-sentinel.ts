/** One real redis-sentinel process, and what is asked of it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import type { Processes } from '../../src/local/processes.ts';
import { until } from '../../src/local/until.ts';
import type { Named } from './reader.ts';

const ANSWERS_WITHIN_MS = 10_000;
const COMMAND_TIMEOUT_MS = 500;

export class RedisSentinel {
  readonly port: number;
  readonly #processes: Processes;
  readonly #file: string;
  #child: ChildProcess | undefined;
  #client: Redis | undefined;

  /** @param file - its configuration, which it rewrites */
  constructor(processes: Processes, port: number, file: string) {
    this.#processes = processes;
    this.port = port;
    this.#file = file;
  }

  get pid(): number | undefined {
    const child = this.#child;
    return child && child.exitCode === null && child.signalCode === null ? child.pid : undefined;
  }

  /** Resolves when it answers; does nothing while it runs. */
  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    this.#child = await this.#processes.spawn('redis-server', [this.#file, '--sentinel'], {
      stdio: 'ignore',
    });
    await until('an answer of redis-sentinel', () => this.ask((client) => client.ping()), {
      timeoutMs: ANSWERS_WITHIN_MS,
    });
  }

  async kill(): Promise<void> {
    if (!this.#child || this.pid === undefined) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** SIGSTOP. @returns how to wake it, unless it was killed meanwhile */
  hang(): () => void {
    const { pid } = this;
    if (pid === undefined) return () => {};
    process.kill(pid, 'SIGSTOP');
    return () => {
      if (this.pid === pid) process.kill(pid, 'SIGCONT');
    };
  }

  /** @throws Error when it does not answer at once */
  async ask<T>(question: (client: Redis) => Promise<T>): Promise<T> {
    try {
      this.#client ??= await connected(this.port);
      return await question(this.#client);
    } catch (error) {
      this.#client?.disconnect();
      this.#client = undefined;
      throw error;
    }
  }

  async masterOf(name: string): Promise<Named & { readonly flags: string }> {
    const reply = (await this.ask((client) => client.call('SENTINEL', 'MASTER', name))) as string[];
    const field = (wanted: string) => reply[reply.indexOf(wanted) + 1] ?? '';
    const address = `${field('ip')}:${field('port')}`;
    return { address, epoch: Number(field('config-epoch')), flags: field('flags') };
  }

  async end(): Promise<void> {
    this.#client?.disconnect();
    await this.kill();
  }
}

async function connected(port: number): Promise<Redis> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    protocol: 2,
    enableReadyCheck: false,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    connectTimeout: COMMAND_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
  });
  client.on('error', () => {}); // told by the command that fails
  await client.connect();
  return client;
}
