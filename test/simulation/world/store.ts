/**
 * The table as one process sees it: a way to it that takes time, throttles, breaks before or after a write took effect,
 * or delivers it much later. What the caller is told is what the production store tells: a write without an answer is
 * read back.
 */
import type { MasterState, Observation, SentinelId, SentinelRecord, Vote } from '../../../src/core/model.ts';
import { type MasterView, type SetOutcome, type StateStore, Unavailable } from '../../../src/ports.ts';
import type { Host } from './host.ts';
import type { Random } from './random.ts';
import type { SimulatedTable, Writer } from './table.ts';
import type { Timeline } from './timeline.ts';

/** What befalls a request, each with its probability. */
export interface TableTrouble {
  /** Turned away at once. */
  readonly throttled: number;
  /** It has no effect, and no answer. */
  readonly lostBefore: number;
  /** It has its effect, and no answer. */
  readonly lostAfter: number;
  /** No answer, and its effect comes up to three seconds later. */
  readonly late: number;
  /** On top of what a request usually takes, at most. */
  readonly slowMs: number;
}

export const NO_TROUBLE: TableTrouble = { throttled: 0, lostBefore: 0, lostAfter: 0, late: 0, slowMs: 0 };
export const CUT_OFF: TableTrouble = { ...NO_TROUBLE, lostBefore: 1 };

/** As the production client: three attempts inside a second. */
const GIVEN_UP_MS = 1000;

export interface StoreOptions {
  readonly table: SimulatedTable;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly trouble: () => TableTrouble;
  /** Where it is used; undefined for an operator's door. */
  readonly host?: Host;
}

