/** One master as this process watches it: the memory between ticks, and the last view that was read. */
import type { Decision } from '../core/decision.ts';
import { type Instant, isLater, type MonoMs, type Observation } from '../core/model.ts';
import { BLANK, type Memory, type View } from '../core/view.ts';
import type { Clock, MasterView, Metrics, RedisNodes, Secrets, StateStore, Telemetry } from '../ports.ts';
import type { KnownAccess } from './access.ts';
import type { Vigil } from './vigil.ts';

export interface Ports {
  readonly nodes: RedisNodes;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** @default - nothing is measured */
  readonly metrics?: Metrics;
  readonly secrets: Secrets;
  /** Ends this process at once, for SENTINEL SIMULATE-FAILURE. */
  readonly crash: (why: string) => void;
}

/** A view of a master that exists, and when its read was sent. */
export interface ReadView extends MasterView {
  readonly state: NonNullable<MasterView['state']>;
  readonly readAt: MonoMs;
}

/** Changed by the tick alone. */
export interface Watch {
  readonly name: string;
  /** How often some process of this zone looks. */
  readonly pulseMs: number;
  memory: Memory;
  read: ReadView | undefined;
  /** What this process last wrote of its own view. */
  told: Observation | undefined;
  /** The highest numbers it has given to a word of its own, written or not. */
  numbered: Pick<Observation, 'incarnation' | 'seq'>;
  /** When the last look began. */
  lookedAt: MonoMs;
  /** The last reason that was logged, without its numbers. */
  saidReason: string;
  /** The credentials as they were last revealed. */
  known?: KnownAccess;
  /** During an invocation: who tells whether this process stalled, and how much of that was heeded. */
  vigil?: Vigil | undefined;
  heeded: number;
  /** Why the next look is one in TILT, and since when. */
  stalled?: { readonly why: string; readonly at: MonoMs } | undefined;
}

export function newWatch(name: string, now: MonoMs, pulseMs: number): Watch {
  return {
    name,
    pulseMs,
    memory: BLANK,
    read: undefined,
    told: undefined,
    numbered: { incarnation: 0, seq: 0 },
    lookedAt: now,
    saidReason: '',
    heeded: 0,
  };
}

export function keepVigil(watch: Watch, vigil: Vigil): void {
  if (watch.vigil === vigil) return;
  watch.vigil = vigil;
  watch.heeded = 0;
}

export function viewOf(watch: Watch, { state, observations, votes }: ReadView): View {
  return { state, observations, votes, memory: watch.memory };
}

/** What this sentinel last said, as it remembers or as the table has it, whichever is newer. */
export function lastToldBy(watch: Watch, sentinel: string): Observation | undefined {
  const stored = watch.read?.observations.find((observation) => observation.sentinel === sentinel);
  if (!stored || !watch.told) return stored ?? watch.told;
  return isLater(stored, watch.told) ? stored : watch.told;
}

/** A decision's reason is logged when it changes, not each time it is made. */
export function sayReason(watch: Watch, decision: Decision, telemetry: Telemetry): void {
  const reason = decision.reason.replaceAll(/\d+/g, '#');
  if (reason === watch.saidReason) return;
  const first = watch.saidReason === '';
  watch.saidReason = reason;
  const calm = decision.pace.kind === 'pulse' && !decision.write;
  telemetry.log(calm && first ? 'debug' : 'info', decision.reason, { master: watch.name });
}

/** Everything this process believed of the nodes is void: it cannot tell its own stall from theirs (I9). */
export function voidObservations(watch: Watch, now: Instant, telemetry: Telemetry, why: string): void {
  const { evidence: _, ...memory } = watch.memory;
  watch.memory = { ...memory, nodes: {} };
  watch.stalled = { why, at: now.mono };
  telemetry.log('warn', `${why}: what was seen before is void`, { master: watch.name });
}
