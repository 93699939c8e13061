/** The item of one fleet's pacemaker: who queues its pulses, and how far they lie there. */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Seeding, SeedingStore } from '../../ports.ts';
import { Budget } from './budget.ts';
import { decodeSeeding, encodeSeeding } from './codec.ts';
import { itemDoesNotExist, seedingIsStill } from './conditions.ts';
import { Items } from './items.ts';
import { seedingKey } from './keys.ts';

export interface DynamoSeedingOptions {
  /** From {@link ./client.ts}: its time-outs must fit into `deadlineMs`. */
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly fleet: string;
  /** @default crypto.randomUUID */
  readonly newWriteId?: () => string;
  /** For one whole operation with its retries and the look-up of a lost reply, in milliseconds. @default 4000 */
  readonly deadlineMs?: number;
  /** The part of `deadlineMs` kept for looking up what became of a write, in milliseconds. @default 1500 */
  readonly readBackMs?: number;
}

export class DynamoSeeding implements SeedingStore {
  readonly #items: Items;
  readonly #fleet: string;
  readonly #newWriteId: () => string;
  readonly #deadlineMs: number;

  constructor(options: DynamoSeedingOptions) {
    const { client, tableName, fleet, readBackMs = 1500 } = options;
    this.#items = new Items({ client, tableName, readBackMs });
    this.#fleet = fleet;
    this.#newWriteId = options.newWriteId ?? randomUUID;
    this.#deadlineMs = options.deadlineMs ?? 4000;
  }

  async read(): Promise<Seeding | undefined> {
    const item = await this.#items.get(seedingKey(this.#fleet), new Budget(this.#deadlineMs));
    return item && decodeSeeding(item);
  }

  /** Fields of a later minor version survive: what was read is written again. */
  async compareAndSet(seen: Seeding | undefined, next: Pick<Seeding, 'seededThrough' | 'sentThrough'>) {
    const budget = new Budget(this.#deadlineMs);
    const seeding = { ...seen, ...next, fleet: this.#fleet, writeId: this.#newWriteId() };
    const condition = seen ? seedingIsStill(seen) : itemDoesNotExist;
    const put = await this.#items.put(encodeSeeding(seeding), budget, condition);
    if (put.kind === 'put') return { kind: 'written', seeding } as const;
    const told = put.kind === 'refused' ? put.found : undefined;
    const standing = told ?? (await this.#items.get(seedingKey(this.#fleet), budget));
    if (standing?.['writeId'] === seeding.writeId) return { kind: 'written', seeding } as const;
    if (put.kind === 'unknown' && put.turnedAway) throw put.error;
    return { kind: 'refused' } as const;
  }
}
