/** What a store is tested by, whichever it is. */
import { randomUUID } from 'node:crypto';
import type { Item } from '../../../src/adapters/dynamodb/codec.ts';
import type { ItemKey } from '../../../src/adapters/dynamodb/keys.ts';
import type { SealedSecrets } from '../../../src/adapters/secrets/sources.ts';
import type { MasterState } from '../../../src/core/model.ts';
import type { SetOutcome, StateStore } from '../../../src/ports.ts';
import { aState, type Told } from '../samples.ts';

/** A store on a table of its own, and a way past the store to the items themselves. */
export interface StoreUnderTest {
  readonly store: StateStore;
  /** On the same table. */
  readonly sealed: SealedSecrets;
  readonly told: Told;
  /** Whether the table has a clock of its own. */
  readonly tellsTime: boolean;
  plant(item: Item): Promise<void>;
  stored(key: ItemKey): Promise<Item | undefined>;
  /** Every item of the table, as the table gives it. */
  everything(): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

export type Use = () => StoreUnderTest;

export function fresh(): string {
  return `m-${randomUUID()}`;
}

export async function create(store: StateStore, name: string): Promise<MasterState> {
  return written(await store.createState(aState(name)));
}

export function written(outcome: SetOutcome): MasterState {
  if (outcome.kind !== 'written') throw new Error(`expected a write, got ${JSON.stringify(outcome)}`);
  return outcome.state;
}
