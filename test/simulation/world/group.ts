/** One master with its replicas, its clients and its operator, what befalls them, and whoever watches over the promises. */
import { type Address, type MasterState, type NodeId, nodeId } from '../../../src/core/model.ts';
import { oraclesOf } from '../oracles/all.ts';
import type { Oracle, StateWrite } from '../oracles/oracle.ts';
import { type Acknowledged, Client } from './client.ts';
import { Cluster } from './cluster.ts';
import { Facts, type Known } from './facts.ts';
import { FAULTS_FROM_MS, type Fault } from './fault.ts';
import { type Amount, drawFaults } from './faults.ts';
import { Host } from './host.ts';
import { type Measures, Meter } from './meter.ts';
import type { SimulatedNode } from './node.ts';
import { Operators } from './operators.ts';
import { disorder } from './order.ts';
import type { Random } from './random.ts';
import { NO_TROUBLE, SimulatedStore } from './store.ts';
import type { Master, SimulatedTable } from './table.ts';
import type { Timeline } from './timeline.ts';
import type { SimulatedWire, WireWatcher } from './wire.ts';

export interface GroupOptions {
  readonly name: string;
  /** The first three numbers of its nodes' addresses. */
  readonly subnet: string;
  readonly zones: readonly string[];
  readonly timeline: Timeline;
  readonly random: Random;
  readonly trace: string[] | undefined;
  /** What its lines begin with, where there is more than one group. */
  readonly prefix: string;
}

export class Group implements WireWatcher {
  readonly name: string;
  readonly random: Random;
  readonly facts: Facts;
  readonly cluster: Cluster;
  readonly meter: Meter;
  /** How long it may take to be in order again, in ms. */
  readonly healMs: number;
  readonly #options: GroupOptions;
  readonly #oracles: readonly Oracle[];
  readonly #directives: Readonly<Record<string, unknown>>;
  readonly #armed = new Set<{ wanted: (state: MasterState) => boolean; then: () => void }>();
  #operators: Operators | undefined;
  #emptied = false;
  #clients: readonly Client[] = [];

