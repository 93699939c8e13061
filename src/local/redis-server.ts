/** Real redis-server processes on loopback, each with its own folder and a config file that it may rewrite. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, open, readFile, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import type { Address } from '../core/model.ts';
import type { Processes } from './processes.ts';

export interface RedisServerOptions {
  readonly port: number;
  readonly replicaOf?: Address;
  /** Where others are to reach it, if not there: what stands before it passes on. */
  readonly announce?: Address;
  /** Where it keeps data, config and log. @default a temporary folder, removed by {@link RedisServer.end} */
  readonly dir?: string;
  /** redis.conf directives, written as given; they come after the defaults and override them. */
  readonly config?: Readonly<Record<string, string>>;
}

const READY_TIMEOUT_MS = 10_000;
/** Asked for readiness: unlike the port, it cannot be another server's. */
const SOCKET = 'redis.sock';

/**
 * Resolves when the server answers PING, be it with an error such as NOAUTH or LOADING.
 * @throws Error when redis-server is missing, exits early (with the end of its log) or does not answer in 10 s.
 */
export async function startRedis(processes: Processes, options: RedisServerOptions): Promise<RedisServer> {
  await assertInstalled();
  const dir = options.dir ?? (await processes.temporaryDir('lambda-sentinel-redis-'));
  await writeFile(join(dir, 'redis.conf'), configFile(options, dir));
  const address = { host: '127.0.0.1', port: options.port };
  const server = new RedisServer(processes, address, dir, options.announce);
  try {
    await server.restart();
  } catch (error) {
    await server.end();
    throw error;
  }
  return server;
}

export class RedisServer {
  readonly address: Address;
  /** The address by which everybody else knows it. */
  readonly announced: Address;
  readonly dir: string;
  readonly #processes: Processes;
  readonly #clients = new Set<Redis>();
  #child: ChildProcess | undefined;

  constructor(processes: Processes, address: Address, dir: string, announced = address) {
    this.#processes = processes;
    this.address = address;
    this.announced = announced;
    this.dir = dir;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @throws Error while it is not running. */
  get pid(): number {
    if (!this.running || this.#child?.pid === undefined)
      throw new Error(`redis ${this.#name} is not running`);
    return this.#child.pid;
  }

  /** Sends the signal and waits until the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.#child || !this.running) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
  }

  /** SIGSTOP: hangs the process; the kernel goes on accepting connections for it. */
  async stop(): Promise<void> {
    process.kill(this.pid, 'SIGSTOP');
    while ((await processState(this.pid)) !== 'T') await sleep(1);
  }

  /** SIGCONT: the process wakes and reads what has arrived meanwhile. */
  cont(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Starts it again with the same folder and the same, possibly rewritten, config file. */
  async restart(): Promise<void> {
    await this.kill();
    const log = await open(join(this.dir, 'redis.log'), 'a');
    try {
      this.#child = await this.#processes.spawn('redis-server', [join(this.dir, 'redis.conf')], {
        stdio: ['ignore', log.fd, log.fd],
      });
    } finally {
      await log.close();
    }
    await this.#ready();
  }

  /** A client for tests and demo. It reconnects as ioredis does; {@link end} closes it. */
  client(options: Omit<RedisOptions, 'replyMapping'> = {}): Redis {
    const client = new Redis({ host: this.address.host, port: this.address.port, ...options });
    client.on('error', () => {}); // each failure is told once more by the command that it fails
    this.#clients.add(client);
    client.once('end', () => this.#clients.delete(client));
    return client;
  }

  /** Kills it, closes its clients and removes its temporary folder. */
  async end(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.kill();
    await this.#processes.removeDir(this.dir);
  }

  get #name(): string {
    return `${this.address.host}:${this.address.port}`;
  }

  async #ready(): Promise<void> {
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (performance.now() < deadline) {
      if (!this.running) throw new Error(`redis ${this.#name} exited early; ${await this.#logTail()}`);
      if (await answersPing(join(this.dir, SOCKET), deadline - performance.now())) return;
      await sleep(5);
    }
    await this.kill();
    throw new Error(
      `redis ${this.#name} did not answer PING in ${READY_TIMEOUT_MS} ms; ${await this.#logTail()}`,
    );
  }

  async #logTail(): Promise<string> {
    const log = await readFile(join(this.dir, 'redis.log'), 'utf8');
    return `its log ends:\n${log.trimEnd().split('\n').slice(-12).join('\n')}`;
  }
}

function configFile(options: RedisServerOptions, dir: string): string {
  const directives: Record<string, string> = {
    bind: '127.0.0.1',
    port: String(options.port),
    unixsocket: join(dir, SOCKET),
    dir,
    daemonize: 'no',
    save: '""',
    appendonly: 'no',
    'repl-ping-replica-period': '1',
    'repl-diskless-sync': 'yes',
    'repl-diskless-sync-delay': '0',
    'repl-backlog-size': '256kb',
    ...(options.replicaOf && { replicaof: `${options.replicaOf.host} ${options.replicaOf.port}` }),
    ...(options.announce && {
      'replica-announce-ip': options.announce.host,
      'replica-announce-port': String(options.announce.port),
    }),
    ...options.config,
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}

async function assertInstalled(): Promise<void> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = await access(join(folder, 'redis-server')).then(
      () => true,
      () => false,
    );
    if (found) return;
  }
  throw new Error('redis-server is not installed, or not on PATH: apt-get install redis-server');
}

/** `T` is stopped. Only Linux tells; elsewhere the signal is taken to have arrived. */
async function processState(pid: number): Promise<string> {
  if (process.platform !== 'linux') return 'T';
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.charAt(stat.lastIndexOf(')') + 2);
}

function answersPing(path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.setTimeout(Math.max(1, timeoutMs), () => socket.destroy());
    socket.once('error', () => {}); // 'close' follows and says the same: not ready yet
    socket.once('close', () => resolve(false));
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.write('PING\r\n');
  });
}
