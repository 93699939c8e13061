/** A timer for what is waited for from a socket. */
import type { LoopClock } from '../../ports.ts';

/** Gives `value` after `ms`, and a turn later: that turn reads what came while this process stood still. */
export async function overdue<T>(clock: LoopClock, ms: number, signal: AbortSignal, value: T): Promise<T> {
  await clock.sleep(ms, signal);
  await clock.turn();
  return value;
}
