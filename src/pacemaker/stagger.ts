/**
 * Staggered, zones look evenly over a span: zone i of n at slot + i × span / n. The span is the pulse, or 0: then all look
 * at the slot. What a stagger takes is a choice of price.
 *
 * A message costs $1.1 per million (receive, delete, a tenth of a send, the invocation it causes and its 50 ms at
 * 128 MB), a second of waiting in the function $1.7 per million. For three zones a slot costs
 *
 * | pulse | one message, the function waits 2/3 pulse | a message for each zone |
 * |---|---|---|
 * | 1 s | 1.1 + 1.1 = 2.2 | 3.2 |
 * | 2 s | 1.1 + 2.2 = 3.3 | 3.2 |
 * | 5 s | 1.1 + 5.6 = 6.7 | 3.2 |
 *
 * So the function waits where that is a second at most, and from there on each zone has a message of its own.
 */
import type { EpochMs, SentinelId } from '../core/model.ts';

export const WAIT_MAX_MS = 1000;

/** How long after the slot the `index`-th of `zones` looks. */
export function offsetMs(index: number, zones: number, spanMs: number): number {
  return Math.round((index * spanMs) / zones);
}

/** Whether one message is for all zones of a slot. */
export function together(zones: number, spanMs: number): boolean {
  return offsetMs(zones - 1, zones, spanMs) <= WAIT_MAX_MS;
}

/** One message of a slot, and when it is due. */
export interface PlannedMessage {
  readonly slot: EpochMs;
  /** @default all of them, the function waits between them */
  readonly zone?: SentinelId;
  readonly at: EpochMs;
}

export function messagesOf(
  slot: EpochMs,
  zones: readonly SentinelId[],
  spanMs: number,
): readonly PlannedMessage[] {
  if (together(zones.length, spanMs)) return [{ slot, at: slot }];
  return zones.map((zone, index) => ({ slot, zone, at: slot + offsetMs(index, zones.length, spanMs) }));
}
