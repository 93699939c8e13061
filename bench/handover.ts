/**
 * `npm run bench:handover [-- --runs N]`: a master handed over while fifty clients write, bare and with the delays of a
 * region, beside what there is else: SENTINEL FAILOVER at three real redis-sentinel processes, and Redis' own FAILOVER.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { type Address, nodeId } from '../src/core/model.ts';
import { AS_AWS, BARE, type Delays } from '../src/local/delays.ts';
import { freePort } from '../src/local/ports.ts';
import { Processes } from '../src/local/processes.ts';
import { type RedisServer, startRedis } from '../src/local/redis-server.ts';
import { settled } from '../src/local/rehearsal.ts';
import { startStack } from '../src/local/stack.ts';
import { until } from '../src/local/until.ts';
import { Writers } from '../src/local/writers.ts';
import { median } from './median.ts';
import { toldBy, withRedisSentinels } from './redis-sentinel.ts';

const CLIENTS = 50;
const NAME = 'mymaster';
const DOWN_AFTER_MS = 5000;
const PATIENCE = { timeoutMs: 60_000, everyMs: 5 };
/** An event of a real table's stream comes no sooner; told at once, the other zones would share two cores with it. */
const CALM_STREAM: Delays = { ...BARE, streamMs: AS_AWS.streamMs };

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } });
const runs = Number(values.runs);

/** A master with two replicas, and a way to hand it over. */
interface Group {
  readonly nodes: readonly RedisServer[];
  /** What its clients follow: `GET /masters/{name}` as text. */
  readonly readUrl: string;
  /** Where clients are told to write now. */
  readonly master: () => Promise<Address>;
  /** Resolves when it was accepted. */
  readonly handOver: () => Promise<unknown>;
}

interface Figures {
  /** Milliseconds in which no client had a write acknowledged. */
  readonly gaps: number[];
  /** Until every client writes to the new master. */
  readonly moved: number[];
  readonly acknowledged: number;
  readonly lost: number;
}

async function measure(what: string, { nodes, readUrl, master, handOver }: Group): Promise<Figures> {
  const writers = new Writers(readUrl, NAME, CLIENTS);
  const [gaps, moved]: [number[], number[]] = [[], []];
  try {
    await writers.start();
    for (let run = 1; run <= runs; run++) {
      const before = await master();
      await allWriteTo(writers, before);
      await until('replicas in sync', () => inSync(nodes, before), PATIENCE);
      const askedAt = clock();
      await handOver();
      const after = await until('another master', async () => other(await master(), before), PATIENCE);
      const toldAt = clock();
      await allWriteTo(writers, after);
      moved.push(clock() - askedAt);
      gaps.push((await writers.longestGap(askedAt, toldAt)).ms);
      process.stderr.write(`${what}: ${run} of ${runs}\n`);
    }
    await writers.stop();
    const acknowledged = await writers.acknowledged();
    return { gaps, moved, acknowledged, lost: await writers.lostAt(await master()) };
  } finally {
    await writers.end();
  }
}

async function allWriteTo(writers: Writers, master: Address): Promise<void> {
  const since = clock();
  const all = async () => (await writers.writingTo(nodeId(master), since)) === CLIENTS;
  await until(`all clients writing to ${nodeId(master)}`, all, PATIENCE);
}

async function inSync(nodes: readonly RedisServer[], { port }: Address): Promise<boolean> {
  for (const node of nodes) {
    const info = await ask(node, (client) => client.info('replication'));
    const wanted =
      node.address.port === port
        ? /^role:master\r$/m.test(info) && !info.includes('failover-in-progress')
        : info.includes(`master_port:${port}\r`) && info.includes('master_link_status:up\r');
    if (!wanted) return false;
  }
  return true;
}

async function ask<T>(
  node: RedisServer,
  question: (client: ReturnType<RedisServer['client']>) => Promise<T>,
): Promise<T> {
  const client = node.client();
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}

function other(now: Address, before: Address): Address | undefined {
  return now.port === before.port ? undefined : now;
}