  constructor(options: GroupOptions) {
    const { zones, random, timeline } = options;
    this.#options = options;
    this.name = options.name;
    this.random = random;
    this.facts = new Facts(timeline, options.prefix, options.trace);
    const addresses = Array.from({ length: random.pick([2, 3, 3, 4, 4]) }, (_, i) => ({
      host: `${options.subnet}.${i + 1}`,
      port: 6379,
    }));
    const leaseMs = random.pick([2000, 2500, 4000]);
    const failoverTimeoutMs = random.pick([3000, 5000, 8000]);
    this.healMs = 2 * failoverTimeoutMs + leaseMs;
    this.#directives = {
      quorum: random.pick([2, 2, 2, 1, 3]),
      'down-after-milliseconds': random.pick([300, 600, 1000, 2000]),
      'failover-timeout': failoverTimeoutMs,
      'lease-milliseconds': leaseMs,
      'alert-interval-milliseconds': random.pick([100, 200, 300]),
      'parallel-syncs': random.pick([1, 1, 2]),
      'replica-evidence': random.chance(0.8) ? 'yes' : 'no',
      'node-zones': Object.fromEntries(
        addresses.map((address, i) => [nodeId(address), zones[i % zones.length]]),
      ),
    };
    this.cluster = this.#makeNodes(addresses);
    this.meter = new Meter(this.facts, this.cluster, zones);
    const truth = {
      nodes: this.cluster.nodes,
      acknowledged: () => this.acknowledged(),
      unreachableMs: (zone: string, node: string, at: number) => this.meter.unreachableMs(zone, node, at),
    };
    this.#oracles = oraclesOf(truth).map((of) => of(this.facts));
  }

  get operators(): Operators {
    if (!this.#operators) throw new Error('nobody lives here yet');
    return this.#operators;
  }

  acknowledged(): Acknowledged[] {
    return this.#clients.flatMap(({ acknowledged }) => acknowledged);
  }

  measures(): Measures {
    return this.meter.measures(this.acknowledged());
  }

  /** Its operator and its clients come. @returns what is to befall it */
  populate(table: SimulatedTable): Fault[] {
    const { random } = this;
    this.#operators = this.#makeOperators(table);
    let written = 0;
    this.#clients = Array.from(
      { length: 2 },
      (_, i) =>
        new Client(`client ${i}`, this.cluster, this.facts, random.fork(), {
          everyMs: 90,
          next: () => ++written,
          answered: (node) => this.each((oracle) => oracle.answered?.(node)),
        }),
    );
    const until = FAULTS_FROM_MS + random.pick([2500, 5000, 8000]);
    this.#emptied = random.chance(0.3);
    return this.#draw(random.fork(), { atLeast: 1, atMost: 4, until });
  }

  /** Many faults at once and one after the other, beside those it has. */
  storm(random: Random): Fault[] {
    const until = FAULTS_FROM_MS + random.pick([5000, 10_000, 15_000]);
    return this.#draw(random, { atLeast: 5, atMost: 10, until });
  }

  #draw(random: Random, amount: Amount): Fault[] {
    const nodes = this.cluster.nodes.map(({ id }) => id);
    const setting = { nodes, zones: this.#options.zones, emptied: this.#emptied };
    return drawFaults(random, setting, amount);
  }

  each(tell: (oracle: Oracle) => void): void {
    for (const oracle of this.#oracles) tell(oracle);
  }

  execSent(wire: SimulatedWire, commands: readonly (readonly string[])[], alone: boolean): void {
    const sent = { wire, commands, alone, node: wire.node, by: this.facts.process(wire.host) };
    this.each((oracle) => oracle.sent?.(sent));
  }

  heard({ host, node }: SimulatedWire): void {
    this.facts.process(host).heardAt.set(node.id, this.facts.now);
  }

  lookedElsewhere(host: Host): void {
    const by = this.facts.process(host);
    this.each((oracle) => oracle.lookedElsewhere?.(by));
  }

  told(host: Host, line: string): void {
    this.facts.note(() => `${host.name}: ${line}`);
    const by = this.facts.process(host);
    this.each((oracle) => oracle.told?.(by, line));
  }

  /** @param stands - what stands in the table besides the state */
  stateWritten(
    by: Known | undefined,
    before: MasterState | undefined,
    after: MasterState,
    sentAt: number,
    { votes, observations }: Master,
  ): void {
    const write: StateWrite = {
      before,
      after,
      by,
      sentAt,
      votes: [...votes.values()],
      observations: [...observations.values()],
    };
    this.each((oracle) => oracle.stateWritten?.(write));
    if (by) by.stateWriteSentAt = sentAt;
    this.facts.states.push({ from: this.facts.now, state: after });
    this.facts.note(() => {
      const news = after.events
        .filter(({ seq }) => seq > (before?.lastSeq ?? 0))
        .map(({ type, payload }) => `${type} ${payload}`);
      return `${by?.host.name ?? 'operator'} writes rev ${after.rev}: ${news.join('; ')}`;
    });
    this.meter.stateWritten(before, after);
  }

  whenState(wanted: (state: MasterState) => boolean, then: () => void): () => void {
    const armed = { wanted, then };
    this.#armed.add(armed);
    return () => this.#armed.delete(armed);
  }

  /** Faults that wait for this state strike. */
  strike(state: MasterState): void {
    for (const { wanted, then } of [...this.#armed]) if (wanted(state)) then();
  }

  /** Whatever still ails its nodes ends. */
  heal(): void {
    const { cluster } = this;
    for (const node of cluster.nodes) {
      cluster.resume(node);
      cluster.start(node, { empty: false });
      Object.assign(node, { busy: false, diskFull: false });
    }
    cluster.network.heal();
    cluster.replication.lagMs.clear();
    this.operators.letGo();
  }

  /** @param forgotten - an operator had the master removed or reset */
  disorder(forgotten: boolean): string | undefined {
    return disorder(this.facts.state, this.cluster, this.facts.now, forgotten);
  }

  #makeNodes(addresses: readonly Address[]): Cluster {
    const { timeline, random } = this.#options;
    const cluster = new Cluster(addresses, timeline, random.fork(), {
      executing: (node, { by }, commands) => {
        this.facts.note(() => `${node.id} runs ${commands[0]?.join(' ')} of ${by}`);
        this.each((oracle) => oracle.running?.(node, by, commands));
      },
      roleChanged: (node: SimulatedNode) => this.facts.note(() => `${node.id} is a ${node.role}`),
    });
    const minReplicas = random.pick([0, 0, 1]);
    for (const node of cluster.nodes) {
      node.minReplicasToWrite = minReplicas;
      node.priority = node === cluster.nodes[0] ? 100 : random.pick([100, 100, 100, 100, 50, 0]);
    }
    return cluster;
  }

  #makeOperators(table: SimulatedTable): Operators {
    const { timeline, random } = this.#options;
    const host = new Host('operator', 'operator', timeline, random.fork(), 0);
    const store = new SimulatedStore({ table, timeline, random: random.fork(), trouble: () => NO_TROUBLE });
    return new Operators(host, store, this.facts, this.name, this.#directives);
  }
}

/** The group that a node belongs to. */
export function groupOf(groups: readonly Group[], node: NodeId): Group {
  const group = groups.find(({ cluster }) => cluster.node(node));
  if (!group) throw new Error(`there is no node ${node}`);
  return group;
}
