/** A cold start: the production zone, with its production links, on simulated ports. */
import { IoredisNodes } from '../../../src/adapters/redis/nodes.ts';
import type { NodeLook } from '../../../src/core/looks.ts';
import { type Address, nodeId } from '../../../src/core/model.ts';
import type { LookRequest, RedisNodes, TransactionOutcome, TransactionRequest } from '../../../src/ports.ts';
import { Zone } from '../../../src/sentinel/zone.ts';
import type { Cluster } from './cluster.ts';
import type { Facts, Known } from './facts.ts';
import type { Host } from './host.ts';
import { SimulatedStore, type StoreOptions } from './store.ts';
import { connector, type WireWatcher } from './wire.ts';

export interface ZoneProcess {
  readonly host: Host;
  readonly zone: Zone;
  /** It serves an invocation. */
  busy: boolean;
}

export function startZoneProcess(
  host: Host,
  cluster: Cluster,
  facts: Facts,
  watcher: WireWatcher,
  store: Omit<StoreOptions, 'host'>,
  pulseMs: number,
  told: (by: Known, line: string) => void,
): ZoneProcess {
  const known: Known = {
    host,
    store: new SimulatedStore({ ...store, host }),
    looks: new Map(),
    links: new Map(),
    incarnation: undefined,
    stateWriteSentAt: Number.NEGATIVE_INFINITY,
    promoted: new Set(),
    handedOver: new Set(),
    letGo: new Set(),
  };
  facts.processes.set(host, known);
  const links = new IoredisNodes({ clock: host.clock, connect: connector(cluster, host, watcher) });
  const zone = new Zone(
    {
      clock: host.clock,
      store: known.store,
      nodes: new WatchedNodes(links, known, facts),
      telemetry: {
        log(_, message) {
          facts.note(() => `${host.name}: ${message}`);
          told(known, message);
        },
      },
      secrets: { reveal: unasked, keep: unasked },
      crash: () => host.kill(),
    },
    { id: host.zone, pulseMs },
  );
  return { host, zone, busy: false };
}

function unasked(): never {
  throw new Error('no password is used in this world');
}

/** The nodes as the zone knows them; the world remembers what it saw, and what its transactions came to. */
class WatchedNodes implements RedisNodes {
  readonly #nodes: RedisNodes;
  readonly #known: Known;
  readonly #facts: Facts;

  constructor(nodes: RedisNodes, known: Known, facts: Facts) {
    this.#nodes = nodes;
    this.#known = known;
    this.#facts = facts;
  }

  async look(request: LookRequest): Promise<NodeLook> {
    const askedAt = this.#facts.now;
    const look = await this.#nodes.look(request);
    const id = nodeId(request.node);
    this.#known.looks.set(id, { look, askedAt, at: this.#facts.now });
    if (look.outcome === 'answered') this.#facts.answeredAt = this.#facts.now;
    if ('link' in look) this.#known.links.set(id, look.link);
    return look;
  }

  async transact(request: TransactionRequest): Promise<TransactionOutcome> {
    const { state } = this.#facts;
    const epoch = state?.failover?.epoch ?? 0;
    const outcome = await this.#nodes.transact(request);
    const [words = []] = request.commands;
    const [node = ''] = request.link.split('#');
    if (words[1] === 'UNPAUSE') this.#known.letGo.add(`${epoch} ${node}`);
    if (outcome.kind === 'executed' && words[0] === 'REPLICAOF') {
      if (words[1] === 'NO') this.#known.promoted.add(`${epoch} ${node}`);
      else if (state?.failover?.kind === 'coordinated' && state.failover.step === 'promoting')
        this.#known.handedOver.add(epoch);
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
