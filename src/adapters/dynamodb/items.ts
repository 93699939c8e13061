/** The four requests the store is made of, on single items and one partition, consistent and bounded in time. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Unavailable } from '../../ports.ts';
import { toItem } from './attributes.ts';
import type { Budget } from './budget.ts';
import type { Item } from './codec.ts';
import type { Condition } from './conditions.ts';
import { answeredNo, unavailable } from './failures.ts';
import type { ItemKey } from './keys.ts';

export type PutOutcome =
  | { readonly kind: 'put' }
  /** The condition did not hold, at least for the last attempt. `found` where the table tells it. */
  | { readonly kind: 'refused'; readonly found?: Item }
  /** It may have taken effect. `turnedAway`: the table refused the last attempt for another reason. */
  | { readonly kind: 'unknown'; readonly error: Unavailable; readonly turnedAway: boolean };

export interface ItemsOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Kept of the budget by a write, so that its outcome can still be looked up. */
  readonly readBackMs: number;
}

export class Items {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #readBackMs: number;

  constructor({ client, tableName, readBackMs }: ItemsOptions) {
    this.#client = client;
    this.#tableName = tableName;
    this.#readBackMs = readBackMs;
  }

  /** @throws Unavailable */
  async get(key: ItemKey, budget: Budget): Promise<Item | undefined> {
    const request = new GetItemCommand({
      TableName: this.#tableName,
      Key: marshall(key),
      ConsistentRead: true,
    });
    const { Item: found } = await this.#spend('GetItem', budget, (abortSignal) =>
      this.#client.send(request, { abortSignal }),
    );
    return found && toItem(found);
  }

  /** Every item of the partition, in the order of the sort keys. @throws Unavailable */
  async query(
    pk: string,
    budget: Budget,
    range?: { readonly from: string; readonly to: string },
  ): Promise<Item[]> {
    const items: Item[] = [];
    let from: QueryCommandInput['ExclusiveStartKey'];
    do {
      const request = new QueryCommand({
        TableName: this.#tableName,
        KeyConditionExpression: range ? 'pk = :pk AND sk BETWEEN :from AND :to' : 'pk = :pk',
        ExpressionAttributeValues: marshall({
          ':pk': pk,
          ...(range && { ':from': range.from, ':to': range.to }),
        }),
        ConsistentRead: true,
        ExclusiveStartKey: from,
      });
      const page = await this.#spend('Query', budget, (abortSignal) =>
        this.#client.send(request, { abortSignal }),
      );
      items.push(...(page.Items ?? []).map(toItem));
      from = page.LastEvaluatedKey;
    } while (from);
    return items;
  }

  /** Never rejects for what the table or the network did: what a lost reply means is for the caller to find out. */
  async put(item: Item | ItemKey, budget: Budget, condition?: Condition): Promise<PutOutcome> {
    const request = new PutItemCommand({
      TableName: this.#tableName,
      Item: marshall(item, { removeUndefinedValues: true }),
      ...(condition && conditional(condition)),
    });
    const startedAt = performance.now();
    try {
      await budget.spend(this.#readBackMs, (abortSignal) => this.#client.send(request, { abortSignal }));
      return { kind: 'put' };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return { kind: 'refused', ...(error.Item && { found: toItem(error.Item) }) };
      }
      const failure = unavailable({ operation: 'PutItem', tableName: this.#tableName, startedAt }, error);
      return { kind: 'unknown', error: failure, turnedAway: answeredNo(error) };
    }
  }

  /** Whether or not it is there: a lost reply that is asked again does no harm. @throws Unavailable */
  async remove(key: ItemKey, budget: Budget): Promise<void> {
    const request = new DeleteItemCommand({ TableName: this.#tableName, Key: marshall(key) });
    await this.#spend('DeleteItem', budget, (abortSignal) => this.#client.send(request, { abortSignal }));
  }

  async #spend<T>(operation: string, budget: Budget, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await budget.spend(0, call);
    } catch (error) {
      throw unavailable({ operation, tableName: this.#tableName, startedAt }, error);
    }
  }
}

function conditional({ expression, names, values }: Condition) {
  return {
    ConditionExpression: expression,
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: { ...names } }),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: marshall(values) }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}
