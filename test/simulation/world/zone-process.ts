/** A cold start: the production zone, with its production links, on simulated ports. */
import { IoredisNodes } from '../../../src/adapters/redis/nodes.ts';
import type { Connect } from '../../../src/adapters/redis/wire.ts';
import type { NodeLook } from '../../../src/core/looks.ts';
import { type Address, type NodeId, nodeId } from '../../../src/core/model.ts';
import type { LookRequest, RedisNodes, TransactionOutcome, TransactionRequest } from '../../../src/ports.ts';
import { Zone } from '../../../src/sentinel/zone.ts';
import type { Known } from './facts.ts';
import { type Group, groupOf } from './group.ts';
import type { Host } from './host.ts';
import { SimulatedStore, type StoreOptions } from './store.ts';
import { connector } from './wire.ts';

export interface ZoneProcess {
  readonly host: Host;
  readonly zone: Zone;
  /** It serves an invocation. */
  busy: boolean;
}

export function startZoneProcess(
  host: Host,
  groups: readonly Group[],
  pulseMs: number,
  options: Omit<StoreOptions, 'host'>,
): ZoneProcess {
  const store = new SimulatedStore({ ...options, host });
  for (const { facts, name } of groups) facts.processes.set(host, newcomer(host, store, name));
  const connect: Connect = (target, events) => {
    const of = groupOf(groups, nodeId(target));
    return connector(of.cluster, host, of)(target, events);
  };
  const zone = new Zone(
    {
      clock: host.clock,
      store,
      nodes: new WatchedNodes(new IoredisNodes({ clock: host.clock, connect }), host, groups),
      telemetry: {
        log(_, message, { master } = {}) {
          for (const one of groups) if (master === undefined || master === one.name) one.told(host, message);
        },
      },
      secrets: { reveal: unasked, keep: unasked },
      crash: () => host.kill(),
    },
    { id: host.zone, pulseMs },
  );
  return { host, zone, busy: false };
}

function newcomer(host: Host, store: SimulatedStore, master: string): Known {
  return {
    host,
    store,
    looks: new Map(),
    links: new Map(),
    heardAt: new Map(),
    incarnations: [],
    stateWriteSentAt: Number.NEGATIVE_INFINITY,
    get viewAskedAt() {
      return store.viewAskedAt.get(master) ?? Number.NEGATIVE_INFINITY;
    },
    promoted: new Set(),
    handedOver: new Set(),
    letGo: new Set(),
  };
}

function unasked(): never {
  throw new Error('no password is used in this world');
}

/** The nodes as the zone knows them; the world remembers what it saw, and what its transactions came to. */
class WatchedNodes implements RedisNodes {
  readonly #nodes: RedisNodes;
  readonly #host: Host;
  readonly #groups: readonly Group[];

  constructor(nodes: RedisNodes, host: Host, groups: readonly Group[]) {
    this.#nodes = nodes;
    this.#host = host;
    this.#groups = groups;
  }

  async look(request: LookRequest): Promise<NodeLook> {
    const id = nodeId(request.node);
    const group = groupOf(this.#groups, id);
    const { facts } = group;
    const known = facts.process(this.#host);
    const askedAt = facts.now;
    for (const other of this.#groups) if (other !== group) other.lookedElsewhere(this.#host);
    const look = await this.#nodes.look(request);
    known.looks.set(id, { look, askedAt, at: facts.now });
    if (look.outcome === 'answered') facts.answeredAt = facts.now;
    if ('link' in look) known.links.set(id, look.link);
    return look;
  }

  async transact(request: TransactionRequest): Promise<TransactionOutcome> {
    const [node = ''] = request.link.split('#');
    const { facts } = groupOf(this.#groups, node as NodeId);
    const known = facts.process(this.#host);
    const { state } = facts;
    const epoch = state?.failover?.epoch ?? 0;
    const outcome = await this.#nodes.transact(request);
    const [words = []] = request.commands;
    if (words[1] === 'UNPAUSE') known.letGo.add(`${epoch} ${node}`);
    if (outcome.kind === 'executed' && words[0] === 'REPLICAOF') {
      if (words[1] === 'NO') known.promoted.add(`${epoch} ${node}`);
      else if (state?.failover?.kind === 'coordinated' && state.failover.step === 'promoting')
        known.handedOver.add(epoch);
    }
    return outcome;
  }

  allows(node: Address): boolean {
    return this.#nodes.allows(node);
  }

  keepOnly(nodes: readonly Address[]): void {
    this.#nodes.keepOnly(nodes);
  }

  close(): void {
    this.#nodes.close();
  }
}
