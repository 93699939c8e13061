/** The Redis nodes of the random world: what they are, who reaches them, and what a command does to them. */
import type { NodeCommand } from '../../src/core/commands.ts';
import type { NodeInfo } from '../../src/core/info.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { type Address, type MonoMs, type NodeId, nodeId, type SentinelId } from '../../src/core/model.ts';

export type Path = 'open' | 'refused' | 'silent';

export interface WorldNode {
  readonly address: Address;
  alive: boolean;
  upstream: NodeId | undefined;
  offset: number;
  history: string;
  historyBefore: string;
  /** Up to where it shares `historyBefore`. */
  shared: number;
  /** Writers are held back until then. */
  pausedUntil: MonoMs;
  restarts: number;
  /** How a zone reaches it; open where nothing is said. */
  readonly paths: Map<SentinelId, Path>;
}

export class WorldNodes {
  readonly #nodes: ReadonlyMap<NodeId, WorldNode>;
  #histories = 1;
  /** The world's own time, which no zone's clock shows. */
  #now = 0;

  /** The first is the master of all others. */
  constructor(addresses: readonly Address[]) {
    const [master] = addresses.map(nodeId);
    const nodes = addresses.map((address, i) => ({
      address,
      alive: true,
      upstream: i === 0 ? undefined : master,
      offset: 100,
      history: 'history-1',
      historyBefore: '0'.repeat(40),
      shared: 0,
      pausedUntil: 0,
      restarts: 0,
      paths: new Map<SentinelId, Path>(),
    }));
    this.#nodes = new Map(nodes.map((node) => [nodeId(node.address), node]));
  }

  get all(): readonly WorldNode[] {
    return [...this.#nodes.values()];
  }

  /** Masters take writes, replicas with a link follow, and take over their master's history. */
  work(ms: number): void {
    this.#now += ms;
    for (const node of this.all) {
      if (node.alive && !node.upstream && !this.paused(node)) node.offset += ms;
    }
    for (const node of this.all) {
      const upstream = this.#linked(node);
      if (!upstream) continue;
      node.offset = upstream.offset;
      node.history = upstream.history;
      node.historyBefore = upstream.historyBefore;
      node.shared = upstream.shared;
    }
  }

  look(zone: SentinelId, address: Address, now: MonoMs, unansweredSince: MonoMs | undefined): NodeLook {
    const node = this.#nodes.get(nodeId(address));
    const base = { node: address, sentAt: now, at: now };
    const path = node?.paths.get(zone) ?? 'open';
    if (!node?.alive || path === 'refused') return { ...base, outcome: 'refused', detail: 'ECONNREFUSED' };
    if (path === 'silent') return { ...base, outcome: 'silent', since: unansweredSince ?? now };
    return { ...base, outcome: 'answered', reply: 'pong', link: linkTo(node), info: this.#info(node) };
  }

  /** @returns false when the node is out of that zone's reach, so that nothing ran */
  run(zone: SentinelId, command: NodeCommand): boolean {
    const node = this.#nodes.get(nodeId(command.node));
    if (!node?.alive || (node.paths.get(zone) ?? 'open') !== 'open') return false;
    if (command.link !== linkTo(node)) return false;
    if (command.kind === 'pause') {
      if (node.upstream) return false;
      node.pausedUntil = this.#now + command.forMs;
      return true;
    }
    if (command.kind !== 'shut out') node.pausedUntil = 0;
    if (command.kind === 'follow' || command.kind === 'hand over') node.upstream = nodeId(command.upstream);
    if (command.kind !== 'promote' || !node.upstream) return true;
    this.meddle(node, undefined);
    return true;
  }

  paused(node: WorldNode): boolean {
    return this.#now < node.pausedUntil;
  }

  /** Somebody else's REPLICAOF; without an upstream, NO ONE. */
  meddle(node: WorldNode, upstream: WorldNode | undefined): void {
    if (upstream) node.upstream = nodeId(upstream.address);
    else if (node.upstream) {
      node.upstream = undefined;
      this.#newHistory(node);
    }
  }

  infoOf(address: Address): NodeInfo | undefined {
    const node = this.get(address);
    return node && this.#info(node);
  }

  get(address: Address): WorldNode | undefined {
    return this.#nodes.get(nodeId(address));
  }

  /** Another process takes the node's place: with its data, or without, as a master. */
  restart(node: WorldNode, empty: boolean): void {
    node.alive = true;
    node.pausedUntil = 0;
    node.restarts += 1;
    if (!empty) return;
    node.offset = 0;
    if (node.upstream) return;
    node.history = `history-${++this.#histories}`;
    node.historyBefore = '0'.repeat(40);
    node.shared = 0;
  }

  #newHistory(node: WorldNode): void {
    node.historyBefore = node.history;
    node.shared = node.offset;
    node.history = `history-${++this.#histories}`;
  }

  #linked(node: WorldNode): WorldNode | undefined {
    const upstream = node.upstream === undefined ? undefined : this.#nodes.get(node.upstream);
    return node.alive && upstream?.alive && !upstream.upstream ? upstream : undefined;
  }

  #info(node: WorldNode): NodeInfo {
    const id = nodeId(node.address);
    const followers = this.all.filter((other) => other.upstream === id && other.alive);
    const upstream = node.upstream === undefined ? undefined : this.#nodes.get(node.upstream);
    const linkUp = this.#linked(node) !== undefined;
    return {
      role: upstream ? 'slave' : 'master',
      replicationId: node.history,
      replicationId2: node.historyBefore,
      offset: node.offset,
      ...(node.shared > 0 && { sharedOffset: node.shared }),
      replicas: upstream ? [] : followers.map(({ address }) => ({ address, state: 'online', offset: 0 })),
      runId: node.restarts === 0 ? `run-${id}` : `run-${id}-${node.restarts}`,
      keys: node.offset,
      ...(upstream && {
        upstream: {
          address: upstream.address,
          linkUp,
          ...(linkUp ? { lastIoAgoMs: 0 } : { linkDownForMs: 0 }),
          syncInProgress: false,
          priority: 100,
          announced: true,
        },
      }),
    };
  }
}

/** Another process behind the address is another connection. */
function linkTo({ address, restarts }: WorldNode): string {
  return `${nodeId(address)}#${restarts}`;
}
