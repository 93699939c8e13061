/** What has happened in a world so far, as nobody in it knows it: what the oracles judge by. */
import type { NodeInfo } from '../../../src/core/info.ts';
import type { NodeLook } from '../../../src/core/looks.ts';
import {
  type Failover,
  type Incarnation,
  type MasterState,
  type NodeId,
  nodeId,
} from '../../../src/core/model.ts';
import type { Host } from './host.ts';
import type { SimulatedStore } from './store.ts';
import type { Timeline } from './timeline.ts';

export interface SeenLook {
  readonly look: NodeLook;
  /** When it was asked, and when it was over, in the world's time. */
  readonly askedAt: number;
  readonly at: number;
}

/** One process of a zone, as the world knows it. */
export interface Known {
  readonly host: Host;
  readonly store: SimulatedStore;
  readonly looks: Map<NodeId, SeenLook>;
  /** The link on which each node last answered a look. */
  readonly links: Map<NodeId, string>;
  /** When each node's last valid reply reached it, in the world's time. */
  readonly heardAt: Map<NodeId, number>;
  /** The alerts it has taken, oldest first. */
  readonly incarnations: { readonly from: number; readonly incarnation: number }[];
  /** When its last view of this master that was read had been asked for. */
  readonly viewAskedAt: number;
  /** When its last write of the state that succeeded was sent. */
  stateWriteSentAt: number;
  /** Promotions whose replies it has got: `epoch node`. */
  readonly promoted: Set<string>;
  /** The old masters it has demoted in a hand-over, heard: `epoch`. */
  readonly handedOver: Set<number>;
  /** The nodes whose writers it has told to go on, heard or not: `epoch node`. */
  readonly letGo: Set<string>;
}

/** Half of the longest lease, and what one write may take. */
const LED_MS_MAX = 3100;

export class Facts {
  readonly timeline: Timeline;
  readonly processes = new Map<Host, Known>();
  readonly broken: string[] = [];
  /** Every state there was, with the moment from which it stood, oldest first. */
  readonly states: { readonly from: number; readonly state: MasterState }[] = [];
  readonly trace: string[] | undefined;
  /** How many faults have waited for a step of a failover, and found it. */
  struck = 0;
  /** When any node last answered any sentinel. */
  answeredAt = Number.NEGATIVE_INFINITY;

  readonly #group: string;

  /** @param trace - where what happens is written down; the groups of one world share it */
  constructor(timeline: Timeline, group: string, trace: string[] | undefined) {
    this.timeline = timeline;
    this.#group = group;
    this.trace = trace;
  }

  get now(): number {
    return this.timeline.now;
  }

  get state(): MasterState | undefined {
    return this.states.at(-1)?.state;
  }

  /** Since when it is monitored without a break; undefined while it is not. */
  get stoodSince(): number | undefined {
    const gone = this.states.findLastIndex(({ state }) => state.removed !== undefined);
    return this.states[gone + 1]?.from;
  }

  /** What an eventually consistent read may give: what stood so long ago. */
  stateBefore(ms: number): MasterState | undefined {
    return this.states.findLast(({ from }) => from <= this.now - ms)?.state;
  }

  /** Every state that stood at any moment since then. */
  statesSince(at: number): MasterState[] {
    const first = this.states.findLastIndex(({ from }) => from <= at);
    return this.states.slice(Math.max(0, first)).map(({ state }) => state);
  }

  /** Whether the state named this node at any moment of the last `ms`. */
  namedWithin(node: NodeId, ms: number): boolean {
    for (let i = this.states.length - 1; i >= 0; i--) {
      const stood = this.states[i];
      if (!stood) break;
      if (nodeId(stood.state.master.address) === node) return true;
      if (stood.from < this.now - ms) break;
    }
    return false;
  }

  /** The failover that this process led while a command of it may yet leave: RESET may have closed it since. */
  ledLately(known: Known): Failover | undefined {
    for (let i = this.states.length - 1; i >= 0; i--) {
      const stood = this.states[i];
      const failover = stood?.state.failover;
      if (failover && is(known, failover.leader)) return failover;
      if (!stood || stood.from < this.now - LED_MS_MAX) return undefined;
    }
    return undefined;
  }

  process(host: Host): Known {
    const known = this.processes.get(host);
    if (!known) throw new Error(`${host.name} is no process of this world`);
    return known;
  }

  /** The process that leads the open failover, or stands in the open election. */
  head(state = this.state): Known | undefined {
    const head = state?.election?.candidate ?? state?.failover?.leader;
    return head && [...this.processes.values()].find((known) => is(known, head));
  }

  promise(kept: boolean, broken: () => string): void {
    if (!kept && this.broken.length < 5)
      this.broken.push(`${Math.round(this.now)} ms: ${this.#group}${broken()}`);
  }

  note(what: () => string): void {
    this.trace?.push(`${this.now.toFixed(1).padStart(9)}  ${this.#group}${what()}`);
  }
}

/** What a node had said of itself to this process when it let go of a write; undefined when it had not answered. */
export function saidBefore({ looks }: Known, node: NodeId, sentAt: number): NodeInfo | undefined {
  const seen = looks.get(node);
  if (!seen || seen.at > sentAt || seen.look.outcome !== 'answered') return undefined;
  return seen.look.info;
}

/** Whether what a node says of itself is of the known history, or of a former one. */
export function isOurs({ master }: MasterState, info: NodeInfo): boolean {
  if (master.replicationId === undefined) return true;
  const known = [master.replicationId, ...(master.previousReplicationIds ?? [])];
  return [info.replicationId, info.replicationId2].some((id) => known.includes(id));
}

/** @param at - as which incarnation it acted then: what it let go of may come to pass when it is another. @default now */
export function is({ host, incarnations }: Known, who: Incarnation, at = Number.POSITIVE_INFINITY): boolean {
  const taken = incarnations.findLast(({ from }) => from <= at);
  return host.zone === who.sentinel && taken?.incarnation === who.incarnation;
}
