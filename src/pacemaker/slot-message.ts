/** A slot as it lies in the queue, and what is to be done when it comes out. */
import { printable } from '../core/info.ts';
import type { EpochMs, SentinelId } from '../core/model.ts';
import { offsetMs, type PlannedMessage } from './stagger.ts';

/** What the queue tells of a message, by its own clock; each is absent where it tells nothing. */
export interface Delivery {
  readonly body: string;
  readonly sentAt?: EpochMs;
  readonly firstReceivedAt?: EpochMs;
  readonly receives?: number;
}

export interface Pace {
  readonly pulseMs: number;
  /** Over which the zones look evenly: the pulse, or 0 for all of them at once. */
  readonly spanMs: number;
  /** In the order of their stagger. */
  readonly zones: readonly SentinelId[];
}

export interface ZonePulse {
  readonly zone: SentinelId;
  /** From now on. */
  readonly waitMs: number;
}

export type Verdict =
  | { readonly kind: 'pulse'; readonly slot: EpochMs; readonly pulses: readonly ZonePulse[] }
  /** `lateMs`: the zones have looked since, or will at the next slot. */
  | { readonly kind: 'stale'; readonly slot: EpochMs; readonly lateMs: number }
  | { readonly kind: 'unreadable'; readonly reason: string };

interface SlotBody {
  readonly slot: EpochMs;
  readonly zone?: string;
  readonly delaySeconds?: number;
}

export function slotBody({ slot, zone }: PlannedMessage, delaySeconds: number): string {
  return JSON.stringify({ slot, ...(zone !== undefined && { zone }), delaySeconds });
}

/** A slot that is late by more than a pulse is dropped. */
export function judge(delivery: Delivery, now: EpochMs, { pulseMs, spanMs, zones }: Pace): Verdict {
  const body = parse(delivery.body);
  if (typeof body === 'string') return { kind: 'unreadable', reason: body };
  const { slot, zone } = body;
  const index = zone === undefined ? 0 : zones.indexOf(zone);
  if (index < 0 && zone !== undefined) {
    return { kind: 'unreadable', reason: `zone ${printable(zone)} is none of ${zones.join(', ')}` };
  }
  const due = slot + offsetMs(index, zones.length, spanMs);
  const lateMs = latenessMs(delivery, body, due, now);
  if (lateMs > pulseMs) return { kind: 'stale', slot, lateMs };
  if (zone !== undefined) return { kind: 'pulse', slot, pulses: [{ zone, waitMs: 0 }] };
  const pulses = zones.map((each, i) => ({
    zone: each,
    waitMs: Math.max(0, offsetMs(i, zones.length, spanMs) - Math.max(0, lateMs)),
  }));
  return { kind: 'pulse', slot, pulses };
}

/**
 * By the queue's clock alone, which set out the delay and measured it: were a sender's clock held against this
 * function's, a few seconds between the two would make every slot of a minute stale. Only of a message that comes
 * again the queue does not say when, and this function's clock has to do.
 */
function latenessMs(delivery: Delivery, body: SlotBody, due: EpochMs, now: EpochMs): number {
  const { sentAt, firstReceivedAt, receives = 1 } = delivery;
  if (sentAt === undefined || firstReceivedAt === undefined || body.delaySeconds === undefined)
    return now - due;
  const receivedAt = receives > 1 ? Math.max(firstReceivedAt, now) : firstReceivedAt;
  return receivedAt - (sentAt + body.delaySeconds * 1000);
}

/** @returns the slot, or what is wrong with it */
function parse(text: string): SlotBody | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `"${printable(text.slice(0, 100))}" is not JSON`;
  }
  if (typeof value !== 'object' || value === null) return 'a slot is a JSON object';
  const { slot, zone, delaySeconds } = value as Readonly<Record<string, unknown>>;
  if (!Number.isSafeInteger(slot) || Number(slot) < 0) return 'slot must be whole milliseconds since 1970';
  if (zone !== undefined && typeof zone !== 'string') return 'zone must be a string';
  if (delaySeconds !== undefined && typeof delaySeconds !== 'number') return 'delaySeconds must be a number';
  return {
    slot: Number(slot),
    ...(zone !== undefined && { zone }),
    ...(delaySeconds !== undefined && { delaySeconds }),
  };
}
