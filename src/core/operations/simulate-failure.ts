/** SENTINEL SIMULATE-FAILURE: the leader that reaches the step ends its process. Nothing asked for takes it back. */
import type { MasterState, SimulatedFailure } from '../model.ts';
import { live, noSuchMaster, type Outcome } from './outcome.ts';

export function simulateFailure(
  found: MasterState | undefined,
  { crashAfterElection = false, crashAfterPromotion = false }: SimulatedFailure,
): Outcome {
  const state = live(found);
  if (!state) return noSuchMaster();
  const { simulate: before, ...rest } = state;
  const same =
    (before?.crashAfterElection ?? false) === crashAfterElection &&
    (before?.crashAfterPromotion ?? false) === crashAfterPromotion;
  if (same) return { kind: 'unchanged', state };
  const simulate: SimulatedFailure = {
    ...(crashAfterElection && { crashAfterElection }),
    ...(crashAfterPromotion && { crashAfterPromotion }),
  };
  return { kind: 'change', next: crashAfterElection || crashAfterPromotion ? { ...rest, simulate } : rest };
}