async function ours(what: string, delays: Delays): Promise<Figures> {
  const directives = { quorum: 2, 'down-after-milliseconds': DOWN_AFTER_MS };
  const stack = await startStack({ name: NAME, directives, delays });
  try {
    await settled(stack, 60_000);
    let request = 0;
    return await measure(what, {
      nodes: stack.nodes,
      readUrl: stack.readUrl,
      master: async () => (await stack.state()).master.address,
      handOver: async () => {
        await until('the one before to be over', async () => !(await stack.state()).failover, PATIENCE);
        const asked = { id: `bench-${++request}`, coordinated: true };
        const answer = await stack.operator.failover(NAME, asked, 'bench');
        if (answer.kind === 'refused') throw new Error(answer.message);
      },
    });
  } finally {
    await stack.end();
  }
}

async function redisSentinel(): Promise<Figures> {
  return withRedisSentinels(DOWN_AFTER_MS, async ({ nodes, sentinels }) => {
    const master = () => toldBy(sentinels);
    return withEndpoint(master, (readUrl) =>
      measure('redis-sentinel', {
        ...{ nodes, readUrl, master },
        handOver: async () =>
          until('SENTINEL FAILOVER to be taken', async () => failedOver(sentinels[0]), PATIENCE),
      }),
    );
  });
}

/** While the last one is not over it is refused. */
async function failedOver(sentinel: { call(...words: string[]): Promise<unknown> } | undefined) {
  return sentinel?.call('SENTINEL', 'FAILOVER', NAME).then(
    () => true,
    () => false,
  );
}

async function redisFailover(): Promise<Figures> {
  const processes = new Processes();
  const nodes: RedisServer[] = [];
  try {
    const first = await startRedis(processes, { port: await freePort() });
    nodes.push(first);
    for (let i = 0; i < 2; i++) {
      nodes.push(await startRedis(processes, { port: await freePort(), replicaOf: first.address }));
    }
    const saysMaster = async (node: RedisServer) =>
      (await ask(node, (client) => client.info('replication'))).includes('role:master\r');
    const master = async () => {
      for (const node of nodes) if (await saysMaster(node)) return node.address;
      throw new Error('nobody says master');
    };
    const found = async () =>
      until('a node that says master', () => master().catch(() => undefined), PATIENCE);
    return await withEndpoint(found, (readUrl) =>
      measure('FAILOVER', {
        ...{ nodes, readUrl, master: found },
        handOver: async () => {
          const { port } = await found();
          const old = nodes.find(({ address }) => address.port === port);
          const [to, third] = nodes.filter((node) => node !== old);
          if (!old || !to || !third) throw new Error('three nodes were started');
          const { host, port: toPort } = to.address;
          await ask(old, (client) => client.call('FAILOVER', 'TO', host, String(toPort), 'TIMEOUT', '10000'));
          await until('the new master', () => saysMaster(to), PATIENCE);
          await ask(third, (client) => client.replicaof(host, toPort)); // which FAILOVER leaves where it was
        },
      }),
    );
  } finally {
    await Promise.all(nodes.map((node) => node.end()));
    await processes.end();
  }
}

/** Tells clients the master as the read endpoint would. */
async function withEndpoint<T>(
  master: () => Promise<Address>,
  use: (readUrl: string) => Promise<T>,
): Promise<T> {
  const server = createServer((_, response) => {
    master().then(
      (address) => response.end(nodeId(address)),
      (error: Error) => response.writeHead(503).end(error.message),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

function clock(): number {
  return performance.timeOrigin + performance.now();
}

const all = {
  bare: await ours('bare', CALM_STREAM),
  'as-aws': await ours('as-aws', AS_AWS),
  'redis-sentinel': await redisSentinel(),
  FAILOVER: await redisFailover(),
};
const row = (name: string, cells: readonly unknown[]) =>
  process.stdout.write(`${name.padEnd(40)}${cells.map((cell) => String(cell).padStart(16)).join('')}\n`);
const figures = Object.values(all);
const gaps = figures.map((one) => median(one.gaps));
const moved = figures.map((one) => median(one.moved));
const acknowledged = figures.map((one) => one.acknowledged);
const lost = figures.map((one) => one.lost);
process.stdout.write(`A master handed over while ${CLIENTS} clients write, median of ${runs}:\n`);
row('', Object.keys(all));
row('ms without an acknowledged write', gaps);
row('ms until every client is at the new one', moved);
row('writes acknowledged', acknowledged);
row('of them lost', lost);
const ratio = median(all.bare.gaps) / median(all.FAILOVER.gaps);
process.stdout.write(`Bare, writes stop for ${ratio.toFixed(2)} of the time that FAILOVER stops them for.\n`);
