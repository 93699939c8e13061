/**
 * When each message is to leave. Delays are whole seconds, so what is due at .667 of a second has to be sent at .667
 * of one: the run waits for that, a second a minute, and no function waits at each slot.
 */
import type { EpochMs } from '../core/model.ts';
import type { PlannedMessage } from './stagger.ts';

/** Fractions of a second that are nearer to each other than this leave at once: a pulse of 1001 ms has a thousand. */
const NEAR_MS = 100;
const DELAY_MAX_S = 900;

export interface Departure {
  /** Of a second, in ms: when to send. */
  readonly fractionMs: number;
  readonly messages: readonly PlannedMessage[];
}

export function departures(messages: readonly PlannedMessage[]): readonly Departure[] {
  const groups = Map.groupBy(messages, ({ at }) => Math.floor((at % 1000) / NEAR_MS));
  return [...groups.values()].map((group) => ({
    fractionMs: Math.min(...group.map(({ at }) => at % 1000)),
    messages: group,
  }));
}

/** How long it is until the clock next stands at that part of a second, in ms. */
export function untilFraction(fractionMs: number, now: EpochMs): number {
  return (((fractionMs - now) % 1000) + 1000) % 1000;
}

/** The nearest delay that SQS takes, in whole seconds. */
export function delaySeconds(at: EpochMs, now: EpochMs): number {
  return Math.min(DELAY_MAX_S, Math.max(0, Math.round((at - now) / 1000)));
}

export function inBatches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const batches: T[][] = [];
  for (let from = 0; from < items.length; from += size) batches.push(items.slice(from, from + size));
  return batches;
}
