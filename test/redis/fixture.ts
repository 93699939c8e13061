/** Real servers and the adapter, gone again when the test is over, whether it passed or not. */
import { afterAll, onTestFinished } from 'vitest';
import { IoredisNodes, type IoredisNodesOptions } from '../../src/adapters/redis/nodes.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import type { Address } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { type RedisServer, type RedisServerOptions, startRedis } from '../../src/local/redis-server.ts';
import type { NodeAccess } from '../../src/ports.ts';

export type Answered = Extract<NodeLook, { outcome: 'answered' }>;

const processes = new Processes();
afterAll(() => processes.end());

export async function redis(options: Partial<RedisServerOptions> = {}): Promise<RedisServer> {
  const server = await startRedis(processes, { port: await freePort(), ...options });
  onTestFinished(() => server.end());
  return server;
}

export function redisNodes(options: Omit<IoredisNodesOptions, 'clock'> = {}): IoredisNodes {
  const nodes = new IoredisNodes({ clock: systemClock, ...options });
  onTestFinished(() => nodes.close());
  return nodes;
}

/** How a node is come in to, where the test says nothing else: by no password, over plain TCP. */
export function access(change: Partial<NodeAccess> = {}): NodeAccess {
  return { passwords: [], tls: false, renamedCommands: {}, ...change };
}

/** A look that has to be answered. */
export async function answered(
  nodes: IoredisNodes,
  node: Address,
  info: 'replication' | 'all' = 'replication',
  change: Partial<NodeAccess> = {},
): Promise<Answered> {
  const look = await nodes.look({ node, info, timeoutMs: 5000, access: access(change) });
  if (look.outcome !== 'answered') throw new Error(`expected an answer: ${JSON.stringify(look)}`);
  return look;
}

/** How many connections the server knows by our name. */
export async function namedConnections(server: RedisServer): Promise<number> {
  const list = await server.client().client('LIST');
  return String(list).split('name=lambda-sentinel').length - 1;
}

/** Looks again until `wanted`, and gives the look that was it. */
export async function lookUntil(
  nodes: IoredisNodes,
  node: Address,
  wanted: (look: NodeLook) => boolean,
  timeoutMs = 5000,
): Promise<NodeLook> {
  for (const deadline = performance.now() + timeoutMs; ; ) {
    const look = await nodes.look({ node, info: 'all', timeoutMs: 100 });
    if (wanted(look)) return look;
    if (performance.now() > deadline) throw new Error(`never seen; the last look: ${JSON.stringify(look)}`);
    await systemClock.sleep(5);
  }
}

/** A replica whose link to its master is up. */
export async function replicaOf(
  master: RedisServer,
  config: Record<string, string> = {},
): Promise<RedisServer> {
  const replica = await redis({ replicaOf: master.address, config });
  await lookUntil(
    redisNodes(),
    replica.address,
    (look) => look.outcome === 'answered' && look.info?.upstream?.linkUp === true,
  );
  return replica;
}

/** Stands still for `ms`, timers, sockets and all, as a frozen function does. */
export function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
