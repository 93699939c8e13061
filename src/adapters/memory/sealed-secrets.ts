/** Sealed secrets in memory, beside the store of the same simulation or test. */
import { decodeSecret, encodeSecret, type Item } from '../dynamodb/codec.ts';
import { secretKey } from '../dynamodb/keys.ts';
import type { SealedSecret } from '../secrets/seal.ts';
import type { SealedSecrets } from '../secrets/sources.ts';
import type { MemoryStore } from './store.ts';

export class MemorySealedSecrets implements SealedSecrets {
  readonly #table: Pick<MemoryStore, 'plant' | 'stored'>;

  constructor(table: Pick<MemoryStore, 'plant' | 'stored'>) {
    this.#table = table;
  }

  async read(id: string): Promise<SealedSecret | undefined> {
    const item: Item | undefined = this.#table.stored(secretKey(id));
    return item && decodeSecret(item);
  }

  async write(sealed: SealedSecret): Promise<void> {
    this.#table.plant(encodeSecret(sealed));
  }
}
