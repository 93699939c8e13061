/** The Redis nodes over ioredis: one kept connection a node, each under a name that is never used again. */
import { lookup } from 'node:dns/promises';
import type { NodeLook } from '../../core/looks.ts';
import { type Address, type NodeId, nodeId } from '../../core/model.ts';
import type {
  LinkId,
  LookRequest,
  LoopClock,
  NodeAccess,
  RedisNodes,
  TransactionOutcome,
  TransactionRequest,
} from '../../ports.ts';
import { Connection } from './connection.ts';
import { Link, type LinkEvents } from './link.ts';
import { NodeLinks } from './node-links.ts';
import { type Lookup, Places, type Reachable } from './places.ts';
import { runTransaction } from './transaction.ts';
import type { Connect } from './wire.ts';

export interface IoredisNodesOptions {
  readonly clock: LoopClock;
  /** From the address a node announces to the one it is reached at. @default the same */
  readonly connectTo?: (node: Address) => Address;
  /** CIDRs in which the nodes lie; a connection to any other address is not opened. @default everything is allowed */
  readonly allowed?: readonly string[];
  /** For nodes whose access is by TLS. @default the certificates this system trusts, and none of its own */
  readonly tls?: TlsMaterial;
  /** How names are resolved. @default `lookup` of node:dns/promises */
  readonly lookup?: Lookup;
  /** When a pending TCP connect is given up. @default 10000 */
  readonly connectTimeoutMs?: number;
  /** How one connection is opened. @default by ioredis */
  readonly connect?: Connect;
}

/** Of this zone, each in PEM. */
export interface TlsMaterial {
  /** What a node's certificate is held to. @default the certificates this system trusts */
  readonly ca?: string;
  /** What this zone shows to nodes that ask for it, with its key. */
  readonly cert?: string;
  readonly key?: string;
  /** The name a node's certificate must bear. @default the host the node is reached at */
  readonly servername?: string;
}

export class IoredisNodes implements RedisNodes {
  readonly #options: IoredisNodesOptions;
  readonly #nodes = new Map<NodeId, NodeLinks>();
  readonly #links = new Map<LinkId, Link>();
  readonly #places: Places;
  #opened = 0;

  /** @throws Error for an allowed network that is no CIDR. */
  constructor(options: IoredisNodesOptions) {
    this.#options = options;
    const { clock, connectTo, allowed } = options;
    this.#places = new Places({ clock, connectTo, allowed, lookup: options.lookup ?? lookup });
  }

  look(request: LookRequest): Promise<NodeLook> {
    return this.#node(request.node).look(request);
  }

  async transact(request: TransactionRequest): Promise<TransactionOutcome> {
    const link = this.#links.get(request.link);
    if (!link) return { kind: 'abandoned', reason: `connection ${request.link} is closed` };
    return runTransaction(link, request, this.#options.clock);
  }

  allows(node: Address): boolean {
    return this.#places.allows(node);
  }

  keepOnly(nodes: readonly Address[]): void {
    const kept = new Set(nodes.map(nodeId));
    for (const [id, links] of this.#nodes) {
      if (kept.has(id)) continue;
      this.#nodes.delete(id);
      links.dismiss();
    }
  }

  /** Closes every connection, that of a running transaction too. A later look opens new ones. */
  close(): void {
    this.keepOnly([]);
    for (const link of this.#links.values()) link.reset('closed');
  }

  #node(node: Address): NodeLinks {
    const id = nodeId(node);
    let links = this.#nodes.get(id);
    if (!links) {
      links = new NodeLinks({
        node,
        clock: this.#options.clock,
        find: (timeoutMs) => this.#places.find(node, timeoutMs),
        open: (place, access, events) => this.#open(node, place, access, events),
      });
      this.#nodes.set(id, links);
    }
    return links;
  }

  #open(node: Address, { host, port, ips }: Reachable, access: NodeAccess, events: LinkEvents): Link {
    const { clock, tls = {}, connectTimeoutMs = 10_000, connect = overIoredis } = this.#options;
    const link = new Link({
      id: `${nodeId(node)}#${++this.#opened}`,
      target: { host, port, ips, tls: access.tls ? tls : undefined, connectTimeoutMs },
      access,
      clock,
      connect,
      onReply: events.onReply,
      onChange: (changed) => {
        if (changed.failure) this.#links.delete(changed.id);
        events.onChange(changed);
      },
    });
    this.#links.set(link.id, link);
    return link;
  }
}

function overIoredis(...[target, events]: Parameters<Connect>): Connection {
  return new Connection(target, events);
}
