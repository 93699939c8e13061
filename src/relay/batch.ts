/** A batch of the stream: the changes of one shard in the order in which they were written. */
import { type Change, masterOf } from '../core/change.ts';

export interface BatchRecord {
  /** What it is called when it failed. */
  readonly sequenceNumber: string;
  readonly change: Change;
}

export function byMaster(batch: readonly BatchRecord[]): Map<string, BatchRecord[]> {
  return Map.groupBy(batch, ({ change }) => masterOf(change));
}
