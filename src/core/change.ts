/** What one write made of an item, as the table's stream tells it. */
import type { MasterState, Observation } from './model.ts';

/** `before` is undefined when there was none, or none that this version can read. */
export type Change =
  | { readonly kind: 'state'; readonly before: MasterState | undefined; readonly after: MasterState }
  | { readonly kind: 'observation'; readonly before: Observation | undefined; readonly after: Observation };

export function masterOf(change: Change): string {
  return change.kind === 'state' ? change.after.name : change.after.master;
}
