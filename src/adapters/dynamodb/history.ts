/** The long history of events in the table: each once, for as long as the deployment keeps them. */
import * as v from 'valibot';
import { type RecordedEvent, SCHEMA } from '../../core/model.ts';
import type { EventHistory, Message, Publisher } from '../../ports.ts';
import { Budget } from './budget.ts';
import type { Item } from './codec.ts';
import { itemDoesNotExist } from './conditions.ts';
import type { Items } from './items.ts';
import { eventKey, sightingKey } from './keys.ts';
import { event as eventShape } from './shape-words.ts';

const DAY_MS = 86_400_000;
const DEADLINE_MS = 2000;

export class History implements Publisher {
  readonly target = 'the history';
  readonly #items: Items;
  readonly #keptDays: number;

  constructor(items: Items, keptDays: number) {
    this.#items = items;
    this.#keptDays = keptDays;
  }

  /** One that is there already is the same one, told by an earlier try. @throws Unavailable */
  async publish(messages: readonly Message[]): Promise<void> {
    const budget = new Budget(DEADLINE_MS);
    const puts = messages.map((message) =>
      this.#items.put(encodeMessage(message, this.#keptDays), budget, itemDoesNotExist),
    );
    for (const put of await Promise.all(puts)) if (put.kind === 'unknown') throw put.error;
  }
}

/** The same from its other end. */
export class KeptEvents implements EventHistory {
  readonly #items: Items;

  constructor(items: Items) {
    this.#items = items;
  }

  /** An event that this version cannot read is passed over. @throws Unavailable */
  async read(master: string, from: number, to: number): Promise<readonly RecordedEvent[]> {
    const range = { from: eventKey(master, from).sk, to: eventKey(master, to).sk };
    const found = await this.#items.query(eventKey(master, from).pk, new Budget(DEADLINE_MS), range);
    return found.flatMap((item) => {
      const read = v.safeParse(eventShape, item);
      return read.success ? [read.output] : [];
    });
  }
}

/** The time it is kept counts from the event, so that every try writes the same item. */
function encodeMessage({ id, master, event, sentinel }: Message, keptDays: number): Item {
  const { seq, at, by, type, payload } = event;
  const key = sentinel === undefined ? eventKey(master, seq) : sightingKey(master, sentinel, at, seq);
  const ttl = Math.floor((at + keptDays * DAY_MS) / 1000);
  return { ...key, schema: SCHEMA, id, seq, at, by, type, payload, ttl };
}
