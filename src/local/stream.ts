/**
 * Plays the table's stream: reads the table, tells what changed since it last looked, and delivers that as DynamoDB
 * would, later and in order. Two quick writes of one item may come as one record, which a real stream never does,
 * and an item that was put and deleted between two reads is never told of; its images are otherwise the real ones.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { Doorbell } from './doorbell.ts';
import type { Image } from './images.ts';
import { changesBetween, recordOf } from './stream-records.ts';
import type { LocalTable } from './table.ts';

export interface TableStreamOptions {
  /** Where the table is read; {@link LocalTable.storeEndpoint} keeps the reads out of faults and statistics. */
  readonly endpoint: string;
  readonly tableName: string;
  /** Only a doorbell: its writes say when to read. */
  readonly table: Pick<LocalTable, 'onWrite'>;
  /** How often the table is read when nothing rings, for writers that go around the door. @default 250 */
  readonly pollMs?: number;
  /** From the read to the delivery, drawn uniformly. */
  readonly delayMs: { readonly min: number; readonly max: number } | 0;
  /** One batch at a time; a rejection is a failed delivery. */
  readonly deliver: (event: DynamoDBStreamEvent) => Promise<void>;
  /** A batch given up, or a table that cannot be read. @default a process warning */
  readonly onTrouble?: (trouble: StreamTrouble) => void;
}

export type StreamTrouble =
  | { readonly kind: 'batch given up'; readonly event: DynamoDBStreamEvent; readonly error: unknown }
  /** Told once; the stream goes on trying. */
  | { readonly kind: 'table not readable'; readonly error: unknown };

const BATCH_MAX = 100;
/** A read of the whole table is dear to those who write to it meanwhile. */
const BETWEEN_READS_MS = 25;
const RETRIES = 3;
const RETRY_MS = 100;
/** With so many undelivered the table is not read: what then changes is coalesced, not piled up. */
const PENDING_MAX = 10_000;

interface Pending {
  readonly record: DynamoDBRecord;
  /** Monotonic; never before that of the record ahead of it. */
  readonly dueAt: number;
}

export class TableStream {
  readonly #options: TableStreamOptions;
  readonly #client: DynamoDBClient;
  readonly #ending = new AbortController();
  readonly #doorbell = new Doorbell();
  readonly #arrivals = new Doorbell();
  #seen = new Map<string, Image>();
  #pending: Pending[] = [];
  #sequence = 0;
  #readable = true;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: TableStreamOptions) {
    this.#options = options;
    const credentials = { accessKeyId: 'stream', secretAccessKey: 'local' };
    this.#client = new DynamoDBClient({ endpoint: options.endpoint, region: 'us-east-1', credentials });
  }

  /**
   * Resolves once the table was read: every later write is told, no earlier one.
   * @throws when the table cannot be read.
   */
  async start(): Promise<void> {
    // First, so that a write during the read still rings.
    const unsubscribe = this.#options.table.onWrite(() => this.#doorbell.ring());
    try {
      this.#seen = await this.#read();
    } catch (error) {
      unsubscribe();
      throw error;
    }
    this.#loops = Promise.all([this.#readOn(), this.#deliverOn()]).finally(unsubscribe);
  }

  /** Resolves when no delivery runs any more; what was not delivered is dropped. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#loops;
    this.#client.destroy();
  }

  async #readOn(): Promise<void> {
    const { signal } = this.#ending;
    let readAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      await this.#doorbell.rung(signal, this.#options.pollMs ?? 250);
      await pause(readAt + BETWEEN_READS_MS - performance.now(), signal);
      if (signal.aborted || this.#pending.length >= PENDING_MAX) continue;
      readAt = performance.now();
      try {
        const now = await this.#read();
        this.#enqueue(this.#seen, now);
        this.#seen = now;
        this.#readable = true;
      } catch (error) {
        if (this.#readable && !signal.aborted) this.#trouble({ kind: 'table not readable', error });
        this.#readable = false;
      }
    }
  }

  async #deliverOn(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const first = this.#pending[0];
      if (!first) {
        await this.#arrivals.rung(signal);
        continue;
      }
      await pause(first.dueAt - performance.now(), signal);
      const now = performance.now();
      const notDue = this.#pending.findIndex(({ dueAt }) => dueAt > now);
      const due = notDue === -1 ? this.#pending.length : notDue;
      const batch = this.#pending.splice(0, Math.min(Math.max(due, 1), BATCH_MAX));
      if (!signal.aborted) await this.#deliver({ Records: batch.map(({ record }) => record) });
    }
  }

  async #deliver(event: DynamoDBStreamEvent): Promise<void> {
    for (let tried = 0; !this.#ending.signal.aborted; tried++) {
      try {
        return await this.#options.deliver(event);
      } catch (error) {
        if (tried >= RETRIES) return this.#trouble({ kind: 'batch given up', event, error });
      }
      await pause(RETRY_MS * (tried + 1), this.#ending.signal);
    }
  }

  async #read(): Promise<Map<string, Image>> {
    const items = new Map<string, Image>();
    const input = { TableName: this.#options.tableName, ConsistentRead: true };
    const abortable = { abortSignal: this.#ending.signal };
    for await (const page of paginateScan({ client: this.#client }, input, abortable)) {
      for (const item of page.Items ?? []) items.set(`${item['pk']?.S}\n${item['sk']?.S}`, item);
    }
    return items;
  }

  #enqueue(before: Map<string, Image>, now: Map<string, Image>): void {
    for (const change of changesBetween(before, now)) {
      const dueAt = Math.max(performance.now() + this.#drawDelayMs(), this.#pending.at(-1)?.dueAt ?? 0);
      this.#pending.push({ record: recordOf(change, ++this.#sequence), dueAt });
    }
    if (this.#pending.length > 0) this.#arrivals.ring();
  }

  #drawDelayMs(): number {
    const { delayMs } = this.#options;
    return delayMs === 0 ? 0 : delayMs.min + Math.random() * (delayMs.max - delayMs.min);
  }

  #trouble(trouble: StreamTrouble): void {
    if (this.#options.onTrouble) this.#options.onTrouble(trouble);
    else process.emitWarning(`table stream: ${trouble.kind}: ${(trouble.error as Error).message}`);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { signal }).catch(() => {}); // ending: do not wait
}
