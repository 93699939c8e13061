/** Assembles what a query found. One bad observation or vote must not blind the view; a bad state must. */
import type { MasterState, Observation, SentinelRecord, Vote } from '../../core/model.ts';
import { type MasterView, type Telemetry, Unreadable } from '../../ports.ts';
import { decodeObservation, decodeSentinel, decodeState, decodeVote, type Item, keyText } from './codec.ts';

/** After so many different complaints the oldest may be told again. */
const TOLD_MAX = 1000;

export class Views {
  readonly #telemetry: Telemetry;
  /** A view is read many times a second in alert: each complaint is made once. */
  readonly #told = new Set<string>();

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry;
  }

  /** Passes over items of kinds it does not know. @throws Unreadable when the state is. */
  assemble(items: readonly Item[]): MasterView {
    let state: MasterState | undefined;
    const observations: Observation[] = [];
    const votes: Vote[] = [];
    for (const item of items) {
      const kind = item.sk.split('#', 1)[0];
      if (kind === 'STATE') state = decodeState(item);
      else if (kind === 'OBS') this.#keepReadable(item, decodeObservation, observations);
      else if (kind === 'VOTE') this.#keepReadable(item, decodeVote, votes);
    }
    return { state, observations, votes };
  }

  sentinels(items: readonly Item[]): readonly SentinelRecord[] {
    const records: SentinelRecord[] = [];
    for (const item of items) this.#keepReadable(item, decodeSentinel, records);
    return records;
  }

  #keepReadable<T>(item: Item, decode: (item: Item) => T, into: T[]): void {
    try {
      into.push(decode(item));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#tellOnce(keyText(item), error.message);
    }
  }

  #tellOnce(key: string, reason: string): void {
    if (this.#told.has(reason)) return;
    if (this.#told.size >= TOLD_MAX) this.#told.clear();
    this.#told.add(reason);
    this.#telemetry.log('warn', 'unreadable item passed over', { key, reason });
  }
}
