/** One world from one seed: settle, let the faults come and go, heal, and see whether it finds back to order. */
import { type Address, type MasterState, nodeId } from '../../../src/core/model.ts';
import { oraclesOf } from '../oracles/all.ts';
import type { Oracle, Sent, StateWrite } from '../oracles/oracle.ts';
import { type Acknowledged, Client } from './client.ts';
import { Cluster } from './cluster.ts';
import { Facts, type Known } from './facts.ts';
import type { Fault } from './fault.ts';
import { drawFaults } from './faults.ts';
import { Fleet } from './fleet.ts';
import { Host } from './host.ts';
import { type Measures, Meter } from './meter.ts';
import type { SimulatedNode } from './node.ts';
import { Operators } from './operators.ts';
import { disorder } from './order.ts';
import { Random } from './random.ts';
import { NO_TROUBLE, SimulatedStore, type TableTrouble } from './store.ts';
import { SimulatedTable, type Writer } from './table.ts';
import { Timeline } from './timeline.ts';
import { startZoneProcess } from './zone-process.ts';

const NAME = 'mymaster';
const FAULTS_FROM_MS = 2500;
const STABLE_MS = 1500;
const ALWAYS_LOOKS_MS = 25_000;

export interface Outcome {
  readonly seed: number;
  readonly broken: readonly string[];
  readonly plan: readonly string[];
  readonly measures: Measures;
  readonly trace: readonly string[];
}

/** @param without - indices of the plan's faults that are left out */
export async function simulate(
  seed: number,
  { without = [], traced = false }: { without?: readonly number[]; traced?: boolean } = {},
): Promise<Outcome> {
  const chance = Math.random;
  const world = new World(seed, traced);
  Math.random = () => world.random.next(); // what the shell leaves to chance is the seed's too
  try {
    await world.live(without);
  } finally {
    Math.random = chance;
  }
  return {
    seed,
    broken: world.facts.broken,
    plan: world.plan.map(({ at, forMs, what }, i) => `${i}: ${at} ms, for ${forMs} ms: ${what}`),
    measures: world.meter.measures(world.acknowledged()),
    trace: world.facts.trace ?? [],
  };
}

class World {
  readonly random: Random;
  readonly facts: Facts;
  readonly plan: readonly Fault[];
  readonly meter: Meter;
  readonly #timeline = new Timeline();
  readonly #cluster: Cluster;
  readonly #fleet: Fleet;
  readonly #table: SimulatedTable;
  readonly #operators: Operators;
  readonly #oracles: readonly Oracle[];
  readonly #clients: readonly Client[];
  readonly #zones: readonly string[];
  readonly #directives: Readonly<Record<string, unknown>>;
  readonly #tables = new Map<string, TableTrouble>();
  readonly #armed = new Set<{ wanted: (state: MasterState) => boolean; then: () => void }>();
  readonly #healMs: number;

