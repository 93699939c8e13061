/** Sealed secrets in the table, each an item that is written once. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Unavailable } from '../../ports.ts';
import type { SealedSecret } from '../secrets/seal.ts';
import type { SealedSecrets } from '../secrets/sources.ts';
import { Budget } from './budget.ts';
import { decodeSecret, encodeSecret, keyText } from './codec.ts';
import { itemDoesNotExist } from './conditions.ts';
import { Items } from './items.ts';
import { secretKey } from './keys.ts';

export interface DynamoSealedSecretsOptions {
  /** From {@link ./client.ts}: its time-outs must fit into `deadlineMs`. */
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** For one whole operation with its retries, in milliseconds. @default 1000 */
  readonly deadlineMs?: number;
  /** The part of `deadlineMs` kept for looking up what became of a write. @default 300 */
  readonly readBackMs?: number;
}

export class DynamoSealedSecrets implements SealedSecrets {
  readonly #items: Items;
  readonly #deadlineMs: number;

  constructor({ client, tableName, deadlineMs = 1000, readBackMs = 300 }: DynamoSealedSecretsOptions) {
    this.#items = new Items({ client, tableName, readBackMs });
    this.#deadlineMs = deadlineMs;
  }

  async read(id: string): Promise<SealedSecret | undefined> {
    const item = await this.#items.get(secretKey(id), new Budget(this.#deadlineMs));
    return item && decodeSecret(item);
  }

  /** Its reply lost, or refused by its own first attempt, it is looked up: what stands there must be this one. */
  async write(sealed: SealedSecret): Promise<void> {
    const budget = new Budget(this.#deadlineMs);
    const item = encodeSecret(sealed);
    const put = await this.#items.put(item, budget, itemDoesNotExist);
    if (put.kind === 'put') return;
    const standing = await this.#items.get(secretKey(sealed.id), budget);
    if (standing?.['ciphertext'] === item['ciphertext']) return;
    if (put.kind === 'unknown') throw put.error;
    throw new Unavailable(`${keyText(item)} is taken: try again`);
  }
}
