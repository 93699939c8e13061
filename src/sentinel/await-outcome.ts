/** What became of a command that was written down for a sentinel: the table is asked until it says. */
import type { CommandOutcome, MasterState } from '../core/model.ts';
import { isMasterName } from '../core/operations/address.ts';
import { live } from '../core/operations/outcome.ts';
import type { Clock, StateStore } from '../ports.ts';

const POLL_MS = 200;

export interface Waiting {
  readonly limitMs: number;
  /** @default 200 */
  readonly pollMs?: number;
}

export type Awaited =
  /** A sentinel took it up, in the epoch of the outcome, or refused it and says why. */
  | { readonly kind: 'begun' | 'refused'; readonly outcome: CommandOutcome; readonly state: MasterState }
  /** The time limit passed first. */
  | { readonly kind: 'pending'; readonly state: MasterState }
  /** Another command took its place, or the master was removed: nobody knows any more. */
  | { readonly kind: 'gone' };

export async function awaitOutcome(
  { store, clock }: { readonly store: StateStore; readonly clock: Clock },
  name: string,
  command: string,
  { limitMs, pollMs = POLL_MS }: Waiting,
): Promise<Awaited> {
  if (!isMasterName(name)) return { kind: 'gone' };
  const until = clock.now().mono + limitMs;
  for (;;) {
    const state = live(await store.readState(name));
    const outcome = state?.lastCommand;
    if (state && outcome?.id === command) {
      return { kind: outcome.epoch === undefined ? 'refused' : 'begun', outcome, state };
    }
    if (state?.command?.id !== command) return { kind: 'gone' };
    const leftMs = until - clock.now().mono;
    if (leftMs <= 0) return { kind: 'pending', state };
    await clock.sleep(Math.min(pollMs, leftMs));
  }
}
