/** For how long no node of a master has answered: asked before a failover that is open is taken away with it. */
import type { MasterState } from '../core/model.ts';
import { unreachableMs } from '../core/operations/remove.ts';
import type { Clock, StateStore } from '../ports.ts';

export async function unreachableForMs(
  { store, clock }: { readonly store: StateStore; readonly clock: Clock },
  state: MasterState | undefined,
): Promise<number | undefined> {
  if (!state) return undefined;
  const { observations } = state.failover ? await store.readView(state.name) : { observations: [] };
  return unreachableMs(state, observations, clock.now());
}
