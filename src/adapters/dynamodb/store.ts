/** The state store on a DynamoDB table: nothing but consistent reads and conditional writes of single items. */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { MasterState, Observation, SentinelId, SentinelRecord, Vote } from '../../core/model.ts';
import {
  type MasterView,
  type SetOutcome,
  type StateStore,
  type Telemetry,
  Unavailable,
} from '../../ports.ts';
import { Budget } from './budget.ts';
import {
  decodeObservation,
  decodeSentinel,
  decodeState,
  decodeVote,
  encodeObservation,
  encodeSentinel,
  encodeState,
  encodeVote,
  type Item,
  keyText,
} from './codec.ts';
import {
  type Condition,
  incarnationIsStill,
  itemDoesNotExist,
  notSupersededBy,
  stateIsStill,
} from './conditions.ts';
import { Items, type PutOutcome } from './items.ts';
import {
  DIRECTORY,
  directoryKey,
  masterPartition,
  SENTINELS,
  sentinelKey,
  stateKey,
  VIEW_RANGE,
} from './keys.ts';
import { type StoreClock, watchStoreClock } from './store-clock.ts';
import { Views } from './views.ts';

export interface DynamoStoreOptions {
  /** From {@link ./client.ts}: its time-outs must fit into `deadlineMs`. */
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Told of items passed over as unreadable. */
  readonly telemetry: Telemetry;
  /** @default crypto.randomUUID */
  readonly newWriteId?: () => string;
  /** For one whole operation with its retries and the look-up of a lost reply, in milliseconds. @default 1000 */
  readonly deadlineMs?: number;
  /** The part of `deadlineMs` kept for looking up what became of a write. @default 300 */
  readonly readBackMs?: number;
}

/**
 * A write that got no answer may still be under way after its outcome was told as `refused`: it can take effect
 * later only if nothing else was written before, and then whoever reads next sees it (its condition still guards).
 */
export class DynamoStore implements StateStore {
  readonly #items: Items;
  readonly #views: Views;
  readonly #clock: StoreClock;
  readonly #newWriteId: () => string;
  readonly #deadlineMs: number;

  constructor(options: DynamoStoreOptions) {
    const { client, tableName, readBackMs = 300 } = options;
    this.#items = new Items({ client, tableName, readBackMs });
    this.#views = new Views(options.telemetry);
    this.#clock = watchStoreClock(client);
    this.#newWriteId = options.newWriteId ?? randomUUID;
    this.#deadlineMs = options.deadlineMs ?? 1000;
  }

  async names(): Promise<readonly string[]> {
    const entries = await this.#items.query(DIRECTORY, this.#budget());
    return entries.map(({ sk }) => sk);
  }

  async readState(name: string): Promise<MasterState | undefined> {
    const item = await this.#items.get(stateKey(name), this.#budget());
    return item && decodeState(item);
  }

  async readView(name: string): Promise<MasterView> {
    const items = await this.#items.query(masterPartition(name), this.#budget(), VIEW_RANGE);
    return this.#views.assemble(items);
  }

  /**
   * The directory entry follows the state, refused or not: whoever stopped between the two is completed by the
   * next one to try. A tombstone stays out of it. Each of the two has its own deadline.
   */
  async createState(state: MasterState): Promise<SetOutcome> {
    const first = { ...state, rev: 1, writeId: this.#newWriteId() };
    const outcome = await this.#putState(first, itemDoesNotExist);
    const stands = outcome.kind === 'written' ? outcome.state : outcome.found;
    if (stands?.removed === undefined) await this.setListed(state.name, true);
    return outcome;
  }

  /** An entry that stands is left as it is: a later version may keep more in it. */
  async setListed(name: string, listed: boolean): Promise<void> {
    const entry = directoryKey(name);
    if (!listed) return this.#items.remove(entry, this.#budget());
    const put = await this.#items.put(entry, this.#budget(), itemDoesNotExist);
    if (put.kind === 'unknown') throw put.error;
  }

  async compareAndSet(seen: MasterState, next: MasterState): Promise<SetOutcome> {
    const written = { ...next, name: seen.name, rev: seen.rev + 1, writeId: this.#newWriteId() };
    return this.#putState(written, stateIsStill(seen));
  }

  /** A vote of mine whose reply was lost is found again as `already`: what counts is the vote that stands. */
  async castVote(vote: Vote): Promise<{ readonly kind: 'cast' | 'already'; readonly vote: Vote }> {
    const budget = this.#budget();
    const item = encodeVote(vote);
    const put = await this.#items.put(item, budget, itemDoesNotExist);
    if (put.kind === 'put') return { kind: 'cast', vote };
    const standing = await this.#standing(item, put, budget);
    if (standing) return { kind: 'already', vote: decodeVote(standing) };
    throw put.kind === 'unknown' ? put.error : vanished(item);
  }

  /** No look-up after a lost reply: the next look rewrites the observation anyway. */
  async putObservation(observation: Observation): Promise<'written' | 'superseded'> {
    const budget = this.#budget();
    const item = encodeObservation(observation);
    const put = await this.#items.put(item, budget, notSupersededBy(observation));
    if (put.kind === 'put') return 'written';
    if (put.kind === 'unknown') throw put.error;
    const standing = await this.#standing(item, put, budget);
    if (!standing) throw vanished(item);
    decodeObservation(standing); // a newer major version's is refused for another reason
    return 'superseded';
  }

  async readSentinel(id: SentinelId): Promise<SentinelRecord | undefined> {
    const item = await this.#items.get(sentinelKey(id), this.#budget());
    return item && decodeSentinel(item);
  }

  async readSentinels(): Promise<readonly SentinelRecord[]> {
    return this.#views.sentinels(await this.#items.query(SENTINELS, this.#budget()));
  }

  async putSentinel(record: SentinelRecord, seenIncarnation: number): Promise<'written' | 'refused'> {
    const budget = this.#budget();
    const item = encodeSentinel(record, this.#newWriteId());
    const put = await this.#items.put(item, budget, incarnationIsStill(seenIncarnation));
    if (put.kind === 'put') return 'written';
    const standing = await this.#standing(item, put, budget);
    if (standing?.['writeId'] === item['writeId']) return 'written';
    if (put.kind === 'unknown' && put.turnedAway) throw put.error;
    if (standing) decodeSentinel(standing);
    return 'refused';
  }

  skewMs(): number | undefined {
    return this.#clock.skewMs();
  }

  async #putState(state: MasterState, condition: Condition): Promise<SetOutcome> {
    const budget = this.#budget();
    const item = encodeState(state);
    const put = await this.#items.put(item, budget, condition);
    if (put.kind === 'put') return { kind: 'written', state };
    const standing = await this.#standing(item, put, budget);
    const found = standing && decodeState(standing);
    if (found?.writeId === state.writeId) return { kind: 'written', state };
    if (put.kind === 'unknown' && put.turnedAway) throw put.error;
    return { kind: 'refused', ...(found && { found }) };
  }

  /** What is in the table now, after a write that did not report success. */
  async #standing(
    item: Item,
    put: Exclude<PutOutcome, { kind: 'put' }>,
    budget: Budget,
  ): Promise<Item | undefined> {
    return put.kind === 'refused' && put.found
      ? put.found
      : this.#items.get({ pk: item.pk, sk: item.sk }, budget);
  }

  #budget(): Budget {
    return new Budget(this.#deadlineMs);
  }
}

function vanished(item: Item): Unavailable {
  return new Unavailable(
    `${keyText(item)} stood in the way of a write and was gone when it was read: try again`,
  );
}
