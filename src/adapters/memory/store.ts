/**
 * The table in memory, for simulation and tests: the same layout, the same codec and the same single-item
 * conditions as the real one.
 */
import {
  isLater,
  type MasterState,
  type Observation,
  type SentinelId,
  type SentinelRecord,
  type Vote,
} from '../../core/model.ts';
import type { MasterView, SetOutcome, StateStore, Telemetry } from '../../ports.ts';
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
} from '../dynamodb/codec.ts';
import {
  DIRECTORY,
  directoryKey,
  type ItemKey,
  masterPartition,
  SENTINELS,
  sentinelKey,
  stateKey,
  VIEW_RANGE,
} from '../dynamodb/keys.ts';
import { Views } from '../dynamodb/views.ts';
import { MemoryTable } from './table.ts';

export interface MemoryStoreOptions {
  readonly newWriteId: () => string;
  /** Told of items passed over as unreadable. @default the console */
  readonly telemetry?: Telemetry;
  /** What `skewMs` tells, for tests of a clock gone wrong. @default undefined: memory has no clock of its own */
  readonly skewMs?: () => number | undefined;
}

const CONSOLE: Telemetry = { log: (_level, message, fields) => console.warn(message, fields) };

export class MemoryStore implements StateStore {
  readonly #items = new MemoryTable();
  readonly #newWriteId: () => string;
  readonly #views: Views;
  readonly #skewMs: () => number | undefined;

  constructor(options: MemoryStoreOptions) {
    this.#newWriteId = options.newWriteId;
    this.#views = new Views(options.telemetry ?? CONSOLE);
    this.#skewMs = options.skewMs ?? (() => undefined);
  }

  async names(): Promise<readonly string[]> {
    return this.#items.partition(DIRECTORY).map((item) => item.sk);
  }

  async readState(name: string): Promise<MasterState | undefined> {
    const item = this.#items.get(stateKey(name));
    return item && decodeState(item);
  }

  async readView(name: string): Promise<MasterView> {
    const items = this.#items.partition(masterPartition(name));
    return this.#views.assemble(items.filter(({ sk }) => inView(sk)));
  }

  async createState(state: MasterState): Promise<SetOutcome> {
    const outcome = this.#putState({ ...state, rev: 1, writeId: this.#newWriteId() }, undefined);
    const stands = outcome.kind === 'written' ? outcome.state : outcome.found;
    if (stands?.removed === undefined) await this.setListed(state.name, true);
    return outcome;
  }

  async setListed(name: string, listed: boolean): Promise<void> {
    const entry = directoryKey(name);
    if (!listed) this.#items.remove(entry);
    else if (!this.#items.get(entry)) this.#items.put(entry);
  }

  async compareAndSet(seen: MasterState, next: MasterState): Promise<SetOutcome> {
    return this.#putState({ ...next, name: seen.name, rev: seen.rev + 1, writeId: this.#newWriteId() }, seen);
  }

  async castVote(vote: Vote): Promise<{ readonly kind: 'cast' | 'already'; readonly vote: Vote }> {
    const item = encodeVote(vote);
    const found = this.#items.get(item);
    if (found) return { kind: 'already', vote: decodeVote(found) };
    this.#items.put(item);
    return { kind: 'cast', vote };
  }

  async putObservation(observation: Observation): Promise<'written' | 'superseded'> {
    const item = encodeObservation(observation);
    const found = this.#items.get(item);
    if (found && isLater(decodeObservation(found), observation)) return 'superseded';
    this.#items.put(item);
    return 'written';
  }

  async readSentinel(id: SentinelId): Promise<SentinelRecord | undefined> {
    const item = this.#items.get(sentinelKey(id));
    return item && decodeSentinel(item);
  }

  async readSentinels(): Promise<readonly SentinelRecord[]> {
    return this.#views.sentinels(this.#items.partition(SENTINELS));
  }

  async putSentinel(record: SentinelRecord, seenIncarnation: number): Promise<'written' | 'refused'> {
    const found = this.#items.get(sentinelKey(record.sentinel));
    if ((found ? decodeSentinel(found).incarnation : 0) !== seenIncarnation) return 'refused';
    if (found && seenIncarnation === 0) return 'refused';
    this.#items.put(encodeSentinel(record, this.#newWriteId()));
    return 'written';
  }

  skewMs(): number | undefined {
    return this.#skewMs();
  }

  /** Puts an item as it is, as another version of the software might have. */
  plant(item: Item): void {
    this.#items.put(item);
  }

  /** The item as it lies in the table. */
  stored(key: ItemKey): Item | undefined {
    return this.#items.get(key);
  }

  /** Every item, in no order. */
  everything(): readonly Item[] {
    return this.#items.all();
  }

  #putState(state: MasterState, expected: MasterState | undefined): SetOutcome {
    const item = encodeState(state);
    const stored = this.#items.get(item);
    const found = stored && decodeState(stored);
    if (found?.rev !== expected?.rev || found?.writeId !== expected?.writeId) {
      return { kind: 'refused', ...(found && { found }) };
    }
    this.#items.put(item);
    return { kind: 'written', state };
  }
}

function inView(sk: string): boolean {
  return sk >= VIEW_RANGE.from && sk <= VIEW_RANGE.to;
}
