/** One master and its replicas, each behind a door: what both sentinels under test are given to watch. */
import { type Address, nodeId } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import type { Processes } from '../../src/local/processes.ts';
import { type RedisServer, type RedisServerOptions, startRedis } from '../../src/local/redis-server.ts';
import { amissAtMaster, amissAtReplica } from './amiss.ts';
import { Door } from './door.ts';
import type { NodeRole } from './fault.ts';
import { ZONES } from './plan.ts';

export const NODE_COUNT = 3;

/** A process that calls from an address of its own is known by it; all of 127/8 is loopback. */
export const nodeCallsFrom = (i: number) => `127.0.1.${i + 1}`;
export const zoneCallsFrom = (zone: number) => `127.0.2.${zone + 1}`;
export const nodeCaller = (i: number) => `node ${i}`;
export const zoneCaller = (zone: number) => `zone ${zone}`;

/** Whoever calls from 127.0.0.1 is a client: no fault is meant for it. */
export function callerAt(address: string): string {
  for (let i = 0; i < Math.max(NODE_COUNT, ZONES); i++) {
    if (address === nodeCallsFrom(i)) return nodeCaller(i);
    if (address === zoneCallsFrom(i)) return zoneCaller(i);
  }
  return 'client';
}

export class Group {
  readonly doors: Door[] = [];
  nodes: readonly RedisServer[] = [];

  /** How the i-th node is to be started, its door before it. */
  readonly nodeOptions = async (
    i: number,
    port: number,
  ): Promise<Omit<RedisServerOptions, 'port' | 'replicaOf'>> => {
    const door = await Door.to({ host: '127.0.0.1', port }, callerAt);
    this.doors[i] = door;
    return {
      announce: door.address,
      config: {
        'bind-source-addr': nodeCallsFrom(i),
        // A node that is killed comes back with all it acknowledged: what is then missing, a failover has lost.
        appendonly: 'yes',
        appendfsync: 'no',
        'auto-aof-rewrite-percentage': '0',
      },
    };
  };

  /** Starts them without a stack. */
  async start(processes: Processes): Promise<void> {
    const nodes: RedisServer[] = [];
    this.nodes = nodes;
    for (let i = 0; i < NODE_COUNT; i++) {
      const port = await freePort();
      const own = await this.nodeOptions(i, port);
      const master = nodes[0]?.announced;
      nodes.push(await startRedis(processes, { port, ...own, ...(master && { replicaOf: master }) }));
    }
  }

  /** The nodes that play these parts while `master` is the master. */
  playing(roles: readonly NodeRole[], master: string): number[] {
    const all = this.nodes.map((_, i) => i);
    const [first, second] = all.filter((i) => this.nameOf(i) !== master);
    const cast = {
      'the master': this.indexOf(master),
      'the first replica': first,
      'the second replica': second,
    };
    return roles.flatMap((role) => cast[role] ?? []);
  }

  nameOf(i: number): string {
    return nodeId(this.#node(i).announced);
  }

  /** The same, before it is started. */
  announcedBy(i: number): string {
    const door = this.doors[i];
    if (!door) throw new Error(`there is no door ${i}`);
    return nodeId(door.address);
  }

  indexOf(name: string): number {
    const i = this.nodes.findIndex(({ announced }) => nodeId(announced) === name);
    if (i < 0) throw new Error(`no node is announced as ${name}`);
    return i;
  }

  /** Where the node of that name listens itself: by no door. */
  addressOf(name: string): Address {
    return this.#node(this.indexOf(name)).address;
  }

  /** SIGKILL. @returns how to start it again */
  async kill(i: number): Promise<() => Promise<void>> {
    const node = this.#node(i);
    await node.kill();
    return async () => {
      if (!node.running) await node.restart();
    };
  }

  /** SIGSTOP. @returns how to wake it, unless it was killed meanwhile */
  async hang(i: number): Promise<() => Promise<void>> {
    const node = this.#node(i);
    if (!node.running) return async () => {};
    const { pid } = node;
    await node.stop();
    return async () => {
      if (node.running && node.pid === pid) node.cont();
    };
  }

  /** What is amiss: undefined when `master` alone says master and takes writes, and all others follow it. */
  async amiss(master: string): Promise<string | undefined> {
    for (const [i, node] of this.nodes.entries()) {
      if (!node.running) return `${this.nameOf(i)} does not run`;
      const what = await (this.nameOf(i) === master ? amissAtMaster(node) : amissAtReplica(node, master));
      if (what !== undefined) return `${this.nameOf(i)} ${what}`;
    }
    return undefined;
  }

  async end(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.end()));
    await Promise.all(this.doors.map((door) => door.end()));
  }

  #node(i: number): RedisServer {
    const node = this.nodes[i];
    if (!node) throw new Error(`there is no node ${i}`);
    return node;
  }
}
