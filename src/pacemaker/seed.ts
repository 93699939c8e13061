/** One seeding run, each minute: claims the slots that lie ahead, sends them, closes the claim ({@link ./plan.ts}). */
import type { EpochMs, MonoMs } from '../core/model.ts';
import {
  type Clock,
  type DelayQueue,
  type Seeding,
  type SeedingStore,
  type Telemetry,
  Unavailable,
} from '../ports.ts';
import { astray, claimed, LEASE_MS, type Range, rangeToSeed, slotsIn } from './plan.ts';
import { send } from './send.ts';
import type { Pace } from './slot-message.ts';
import { messagesOf } from './stagger.ts';

export interface SeedPorts {
  readonly clock: Clock;
  readonly store: SeedingStore;
  readonly queue: DelayQueue;
  readonly telemetry: Telemetry;
}

export interface Seeded {
  /** How many messages were sent; 0 when another run was first. */
  readonly messages: number;
  readonly seededThrough: EpochMs;
}

/** After that no batch is begun any more: one takes up to 4 s, and the lease is 10. */
const SENDING_MAX_MS = 5000;
/** While another run's claim is open. */
const ASK_EVERY_MS = 1000;
/** Whoever has not come to claim by now leaves it to the next minute's run. */
const CLAIMING_MAX_MS = 15_000;
const CLOSING_ATTEMPTS = 3;

/** @throws Unavailable when not all could be sent: the next minute's run goes on from there. */
export async function seed(ports: SeedPorts, pace: Pace): Promise<Seeded> {
  const claim = await claimRange(ports, pace);
  if (claim.kind === 'nothing') return { messages: 0, seededThrough: claim.seededThrough };
  const messages = slotsIn(claim.range, pace.pulseMs).flatMap((slot) =>
    messagesOf(slot, pace.zones, pace.spanMs),
  );
  const unsent = await send(ports, messages, claim.begunAt + SENDING_MAX_MS);
  const through = unsent.reduce((least, { slot }) => Math.min(least, slot - 1), claim.range.through);
  await close(ports, claim.seeding, through);
  if (unsent.length > 0) {
    throw new Unavailable(`${unsent.length} of ${messages.length} messages could not be queued: try again`);
  }
  return { messages: messages.length, seededThrough: through };
}

type Claim =
  | { readonly kind: 'nothing'; readonly seededThrough: EpochMs }
  | { readonly kind: 'mine'; readonly seeding: Seeding; readonly range: Range; readonly begunAt: MonoMs };

/**
 * A claim that is found open is watched until it is closed, or until its run must have died: counted from when this
 * run first saw it, so that no two machines' clocks are compared. A run that was started twice waits so for a moment
 * and then finds nothing left to do.
 */
async function claimRange({ clock, store, telemetry }: SeedPorts, { pulseMs }: Pace): Promise<Claim> {
  const givesUpAt = clock.now().mono + CLAIMING_MAX_MS;
  let watched: { readonly writeId: string; readonly since: MonoMs } | undefined;
  while (clock.now().mono < givesUpAt) {
    const seen = await store.read();
    const { wall, mono } = clock.now();
    if (claimed(seen)) {
      if (watched?.writeId !== seen.writeId) watched = { writeId: seen.writeId, since: mono };
      if (mono - watched.since < LEASE_MS) {
        await clock.sleep(ASK_EVERY_MS);
        continue;
      }
      telemetry.log('warn', 'a seeding run left its slots unsent: this one sends them', { ...seen });
    }
    if (seen && astray(seen, wall))
      telemetry.log('error', 'slots were queued by a wrong clock', { ...seen, wall });
    const range = rangeToSeed(seen, wall, pulseMs);
    if (!range) return { kind: 'nothing', seededThrough: seen?.seededThrough ?? 0 };
    const next = { seededThrough: range.through, sentThrough: range.after };
    const outcome = await store.compareAndSet(seen, next);
    if (outcome.kind === 'written') return { kind: 'mine', seeding: outcome.seeding, range, begunAt: mono };
  }
  throw new Unavailable(`no claim on the slots ahead within ${CLAIMING_MAX_MS} ms: other runs came first`);
}

/** Left open a claim is taken over, and its slots are sent twice: worth some attempts. */
async function close(
  { clock, store, telemetry }: SeedPorts,
  claim: Seeding,
  through: EpochMs,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const outcome = await store.compareAndSet(claim, { seededThrough: through, sentThrough: through });
      if (outcome.kind === 'refused')
        telemetry.log('warn', 'another run took over from a slow one', { ...claim });
      return;
    } catch (error) {
      if (!(error instanceof Unavailable) || attempt >= CLOSING_ATTEMPTS) throw error;
      await clock.sleep(ASK_EVERY_MS);
    }
  }
}
