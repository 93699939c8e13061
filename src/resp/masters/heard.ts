/** What a process learnt of a master by other reads and writes than the gateway's. */
import type { Instant, MasterState, Observation } from '../../core/model.ts';

export interface Heard {
  readonly state: MasterState;
  /** Undefined: the state alone was read, or written. */
  readonly observations?: readonly Observation[] | undefined;
  /** Of a read when it was sent: all that was written before is in it. Of a write when it was answered. */
  readonly at: Instant;
}

/**
 * Of what is learnt side by side the older may come last. A state alone is news only if it was written later.
 * @param known - what is known already, and as of when
 */
export function isOlder(
  { state, observations, at }: { readonly state: MasterState | undefined } & Omit<Heard, 'state'>,
  known: { readonly state: MasterState | undefined; readonly at: Instant },
): boolean {
  if ((state?.rev ?? 0) > (known.state?.rev ?? 0)) return false;
  return observations === undefined || at.mono < known.at.mono;
}
