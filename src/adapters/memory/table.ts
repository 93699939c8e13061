/** Items in memory, kept as JSON text, so that nothing a caller holds can change them. */
import type { Item } from '../dynamodb/codec.ts';
import type { ItemKey } from '../dynamodb/keys.ts';

export class MemoryTable {
  readonly #partitions = new Map<string, Map<string, string>>();

  get({ pk, sk }: ItemKey): Item | undefined {
    const text = this.#partitions.get(pk)?.get(sk);
    return text === undefined ? undefined : (JSON.parse(text) as Item);
  }

  put(item: ItemKey): void {
    const { pk, sk } = item;
    const partition = this.#partitions.get(pk) ?? new Map<string, string>();
    this.#partitions.set(pk, partition.set(sk, JSON.stringify(item)));
  }

  all(): Item[] {
    return [...this.#partitions.keys()].flatMap((pk) => this.partition(pk));
  }

  remove({ pk, sk }: ItemKey): void {
    this.#partitions.get(pk)?.delete(sk);
  }

  /** In the order of their sort keys. */
  partition(pk: string): Item[] {
    const items = [...(this.#partitions.get(pk) ?? [])];
    return items.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => JSON.parse(text) as Item);
  }
}