  constructor(seed: number, traced: boolean) {
    this.random = new Random(seed);
    const { random } = this;
    this.facts = new Facts(this.#timeline, traced);
    this.#zones = ['a', 'b', 'c', 'd', 'e'].slice(0, random.pick([3, 3, 3, 5]));
    const addresses = Array.from({ length: random.pick([2, 3, 3, 4, 4]) }, (_, i) => ({
      host: `10.0.0.${i + 1}`,
      port: 6379,
    }));
    const leaseMs = random.pick([2000, 2500, 4000]);
    const failoverTimeoutMs = random.pick([3000, 5000, 8000]);
    this.#directives = {
      quorum: random.pick([2, 2, 2, 1, 3]),
      'down-after-milliseconds': random.pick([300, 600, 1000, 2000]),
      'failover-timeout': failoverTimeoutMs,
      'lease-milliseconds': leaseMs,
      'alert-interval-milliseconds': random.pick([100, 200, 300]),
      'parallel-syncs': random.pick([1, 1, 2]),
      'replica-evidence': random.chance(0.8) ? 'yes' : 'no',
      'node-zones': Object.fromEntries(
        addresses.map((address, i) => [nodeId(address), this.#zones[i % this.#zones.length]]),
      ),
    };
    this.#healMs = 2 * failoverTimeoutMs + leaseMs + ALWAYS_LOOKS_MS;
    this.#cluster = this.#makeNodes(addresses);
    this.meter = new Meter(this.facts, this.#cluster, this.#zones);
    const truth = {
      nodes: this.#cluster.nodes,
      acknowledged: () => this.acknowledged(),
      unreachableMs: (zone: string, node: string, at: number) => this.meter.unreachableMs(zone, node, at),
    };
    this.#oracles = oraclesOf(truth).map((of) => of(this.facts));
    this.#table = new SimulatedTable({
      stateWritten: (by, before, after, sentAt) => this.#stateWritten(by, before, after, sentAt),
      voteCast: (by, before, vote, sentAt) =>
        this.#each((oracle) => oracle.voteCast?.(before, vote, this.#known(by), sentAt)),
      observationWritten: (by, before, after, sentAt) => {
        this.#each((oracle) => oracle.observationWritten?.(after, this.#known(by), sentAt));
        this.#fleet.observationChanged(before, after);
      },
      alertTaken: (by, { incarnation }) => {
        const known = this.#known(by);
        if (known) known.incarnation = incarnation;
      },
    });
    this.#fleet = this.#makeFleet();
    this.#operators = this.#makeOperators();
    let written = 0;
    this.#clients = Array.from(
      { length: 2 },
      (_, i) =>
        new Client(`client ${i}`, this.#cluster, this.facts, random.fork(), {
          everyMs: 90,
          next: () => ++written,
          answered: (node) => this.#each((oracle) => oracle.answered?.(node)),
        }),
    );
    const until = FAULTS_FROM_MS + random.pick([2500, 5000, 8000]);
    const setting = { nodes: addresses.map(nodeId), zones: this.#zones, emptied: random.chance(0.3) };
    this.plan = drawFaults(random.fork(), setting, FAULTS_FROM_MS, until);
  }

  acknowledged(): Acknowledged[] {
    return this.#clients.flatMap(({ acknowledged }) => acknowledged);
  }

  async live(without: readonly number[]): Promise<void> {
    this.#operators.monitor(this.#cluster.nodes[0]?.address);
    const chosen = this.plan.filter((_, i) => !without.includes(i));
    for (const fault of chosen) this.#plan(fault);
    const over = Math.max(FAULTS_FROM_MS, ...chosen.map(({ at, forMs }) => at + forMs)) + 1;
    const broken = () => this.facts.broken.length > 0;
    await this.#timeline.run(over, broken);
    if (!broken()) await this.#heal(over, chosen);
  }

