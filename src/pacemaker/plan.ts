/**
 * Which slots a run has to queue. Slots are absolute, the multiples of the pulse since 1970: two runs can differ in
 * how far they look, never in what a slot is.
 *
 * A run *claims* a range of slots in one conditional write, sends them, and then *closes* its claim:
 *
 * ```
 *   read ──► claim: seededThrough = T, sentThrough = S < T ──► send S..T ──► close: sentThrough = T
 *              │ refused: another was first                      │ dies here
 *              ▼                                                 ▼
 *            read again                          the next run finds S < T, waits out the lease, sends S..T
 * ```
 *
 * Sending first and writing after it would let two racing runs send everything twice. Writing first and nothing more
 * would lose a minute whenever a run died in between, and nobody could see it. A second write a minute costs $0.03 a
 * month. What remains is a run that died while it sent: of its range some slots are queued twice, which costs pulses
 * and breaks nothing.
 */
import type { EpochMs } from '../core/model.ts';
import type { Seeding } from '../ports.ts';

/** Within this long of its claim a run is through with sending; who watched a claim for longer takes it over. */
export const LEASE_MS = 10_000;

/**
 * How far ahead slots are queued. Scheduler keeps the minute, not the second: with one minute missed between them two
 * runs lie up to 180 s apart; the second may have to wait out the lease of the missed one, which died with its claim
 * open; and the clocks of both may differ by some seconds. (150 s are enough only while Scheduler keeps its second.)
 */
export const AHEAD_MS = 180_000 + LEASE_MS + 20_000;

/** What was queued further ahead than this was so by a clock gone wrong, and must not silence the fleet. */
const ASTRAY_MS = AHEAD_MS + 60_000;

/** The slots after `after`, up to and including `through`. */
export interface Range {
  readonly after: EpochMs;
  readonly through: EpochMs;
}

/** @returns undefined when there is nothing to queue. Slots that are past by `now` are not caught up. */
export function rangeToSeed(seen: Seeding | undefined, now: EpochMs, pulseMs: number): Range | undefined {
  const sent = seen === undefined || astray(seen, now) ? 0 : seen.sentThrough;
  const after = Math.max(sent, now);
  const through = Math.floor((now + AHEAD_MS) / pulseMs) * pulseMs;
  return through > after ? { after, through } : undefined;
}

export function astray(seen: Seeding, now: EpochMs): boolean {
  return seen.sentThrough > now + ASTRAY_MS;
}

/** A run is at it, or has died at it. */
export function claimed(seen: Seeding | undefined): seen is Seeding {
  return seen !== undefined && seen.sentThrough < seen.seededThrough;
}

export function slotsIn({ after, through }: Range, pulseMs: number): readonly EpochMs[] {
  const slots: EpochMs[] = [];
  const first = (Math.floor(after / pulseMs) + 1) * pulseMs;
  for (let slot = first; slot <= through; slot += pulseMs) slots.push(slot);
  return slots;
}
