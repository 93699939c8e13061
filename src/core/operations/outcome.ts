/** What an operation comes to: a state to write, nothing to write, or a refusal that says what a door must answer. */
import { describeFault, type Fault } from '../directives.ts';
import type { MasterState } from '../model.ts';

export type Outcome =
  /** To be written by compare-and-set on the state it was made from. */
  | { readonly kind: 'change'; readonly next: MasterState }
  /** What was asked for is so already. */
  | { readonly kind: 'unchanged'; readonly state: MasterState }
  | Refusal;

export interface Refusal {
  readonly kind: 'refused';
  readonly why: RefusedWhy;
  /** Sentinel's own words first, where it has them. */
  readonly message: string;
  /** What is wrong with the input; empty when the input is sound. */
  readonly faults: readonly Fault[];
}

export type RefusedWhy =
  | 'faults'
  | 'no-such-master'
  | 'no-such-sentinel'
  | 'duplicate'
  | 'in-progress'
  | 'no-good-replica'
  /** Paused, or watched only: no failover is begun. */
  | 'paused'
  /** The node is not a master, so it cannot be monitored as one. */
  | 'is-a-replica'
  /** The node asked for is the master already. */
  | 'is-the-master'
  | 'no-quorum'
  /** Other writers came first each time. */
  | 'contended';

export function refuse(why: RefusedWhy, message: string): Refusal {
  return { kind: 'refused', why, message, faults: [] };
}

export function refuseFaults(faults: readonly Fault[]): Refusal {
  return { kind: 'refused', why: 'faults', message: faults.map(describeFault).join('\n'), faults };
}

export function noSuchMaster(): Refusal {
  return refuse('no-such-master', 'No such master with that name');
}

export function noSuchSentinel(): Refusal {
  return refuse('no-such-sentinel', 'No such sentinel with that id');
}

export function inProgress(): Refusal {
  return refuse('in-progress', 'Failover already in progress');
}

/** A tombstone is no master: every operation but MONITOR takes it for absent. */
export function live(state: MasterState | undefined): MasterState | undefined {
  return state?.removed === undefined ? state : undefined;
}

/**
 * From the intent to the switch nothing may take the failover away: a promotion may be on its way. While a master is
 * handed over its writes are held back, and only the leader's next step lets them go.
 */
export function committed({ failover }: MasterState): boolean {
  return failover?.step === 'promoting' || failover?.step === 'handing over';
}

const CODES: Partial<Record<RefusedWhy, string>> = {
  'in-progress': 'INPROG',
  'no-good-replica': 'NOGOODSLAVE',
  'no-quorum': 'NOQUORUM',
  contended: 'TRYAGAIN',
};

/** One line, as an error of the Redis protocol without its `-`. */
export function errorLine({ why, message, faults }: Refusal): string {
  const words = faults.flatMap(({ directive }) => SENTINELS_WORDS[directive] ?? []);
  const line = [...words, message].join(': ').replaceAll('\n', '; ');
  return `${CODES[why] ?? 'ERR'} ${line.replace(/\p{Cc}/gu, '?')}`;
}

const SENTINELS_WORDS: Partial<Record<string, string>> = {
  host: 'Invalid IP address or hostname specified',
  quorum: 'Quorum must be 1 or greater',
};
