/** One world from one seed: settle, let the faults come and go, heal, and see whether it finds back to order. */
import { FAULTS_FROM_MS, type Fault } from './fault.ts';
import { muted } from './faults-of-functions.ts';
import { Fleet } from './fleet.ts';
import { Group, type GroupOptions } from './group.ts';
import { type Measures, together } from './meter.ts';
import { Random } from './random.ts';
import { NO_TROUBLE, type TableTrouble } from './store.ts';
import { SimulatedTable, type Writer } from './table.ts';
import { Timeline } from './timeline.ts';
import { startZoneProcess } from './zone-process.ts';

const STABLE_MS = 1500;
const ALWAYS_LOOKS_MS = 25_000;
/** Worlds in which the zones look after a second master, and those in which a zone falls silent with its last word. */
const SECOND_GROUPS = 0.2;
const MUTED_ZONES = 0.03;
/** Worlds in which many faults come together: rare ones meet there that else meet in one world of a hundred thousand. */
const STORMS = 0.05;

export interface Outcome {
  readonly seed: number;
  /** Whether a storm was asked for. */
  readonly storm: boolean;
  readonly broken: readonly string[];
  readonly plan: readonly string[];
  readonly measures: Measures;
  readonly trace: readonly string[];
}

export interface How {
  /** Indices of the plan's faults that are left out. @default none */
  readonly without?: readonly number[];
  /** Whether what happens is written down. @default false */
  readonly traced?: boolean;
  /** Whether there is a storm, whatever the seed says. @default false */
  readonly storm?: boolean;
}

export async function simulate(seed: number, how: How = {}): Promise<Outcome> {
  const { without = [], traced = false, storm = false } = how;
  const chance = Math.random;
  const world = new World(seed, traced, storm ? 1 : STORMS);
  Math.random = () => world.random.next(); // what the shell leaves to chance is the seed's too
  try {
    await world.live(without);
  } finally {
    Math.random = chance;
  }
  return {
    seed,
    storm,
    broken: world.broken(),
    plan: world.plan.map(({ at, forMs, what }, i) => `${i}: ${at} ms, for ${forMs} ms: ${what}`),
    measures: together(world.groups.map((group) => group.measures())),
    trace: world.trace ?? [],
  };
}

interface Planned extends Fault {
  readonly group: Group;
}

class World {
  readonly random: Random;
  readonly groups: readonly Group[];
  readonly plan: readonly Planned[];
  readonly trace: string[] | undefined;
  readonly #timeline = new Timeline();
  readonly #fleet: Fleet;
  readonly #table: SimulatedTable;
  readonly #zones: readonly string[];
  readonly #tables = new Map<string, TableTrouble>();

