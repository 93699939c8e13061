/**
 * A small random world for the core: zones with several incarnations, each with its own memory and its own, possibly
 * stale, view; nodes that die and paths that break; commands that run, are lost, or run unheard.
 */
import {
  type Address,
  type Instant,
  type MasterState,
  nodeId,
  type SentinelId,
} from '../../src/core/model.ts';
import type { Promises } from './promises.ts';
import { type Path, type WorldNode, WorldNodes } from './world-nodes.ts';
import { type Fate, WorldProcess } from './world-process.ts';
import { WorldTable } from './world-table.ts';

/** Numbers name a process, zone or node, modulo how many there are. */
export type Step =
  /** A whole tick, as the shell does it. */
  | { readonly kind: 'tick'; readonly who: number; readonly fate: Fate }
  /** A tick that stops before it writes ... */
  | { readonly kind: 'prepare'; readonly who: number }
  /** ... and goes on later, from what it decided then. */
  | { readonly kind: 'commit'; readonly who: number; readonly fate: Fate }
  /** Every process ticks, one after the other, `times` times at the alert's pace. */
  | { readonly kind: 'rounds'; readonly times: number; readonly fate: Fate }
  | { readonly kind: 'pulse'; readonly zone: number }
  | { readonly kind: 'incarnate'; readonly zone: number }
  | { readonly kind: 'crash'; readonly who: number }
  /** Whoever leads, or stands, dies. */
  | { readonly kind: 'behead' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'path'; readonly zone: number; readonly node: number; readonly path: Path }
  | { readonly kind: 'life'; readonly node: number; readonly alive: boolean }
  /** Another process takes the node's place, with its data or without. */
  | { readonly kind: 'restart'; readonly node: number; readonly empty: boolean }
  /** Somebody else changes a role. */
  | { readonly kind: 'meddle'; readonly node: number; readonly upstream: number | undefined }
  /** An operator asks for a failover. */
  | { readonly kind: 'ask'; readonly coordinated: boolean };

export class World {
  readonly #table: WorldTable;
  readonly #nodes: WorldNodes;
  readonly #zones: readonly SentinelId[];
  readonly #incarnations = new Map<SentinelId, number>();
  #processes: readonly WorldProcess[] = [];
  #mono = 1_000_000;

  constructor(state: MasterState, addresses: readonly Address[]) {
    this.#table = new WorldTable(state);
    this.#nodes = new WorldNodes(addresses);
    this.#zones = state.voters;
    for (const zone of this.#zones) this.#incarnate(zone);
  }

  get promises(): Promises {
    return this.#table.promises;
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'tick':
        this.#process(step.who).tick(step.fate);
        break;
      case 'prepare':
        this.#process(step.who).prepare();
        break;
      case 'commit':
        this.#process(step.who).commit(step.fate);
        break;
      case 'rounds':
        for (let round = 0; round < step.times; round++) this.#round(100, step.fate);
        break;
      case 'pulse':
        this.#start({ id: this.#zone(step.zone) }).tick('runs');
        break;
      case 'incarnate':
        this.#incarnate(this.#zone(step.zone));
        break;
      case 'crash':
        this.#crash(pick(this.#processes, step.who));
        break;
      case 'behead':
        this.#crash(this.#processes.find((process) => this.#heads(process)));
        break;
      case 'pass':
        this.#mono += step.ms;
        this.#nodes.work(step.ms);
        break;
      case 'path':
        this.#node(step.node).paths.set(this.#zone(step.zone), step.path);
        break;
      case 'life':
        this.#node(step.node).alive = step.alive;
        break;
      case 'restart':
        this.#nodes.restart(this.#node(step.node), step.empty);
        break;
      case 'meddle':
        this.#meddle(step);
        break;
      case 'ask':
        this.#table.ask(step.coordinated);
        break;
    }
  }

  /**
   * All faults are over: every node runs, every path is open, every zone has a process, and 40 seconds pass.
   * @returns what is wrong still
   */
  heal(): string[] {
    for (const node of this.#nodes.all) {
      node.alive = true;
      node.paths.clear();
    }
    for (const zone of this.#zones) this.#incarnate(zone);
    for (let tick = 0; tick < 100; tick++) this.#round(100, 'runs');
    for (let second = 0; second < 30; second++) this.#round(1000, 'runs');
    const { election, failover, master } = this.#table.state;
    const named = nodeId(master.address);
    const strays = this.#nodes.all.filter(
      ({ address, upstream }) => upstream !== (nodeId(address) === named ? undefined : named),
    );
    return [
      ...strays.map(
        ({ address, upstream }) => `${nodeId(address)} follows ${upstream ?? 'nobody'}, not ${named}`,
      ),
      ...(election ? [`an election is open in epoch ${election.epoch}`] : []),
      ...(failover ? [`a failover is open in epoch ${failover.epoch} (${failover.step})`] : []),
    ];
  }

  #meddle({ node, upstream }: Extract<Step, { kind: 'meddle' }>): void {
    const followed = upstream === undefined ? undefined : this.#node(upstream);
    const follower = this.#node(node);
    if (followed !== follower) this.#nodes.meddle(follower, followed);
  }

  #round(ms: number, fate: Fate): void {
    this.take({ kind: 'pass', ms });
    for (let who = 0; who < this.#processes.length; who++) this.#process(who).tick(fate);
  }

  #process(who: number): WorldProcess {
    const process = pick(this.#processes, who);
    process.arrive();
    return process;
  }

  #zone(index: number): SentinelId {
    return pick(this.#zones, index);
  }

  #node(index: number): WorldNode {
    return pick(this.#nodes.all, index);
  }

  #incarnate(zone: SentinelId): void {
    const incarnation = (this.#incarnations.get(zone) ?? 0) + 1;
    this.#incarnations.set(zone, incarnation);
    this.#processes = [...this.#processes, this.#start({ id: zone, incarnation })];
  }

  #start(self: { readonly id: SentinelId; readonly incarnation?: number }): WorldProcess {
    return new WorldProcess(self, this.#table, this.#nodes, () => this.#now(self.id));
  }

  /** The last process stays: a world without one has nothing to tell. */
  #crash(crashed: WorldProcess | undefined): void {
    if (this.#processes.length > 1)
      this.#processes = this.#processes.filter((process) => process !== crashed);
  }

  #heads({ self }: WorldProcess): boolean {
    const { election, failover } = this.#table.state;
    const head = election?.candidate ?? failover?.leader;
    return head?.sentinel === self.id && head.incarnation === self.incarnation;
  }

  /** Every zone has clocks of its own: far apart on the monotonic side, a quarter of a second on the wall. */
  #now(id: SentinelId): Instant {
    const zone = this.#zones.indexOf(id);
    return { mono: this.#mono + zone * 1e9, wall: Date.UTC(2026, 10, 24) + this.#mono + zone * 250 };
  }
}

function pick<T>(from: readonly T[], index: number): T {
  const picked = from[index % from.length];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}