export class SimulatedStore implements StateStore {
  /** When the table last answered, in the world's time. */
  answeredAt = Number.NEGATIVE_INFINITY;
  /** When the last view of each master that was read had been asked for. */
  readonly viewAskedAt = new Map<string, number>();
  /** When it last asked for the names in vain. */
  namesDeniedAt = Number.NEGATIVE_INFINITY;
  /** Since when this process knows how far its clock is from the table's. */
  skewKnownAt = Number.NEGATIVE_INFINITY;
  readonly #options: StoreOptions;
  readonly #by: Writer;
  #skewMs: number | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#by = options.host ?? 'operator';
  }

  async names(): Promise<readonly string[]> {
    try {
      return await this.#ask(() => [...this.#options.table.directory].sort());
    } catch (error) {
      this.namesDeniedAt = this.#options.timeline.now;
      throw error;
    }
  }

  readState(name: string): Promise<MasterState | undefined> {
    return this.#ask(() => this.#options.table.master(name).state);
  }

  async readView(name: string): Promise<MasterView> {
    const askedAt = this.#options.timeline.now;
    const view = await this.#ask(() => {
      const { state, observations, votes } = this.#options.table.master(name);
      return { state, observations: [...observations.values()], votes: [...votes.values()] };
    });
    this.viewAskedAt.set(name, askedAt);
    return view;
  }

  async createState(state: MasterState): Promise<SetOutcome> {
    const outcome = await this.#putState(undefined, { ...state, rev: 1 });
    const stands = outcome.kind === 'written' ? outcome.state : outcome.found;
    if (stands?.removed === undefined) await this.setListed(state.name, true);
    return outcome;
  }

  setListed(name: string, listed: boolean): Promise<void> {
    const { directory } = this.#options.table;
    return this.#ask(() => void (listed ? directory.add(name) : directory.delete(name)));
  }

  compareAndSet(seen: MasterState, next: MasterState): Promise<SetOutcome> {
    return this.#putState(seen, { ...next, name: seen.name, rev: seen.rev + 1 });
  }

  async castVote(vote: Vote): Promise<{ readonly kind: 'cast' | 'already'; readonly vote: Vote }> {
    const { table } = this.#options;
    const put = await this.#write((sentAt) => table.putVote(this.#by, vote, sentAt));
    if (put === true) return { kind: 'cast', vote };
    const standing = await this.#ask(() => table.voteOf(vote));
    if (standing) return { kind: 'already', vote: standing };
    throw new Unavailable('the vote got no answer');
  }

  async putObservation(observation: Observation): Promise<'written' | 'superseded'> {
    const { table } = this.#options;
    const put = await this.#write((sentAt) => table.putObservation(this.#by, observation, sentAt));
    if (put === undefined) throw new Unavailable('the observation got no answer');
    return put ? 'written' : 'superseded';
  }

  readSentinel(id: SentinelId): Promise<SentinelRecord | undefined> {
    return this.#ask(() => this.#options.table.sentinels.get(id));
  }

  readSentinels(): Promise<readonly SentinelRecord[]> {
    // by their keys, as a query gives them
    return this.#ask(() =>
      [...this.#options.table.sentinels.values()].sort((a, b) => (a.sentinel < b.sentinel ? -1 : 1)),
    );
  }

  async putSentinel(record: SentinelRecord, seenIncarnation: number): Promise<'written' | 'refused'> {
    const { table } = this.#options;
    const mine = { ...record };
    const put = await this.#write(() => table.putSentinel(this.#by, mine, seenIncarnation));
    if (put === true) return 'written';
    const standing = await this.#ask(() => table.sentinels.get(record.sentinel));
    return standing === mine ? 'written' : 'refused';
  }

  skewMs(): number | undefined {
    return this.#skewMs;
  }

  async #putState(seen: MasterState | undefined, next: MasterState): Promise<SetOutcome> {
    const { table } = this.#options;
    const state = { ...next, writeId: table.newWriteId() };
    const put = await this.#write((sentAt) => table.putState(this.#by, seen, state, sentAt));
    if (put === true) return { kind: 'written', state };
    const found = await this.#ask(() => table.master(state.name).state);
    if (found?.writeId === state.writeId) return { kind: 'written', state };
    return { kind: 'refused', ...(found && { found }) };
  }

  /** @returns what the table answered; undefined when nothing came */
  #write(effect: (sentAt: number) => boolean): Promise<boolean | undefined> {
    const { timeline, random } = this.#options;
    const trouble = this.#options.trouble();
    const sentAt = timeline.now;
    const lot = random.next();
    const { throttled, lostBefore, lostAfter, late } = trouble;
    if (lot < throttled) return this.#settle(this.#takesMs(trouble), () => refuse('throttled'));
    if (lot < throttled + lostBefore) return this.#settle(GIVEN_UP_MS * random.next(), () => undefined);
    if (lot < throttled + lostBefore + late) {
      timeline.after(random.next() * 3000, () => effect(sentAt));
      return this.#settle(GIVEN_UP_MS * random.next(), () => undefined);
    }
    const thereMs = this.#takesMs(trouble);
    if (lot < throttled + lostBefore + late + lostAfter) {
      timeline.after(thereMs, () => effect(sentAt));
      return this.#settle(thereMs + random.next() * (GIVEN_UP_MS - thereMs), () => undefined);
    }
    return this.#exchange(thereMs, trouble, () => effect(sentAt));
  }

  #ask<T>(read: () => T): Promise<T> {
    const trouble = this.#options.trouble();
    const { random } = this.#options;
    const { throttled, lostBefore, lostAfter, late } = trouble;
    const lot = random.next();
    if (lot < throttled) return this.#settle(this.#takesMs(trouble), () => refuse('throttled'));
    if (lot < throttled + lostBefore + lostAfter + late) {
      return this.#settle(GIVEN_UP_MS * random.next(), () => refuse('timed out'));
    }
    return this.#exchange(this.#takesMs(trouble), trouble, read);
  }

  /** There, what happens there, and back. */
  #exchange<T>(thereMs: number, trouble: TableTrouble, effect: () => T): Promise<T> {
    const { timeline } = this.#options;
    return new Promise((resolve) => {
      timeline.after(thereMs, () => {
        const result = effect();
        timeline.after(this.#takesMs(trouble), () =>
          this.#deliver(() => {
            this.#answered();
            resolve(result);
          }),
        );
      });
    });
  }

  #settle<T>(ms: number, outcome: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#options.timeline.after(ms, () =>
        this.#deliver(() => {
          try {
            resolve(outcome());
          } catch (error) {
            reject(error);
          }
        }),
      );
    });
  }

  #deliver(run: () => void): void {
    const { host } = this.#options;
    if (host) host.deliver(run);
    else run();
  }

  /** The `Date` of an answer is cut to the second: what is within it is no skew. */
  #answered(): void {
    const { host, timeline } = this.#options;
    this.answeredAt = timeline.now;
    const aheadMs = host?.skewMs ?? 0;
    const before = this.#skewMs;
    this.#skewMs = Math.sign(aheadMs) * Math.max(0, Math.abs(aheadMs) - 500);
    if (this.#skewMs !== before) this.skewKnownAt = timeline.now;
  }

  #takesMs({ slowMs }: TableTrouble): number {
    return 1 + this.#options.random.next() * (3 + slowMs);
  }
}

function refuse(why: string): never {
  throw new Unavailable(`the table: ${why}`);
}