  constructor(seed: number, traced: boolean, storms: number) {
    this.random = new Random(seed);
    this.trace = traced ? [] : undefined;
    const rare = new Random(-1 - seed); // what only some worlds have leaves all others as they are
    this.#zones = ['a', 'b', 'c', 'd', 'e'].slice(0, this.random.pick([3, 3, 3, 5]));
    this.groups = this.#makeGroups(rare);
    this.#table = this.#makeTable();
    this.#fleet = this.#makeFleet();
    const befalls = (group: Group, faults: readonly Fault[]): Planned[] =>
      faults.map((fault) => ({ ...fault, group }));
    const planned = this.groups.flatMap((group) => befalls(group, group.populate(this.#table)));
    const [first] = this.groups;
    if (first && rare.chance(MUTED_ZONES)) planned.push(...befalls(first, [muted(rare, this.#zones)]));
    if (first && rare.chance(storms)) planned.push(...befalls(first, first.storm(rare.fork())));
    this.plan = planned.sort((a, b) => a.at - b.at);
  }

  broken(): string[] {
    return this.groups.flatMap(({ facts }) => facts.broken);
  }

  async live(without: readonly number[]): Promise<void> {
    for (const { operators, cluster } of this.groups) operators.monitor(cluster.nodes[0]?.address);
    const chosen = this.plan.filter((_, i) => !without.includes(i));
    for (const fault of chosen) this.#plan(fault);
    const over = Math.max(FAULTS_FROM_MS, ...chosen.map(({ at, forMs }) => at + forMs)) + 1;
    const broken = () => this.groups.some(({ facts }) => facts.broken.length > 0);
    await this.#timeline.run(over, broken);
    if (!broken()) await this.#heal(over, chosen);
  }

  #plan({ at, forMs, what, begin, group }: Planned): void {
    const { facts, cluster, operators, random } = group;
    this.#timeline.after(at, () => {
      facts.note(() => `>>> ${what}`);
      const lift = begin({
        ...{ cluster, facts, operators, random },
        fleet: this.#fleet,
        zones: this.#zones,
        tables: this.#tables,
        whenState: (wanted, then) => group.whenState(wanted, then),
      });
      this.#timeline.after(forMs, () => {
        facts.note(() => `<<< ${what}`);
        lift();
      });
    });
  }

  /** All faults are over: whatever they have left, order comes back by itself, and stays. */
  async #heal(from: number, plan: readonly Planned[]): Promise<void> {
    for (const group of this.groups) group.facts.note(() => '=== every fault is over');
    this.#tables.clear();
    for (const group of this.groups) group.heal();
    for (const { host, busy } of this.#fleet.processes) if (busy) host.thaw();
    const forgotten = plan.some(({ what }) => /operator: re(move|set)\b/.test(what));
    const healMs = ALWAYS_LOOKS_MS + Math.max(...this.groups.map((group) => group.healMs));
    let since = Number.POSITIVE_INFINITY;
    const inOrder = () =>
      this.groups.every(
        (group) => group.facts.broken.length === 0 && group.disorder(forgotten) === undefined,
      );
    const stable = () => {
      if (!inOrder()) since = Number.POSITIVE_INFINITY;
      else since = Math.min(since, this.#timeline.now);
      return this.#timeline.now - since >= STABLE_MS || this.broken().length > 0;
    };
    await this.#timeline.run(from + healMs, stable);
    for (const group of this.groups) {
      group.meter.healedAfter(this.#timeline.now - STABLE_MS - from);
      const left = group.disorder(forgotten);
      group.facts.promise(left === undefined, () => `${Math.round(healMs)} ms after the last fault: ${left}`);
    }
  }

  #makeGroups(rare: Random): Group[] {
    const second = rare.chance(SECOND_GROUPS);
    const shared = { zones: this.#zones, timeline: this.#timeline, trace: this.trace };
    const make = (options: Pick<GroupOptions, 'name' | 'subnet' | 'random'>) =>
      new Group({ ...shared, ...options, prefix: second ? `${options.name}: ` : '' });
    const first = make({ name: 'mymaster', subnet: '10.0.0', random: this.random });
    return second ? [first, make({ name: 'other', subnet: '10.0.1', random: rare.fork() })] : [first];
  }

  #group(name: string): Group {
    const group = this.groups.find((one) => one.name === name);
    if (!group) throw new Error(`nobody has monitored ${name}`);
    return group;
  }

  #makeTable(): SimulatedTable {
    const known = (group: Group, by: Writer) =>
      by === 'operator' ? undefined : group.facts.processes.get(by);
    return new SimulatedTable({
      stateWritten: (by, before, after, sentAt) => {
        const group = this.#group(after.name);
        group.stateWritten(known(group, by), before, after, sentAt, this.#table.master(after.name));
        this.#fleet.stateChanged(before, after);
        group.strike(after);
      },
      voteCast: (by, before, vote, sentAt) => {
        const group = this.#group(vote.master);
        group.each((oracle) => oracle.voteCast?.(before, vote, known(group, by), sentAt));
      },
      observationWritten: (by, before, after, sentAt) => {
        const group = this.#group(after.master);
        group.each((oracle) => oracle.observationWritten?.(after, known(group, by), sentAt));
        this.#fleet.observationChanged(before, after, group.facts.state?.voters ?? []);
      },
      alertTaken: (by, { incarnation }) => {
        for (const group of this.groups)
          known(group, by)?.incarnations.push({ from: this.#timeline.now, incarnation });
      },
    });
  }

  #makeFleet(): Fleet {
    const pulseMs = 1000;
    return new Fleet(this.#timeline, this.random.fork(), {
      zones: this.#zones,
      pulseMs,
      deadlineMs: this.random.pick([6000, 15_000, 60_000]),
      start: (host) =>
        startZoneProcess(host, this.groups, pulseMs, {
          table: this.#table,
          timeline: this.#timeline,
          random: this.random.fork(),
          trouble: () => this.#tables.get(host.zone) ?? NO_TROUBLE,
        }),
      failed: (host, error) =>
        this.groups[0]?.facts.promise(false, () => `an invocation of ${host.name} threw: ${error.stack}`),
    });
  }
}
