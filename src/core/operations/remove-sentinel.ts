/** A zone that is gone for good: only an operator's hand takes its vote away. One that lives enters itself again. */
import { aboutSentinel, record } from '../events.ts';
import type { Instant, MasterState, SentinelId } from '../model.ts';
import { live, noSuchMaster, noSuchSentinel, type Outcome } from './outcome.ts';

export function removeSentinel(
  found: MasterState | undefined,
  id: SentinelId,
  by: SentinelId,
  now: Instant,
): Outcome {
  const state = live(found);
  if (!state) return noSuchMaster();
  if (!state.voters.includes(id)) return noSuchSentinel();
  const next = { ...state, voters: state.voters.filter((voter) => voter !== id) };
  const event = aboutSentinel('-sentinel', state.name, state.master.address, id);
  return { kind: 'change', next: record(next, by, now, [event]) };
}
