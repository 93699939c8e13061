/** Tells events to EventBridge, named as redis-sentinel names them. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import type { Message, Publisher } from '../../ports.ts';
import { detailOf } from './detail.ts';

export const SOURCE = 'lambda-sentinel';
const ENTRIES_MAX = 10;
const ATTEMPTS = 3;
const PAUSE_MS = 50;

export class EventBridge implements Publisher {
  readonly target = 'EventBridge';
  readonly #client: EventBridgeClient;
  readonly #busName: string;

  constructor(client: EventBridgeClient, busName: string) {
    this.#client = client;
    this.#busName = busName;
  }

  async publish(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    const entries = messages.map((message) => this.#entry(message));
    for (let i = 0; i < entries.length; i += ENTRIES_MAX) {
      await this.#put(entries.slice(i, i + ENTRIES_MAX), signal);
    }
  }

  #entry(message: Message): PutEventsRequestEntry {
    const { type, at } = message.event;
    const time = new Date(Math.floor(at / 1000) * 1000); // EventBridge keeps whole seconds; `at` is in the detail
    return {
      ...{ EventBusName: this.#busName, Source: SOURCE, DetailType: type },
      ...{ Detail: detailOf(message), Time: time },
    };
  }

  /**
   * A call may take some entries and refuse others: only those are put again. EventBridge keeps no order between
   * entries, wherefore the detail has the number.
   */
  async #put(entries: PutEventsRequestEntry[], signal: AbortSignal): Promise<void> {
    let left = entries;
    for (let attempt = 1; left.length > 0; attempt++) {
      const request = new PutEventsCommand({ Entries: left });
      const { Entries: results = [] } = await this.#client.send(request, { abortSignal: signal });
      const fault = results.find(refused);
      if (fault && attempt === ATTEMPTS) {
        throw new Error(`EventBridge refused an entry: ${fault.ErrorCode}: ${fault.ErrorMessage ?? ''}`);
      }
      left = left.filter((_, i) => refused(results[i]));
      if (left.length > 0) await wait(Math.random() * PAUSE_MS * 2 ** attempt, undefined, { signal });
    }
  }
}

function refused(result: PutEventsResultEntry | undefined): boolean {
  return result?.ErrorCode !== undefined;
}