  #plan({ at, forMs, what, begin }: Fault): void {
    this.#timeline.after(at, () => {
      this.facts.note(() => `>>> ${what}`);
      const lift = begin({
        cluster: this.#cluster,
        fleet: this.#fleet,
        facts: this.facts,
        operators: this.#operators,
        random: this.random,
        zones: this.#zones,
        tables: this.#tables,
        whenState: (wanted, then) => {
          const armed = { wanted, then };
          this.#armed.add(armed);
          return () => this.#armed.delete(armed);
        },
      });
      this.#timeline.after(forMs, () => {
        this.facts.note(() => `<<< ${what}`);
        lift();
      });
    });
  }

  /** All faults are over: whatever they have left, order comes back by itself, and stays. */
  async #heal(from: number, plan: readonly Fault[]): Promise<void> {
    this.facts.note(() => '=== every fault is over');
    for (const node of this.#cluster.nodes) {
      this.#cluster.resume(node);
      this.#cluster.start(node, { empty: false });
      Object.assign(node, { busy: false, diskFull: false });
    }
    this.#cluster.network.heal();
    this.#cluster.replication.lagMs.clear();
    this.#tables.clear();
    this.#operators.letGo();
    for (const { host, busy } of this.#fleet.processes) if (busy) host.thaw();
    const forgotten = plan.some(({ what }) => /operator: re(move|set)\b/.test(what));
    const wrong = () => disorder(this.facts.state, this.#cluster, this.#timeline.now, forgotten);
    let since = Number.POSITIVE_INFINITY;
    const until = from + this.#healMs;
    const stable = () => {
      if (wrong() !== undefined) since = Number.POSITIVE_INFINITY;
      else since = Math.min(since, this.#timeline.now);
      return this.#timeline.now - since >= STABLE_MS || this.facts.broken.length > 0;
    };
    await this.#timeline.run(until, stable);
    this.meter.healedAfter(this.#timeline.now - STABLE_MS - from);
    const left = wrong();
    this.facts.promise(
      left === undefined,
      () => `${Math.round(this.#healMs)} ms after the last fault: ${left}`,
    );
  }

  #stateWritten(writer: Writer, before: MasterState | undefined, after: MasterState, sentAt: number): void {
    const by = this.#known(writer);
    const { votes, observations } = this.#table.master(NAME);
    const write: StateWrite = {
      before,
      after,
      by,
      sentAt,
      votes: [...votes.values()],
      observations: [...observations.values()],
    };
    this.#each((oracle) => oracle.stateWritten?.(write));
    if (by) by.stateWriteSentAt = sentAt;
    this.facts.states.push({ from: this.#timeline.now, state: after });
    this.facts.note(() => {
      const news = after.events
        .filter(({ seq }) => seq > (before?.lastSeq ?? 0))
        .map(({ type, payload }) => `${type} ${payload}`);
      return `${by?.host.name ?? 'operator'} writes rev ${after.rev}: ${news.join('; ')}`;
    });
    this.meter.stateWritten(before, after);
    this.#fleet.stateChanged(before, after);
    for (const { wanted, then } of [...this.#armed]) if (wanted(after)) then();
  }

  #known(writer: Writer): Known | undefined {
    return writer === 'operator' ? undefined : this.facts.processes.get(writer);
  }

  #each(tell: (oracle: Oracle) => void): void {
    for (const oracle of this.#oracles) tell(oracle);
  }

  #makeNodes(addresses: readonly Address[]): Cluster {
    const cluster = new Cluster(addresses, this.#timeline, this.random.fork(), {
      executing: (node, { by }, commands) => {
        this.facts.note(() => `${node.id} runs ${commands[0]?.join(' ')} of ${by}`);
        this.#each((oracle) => oracle.running?.(node, by, commands));
      },
      roleChanged: (node: SimulatedNode) => this.facts.note(() => `${node.id} is a ${node.role}`),
    });
    const minReplicas = this.random.pick([0, 0, 1]);
    for (const node of cluster.nodes) {
      node.minReplicasToWrite = minReplicas;
      node.priority = node === cluster.nodes[0] ? 100 : this.random.pick([100, 100, 100, 100, 50, 0]);
    }
    return cluster;
  }

  #makeFleet(): Fleet {
    const pulseMs = 1000;
    return new Fleet(this.#timeline, this.random.fork(), this.facts, {
      zones: this.#zones,
      pulseMs,
      deadlineMs: this.random.pick([6000, 15_000, 60_000]),
      start: (host) =>
        startZoneProcess(
          host,
          this.#cluster,
          this.facts,
          {
            execSent: (wire, commands, alone) =>
              this.#sent({ wire, commands, alone, node: wire.node, by: this.facts.process(wire.host) }),
          },
          {
            table: this.#table,
            timeline: this.#timeline,
            random: this.random.fork(),
            trouble: () => this.#tables.get(host.zone) ?? NO_TROUBLE,
          },
          pulseMs,
          (by, line) => this.#each((oracle) => oracle.told?.(by, line)),
        ),
    });
  }

  #sent(sent: Sent): void {
    this.#each((oracle) => oracle.sent?.(sent));
  }

  #makeOperators(): Operators {
    const host = new Host('operator', 'operator', this.#timeline, this.random.fork(), 0);
    const store = new SimulatedStore({
      table: this.#table,
      timeline: this.#timeline,
      random: this.random.fork(),
      trouble: () => NO_TROUBLE,
    });
    return new Operators(host, store, this.facts, NAME, this.#directives);
  }
}
