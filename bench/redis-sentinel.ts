/** The yardstick: three real redis-sentinel processes over three nodes, on the same machine in the same run. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../src/local/ports.ts';
import { Processes } from '../src/local/processes.ts';
import { type RedisServer, startRedis } from '../src/local/redis-server.ts';
import { until } from '../src/local/until.ts';

const ZONES = 3;

export interface SentinelGroup {
  /** The first is the master at the start. */
  readonly nodes: readonly RedisServer[];
  readonly sentinels: readonly Redis[];
  /** A client that is ended with the group. */
  readonly connect: (port: number) => Redis;
}

/** Milliseconds since the kill. */
export interface SentinelMoments {
  readonly sdown: number;
  /** A replica says master and takes a write. */
  readonly writable: number;
  /** The first sentinel tells its address. */
  readonly told: number;
}

/** @throws Error when redis-sentinel does not fail over in time. */
export function failOverRedisSentinel(downAfterMs: number): Promise<SentinelMoments> {
  return withRedisSentinels(downAfterMs, measure);
}

/** Everything that was started is ended when `use` is over. @throws Error when the sentinels do not find each other */
export async function withRedisSentinels<T>(
  downAfterMs: number,
  use: (group: SentinelGroup) => Promise<T>,
): Promise<T> {
  const processes = new Processes();
  const nodes: RedisServer[] = [];
  const clients: Redis[] = [];
  const dir = await processes.temporaryDir('redis-sentinel-');
  const connect = (port: number) => {
    const client = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 50, protocol: 2 });
    client.on('error', () => {}); // a node that is killed is what this is about
    clients.push(client);
    return client;
  };
  try {
    const master = await startRedis(processes, { port: await freePort() });
    nodes.push(master);
    for (let i = 0; i < 2; i++) {
      nodes.push(await startRedis(processes, { port: await freePort(), replicaOf: master.address }));
    }
    const sentinels: Redis[] = [];
    for (let i = 0; i < ZONES; i++) {
      sentinels.push(connect(await startSentinel(processes, join(dir, `${i}.conf`), master, downAfterMs)));
    }
    await until('three sentinels that know each other and two replicas', () => allKnow(sentinels), {
      timeoutMs: 30_000,
    });
    return await use({ nodes, sentinels, connect });
  } finally {
    for (const client of clients) client.disconnect();
    await Promise.all(nodes.map((node) => node.end()));
    await processes.end();
  }
}

/** Where the first sentinel says that the master is. */
export async function toldBy([sentinel]: readonly Redis[]): Promise<{ host: string; port: number }> {
  const reply = (await sentinel?.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')) as string[];
  const [host = '', port] = reply;
  return { host, port: Number(port) };
}

async function measure({ nodes, sentinels, connect }: SentinelGroup): Promise<SentinelMoments> {
  const [master, ...replicas] = nodes;
  if (!master) throw new Error('no master');
  let sdownAt = Number.NaN;
  for (const sentinel of sentinels) {
    const listener = connect(sentinel.options.port ?? 0);
    await listener.subscribe('+sdown');
    listener.on('message', () => {
      if (Number.isNaN(sdownAt)) sdownAt = Date.now();
    });
  }
  const candidates = replicas.map((replica) => connect(replica.address.port));
  const killedAt = Date.now();
  await master.kill();
  const options = { timeoutMs: 60_000, everyMs: 2 };
  const writable = until(
    'a replica that takes a write',
    async () => {
      for (const candidate of candidates) {
        if ((await candidate.set('bench', '1').catch(() => undefined)) === 'OK') return Date.now();
      }
      return undefined;
    },
    options,
  );
  const told = until(
    'an address told',
    async () => {
      for (const sentinel of sentinels) {
        const { port } = await toldBy([sentinel]);
        if (port !== master.address.port) return Date.now();
      }
      return undefined;
    },
    options,
  );
  const [writableAt, toldAt] = await Promise.all([writable, told]);
  return { sdown: sdownAt - killedAt, writable: writableAt - killedAt, told: toldAt - killedAt };
}

async function startSentinel(
  processes: Processes,
  file: string,
  { address }: RedisServer,
  downAfterMs: number,
): Promise<number> {
  const port = await freePort();
  await writeFile(
    file,
    `port ${port}
bind 127.0.0.1
sentinel monitor mymaster ${address.host} ${address.port} 2
sentinel down-after-milliseconds mymaster ${downAfterMs}
`,
  );
  await processes.spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
  return port;
}

async function allKnow(sentinels: readonly Redis[]): Promise<boolean> {
  for (const sentinel of sentinels) {
    const others = (await sentinel.call('SENTINEL', 'SENTINELS', 'mymaster')) as unknown[];
    const replicas = (await sentinel.call('SENTINEL', 'REPLICAS', 'mymaster')) as unknown[];
    if (others.length !== ZONES - 1 || replicas.length !== 2) return false;
  }
  return true;
}
