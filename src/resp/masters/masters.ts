/**
 * All masters, as the gateway knows them: read every 2 s, and every 100 ms while something happens to one or its own
 * connection to it failed; read again for who asks, should that be longer ago. While the table cannot be reached, what
 * was read last is told (I8).
 */
import type { NodeId, RecordedEvent, SentinelRecord } from '../../core/model.ts';
import { isMasterName } from '../../core/operations/address.ts';
import type { Clock, StateStore, Telemetry } from '../../ports.ts';
import type { Settings } from '../settings.ts';
import type { Heard } from './heard.ts';
import type { Known, OwnLook } from './known.ts';
import { MasterWatch } from './master-watch.ts';
import { Reading } from './reading.ts';

export interface MastersOptions {
  readonly store: Pick<StateStore, 'names' | 'readView' | 'readSentinels'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly settings: Settings;
  readonly pulseMs: number;
  readonly looks: ReadonlyMap<NodeId, OwnLook>;
  /** Whether the gateway's own connection to the master failed, a short while ago. */
  readonly lost: (known: Known) => boolean;
  readonly onEvent: (master: string, event: RecordedEvent) => void;
}

/** Reads at once, so that a thousand masters are no thousand requests. */
const READS_AT_ONCE = 32;
/** Names that were removed, kept so that one that returns goes on from its last event. */
const GONE_MAX = 1000;
/** The directory's loop among those of the names: no name is empty. */
const DIRECTORY = '';

export class Masters {
  readonly #options: MastersOptions;
  readonly #directory: Reading;
  readonly #watches = new Map<string, MasterWatch>();
  readonly #gone = new Map<string, MasterWatch>();
  readonly #ended = new AbortController();
  readonly #naps = new Map<string, AbortController>();
  /** The one loop of each name: a name that left and returned must not have two. */
  readonly #current = new Map<string, object>();
  #names: readonly string[] | undefined;
  /** Reads of the directory, counted: the last that was sent, and the last that was taken in. */
  #asked = 0;
  #taken = 0;
  #sentinels: readonly SentinelRecord[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #trouble = '';

  constructor(options: MastersOptions) {
    this.#options = options;
    this.#directory = new Reading(options.clock, () => this.#readDirectory());
  }

  /** Reads once, and goes on reading. A table that cannot be reached is no reason not to begin. */
  async start(): Promise<void> {
    await this.#attempt(this.#directory);
    await this.#all(0);
    this.#follow(DIRECTORY, this.#directory, () => this.#options.settings.pollMs);
  }

  async end(): Promise<void> {
    this.#ended.abort();
    for (const nap of this.#naps.values()) nap.abort();
    await Promise.all(this.#underWay);
  }

  /** Whether the table answered the last reads. */
  get reachable(): boolean {
    return this.#trouble === '';
  }

  /** How old the oldest answer is that may be told; undefined before the first. */
  get ageMs(): number | undefined {
    const reads = [this.#directory, ...[...this.#watches.values()].map(({ reading }) => reading)];
    const times = reads.map(({ readAt }) => readAt).filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.max(0, this.#options.clock.now().mono - Math.min(...times));
  }

  /** @param ageMs - how old the answer may be. @throws Error while nothing has been read at all */
  async find(name: string, ageMs = FRESH_MS): Promise<Known | undefined> {
    await this.#directory.notOlderThan(this.#freshMs, this.#names !== undefined);
    this.#assertKnown();
    const watch = this.#watches.get(name);
    if (!watch) return undefined;
    await watch.reading.notOlderThan(ageMs, watch.known !== undefined);
    return watch.known;
  }

  /** In the order of their names. @throws Error while nothing has been read at all */
  async all(): Promise<readonly Known[]> {
    await this.#directory.notOlderThan(this.#freshMs, this.#names !== undefined);
    this.#assertKnown();
    await this.#all(this.#freshMs);
    return this.known;
  }

  /** As last read, without asking. */
  get known(): readonly Known[] {
    return [...this.#watches.values()].flatMap(({ known }) => known ?? []);
  }

  async sentinels(): Promise<readonly SentinelRecord[]> {
    await this.#directory.notOlderThan(this.#freshMs, this.#names !== undefined);
    return this.#sentinels;
  }

  /** Something was changed through this gateway: the next to ask is told of it. */
  changed(): void {
    this.#directory.outdate();
    for (const { reading } of this.#watches.values()) reading.outdate();
    this.wake();
  }

  /** Told at once, without a read; a master that others keep reading is not polled. */
  hear(heard: Heard): void {
    const { name, removed } = heard.state;
    const watch = this.#watches.get(name);
    if (watch) watch.hear(heard);
    else if (removed === undefined && isMasterName(name)) this.wake(DIRECTORY);
  }

  /** Reads now what would have been read later. */
  wake(name?: string): void {
    for (const [of, nap] of this.#naps) if (name === undefined || of === name) nap.abort();
  }

  /** Of many masters each is read more rarely by who asks for all of them: the polls read them too. */
  get #freshMs(): number {
    return Math.min(this.#options.settings.pollMs, Math.max(FRESH_MS, 10 * this.#watches.size));
  }

  #assertKnown(): void {
    if (this.#names === undefined) throw new NothingRead(this.#trouble);
  }

  async #all(ageMs: number): Promise<void> {
    const rest = [...this.#watches.values()];
    const work = async () => {
      for (let watch = rest.pop(); watch; watch = rest.pop()) {
        await watch.reading.notOlderThan(ageMs, watch.known !== undefined);
      }
    };
    await Promise.all(Array.from({ length: READS_AT_ONCE }, work));
  }

  async #readDirectory(): Promise<void> {
    const { store } = this.#options;
    const asked = ++this.#asked;
    const [names, sentinels] = await Promise.all([store.names(), store.readSentinels()]);
    // of two reads side by side the older one may return last
    if (asked < this.#taken) return;
    this.#taken = asked;
    this.#sentinels = sentinels;
    const first = this.#names === undefined;
    this.#names = names.filter(isMasterName);
    for (const name of this.#names) if (!this.#watches.has(name)) this.#begin(name, !first);
    for (const [name, watch] of this.#watches) {
      if (!this.#names.includes(name)) await this.#leave(name, watch);
    }
    const order = [...this.#watches].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#watches.clear();
    for (const [name, watch] of order) this.#watches.set(name, watch);
    if (!first) this.#track(this.#all(Number.POSITIVE_INFINITY)); // those that came are not known yet
  }

  #begin(name: string, cameLater: boolean): void {
    const { store, clock, pulseMs, looks, onEvent, telemetry } = this.#options;
    const onNews = (events: readonly RecordedEvent[], missed: number) => {
      if (missed > 0) {
        telemetry.log('warn', `${missed} events of ${name} went by between two reads and were not told`, {
          name,
        });
      }
      for (const event of events) onEvent(name, event);
    };
    const onUnreadable = (why: string) => telemetry.log('warn', `${name} cannot be read: ${why}`, { name });
    const onUrgent = () => this.wake(name);
    const sentinels = () => this.#sentinels;
    const options = { store, clock, pulseMs, looks, sentinels, onNews, onUrgent, onUnreadable };
    const watch = this.#gone.get(name) ?? new MasterWatch(name, options, cameLater);
    this.#gone.delete(name);
    watch.reading.outdate(); // what it last saw was a tombstone
    this.#watches.set(name, watch);
    this.#follow(name, watch.reading, () => {
      const { pollMs, alertPollMs } = this.#options.settings;
      const { known } = watch;
      const alarmed = watch.urgent || (known !== undefined && this.#options.lost(known));
      return alarmed ? Math.min(alertPollMs, pollMs) : pollMs;
    });
  }

  /** Its last event, `-monitor`, is in its tombstone. */
  async #leave(name: string, watch: MasterWatch): Promise<void> {
    watch.reading.outdate();
    await watch.reading.now();
    if (watch.known) return; // it came back in the meantime
    this.#watches.delete(name);
    this.#current.delete(name);
    this.wake(name);
    this.#gone.set(name, watch);
    const [oldest] = this.#gone.keys();
    if (this.#gone.size > GONE_MAX && oldest !== undefined) this.#gone.delete(oldest);
  }

  async #loop(name: string, reading: Reading, intervalMs: () => number): Promise<void> {
    const { clock } = this.#options;
    const me = {};
    this.#current.set(name, me);
    const going = () => !this.#ended.signal.aborted && this.#current.get(name) === me;
    let waitMs = intervalMs();
    while (going()) {
      const nap = new AbortController();
      this.#naps.set(name, nap);
      await clock.sleep(waitMs, nap.signal);
      if (this.#naps.get(name) === nap) this.#naps.delete(name);
      const restMs = (reading.readAt ?? Number.NEGATIVE_INFINITY) + intervalMs() - clock.now().mono;
      const wasReadMeanwhile = !nap.signal.aborted && restMs > 0;
      if (going() && !wasReadMeanwhile) await this.#attempt(reading);
      waitMs = wasReadMeanwhile ? restMs : intervalMs();
    }
  }

  #follow(name: string, reading: Reading, intervalMs: () => number): void {
    this.#track(this.#loop(name, reading, intervalMs));
  }

  /** What is under way is waited for at the end. */
  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    work.finally(() => this.#underWay.delete(work));
  }

  async #attempt(reading: Reading): Promise<void> {
    const { telemetry } = this.#options;
    try {
      await reading.now();
      const failing = [...this.#watches.values()].some((watch) => watch.reading.failing);
      if (this.#trouble === '' || failing || this.#directory.failing) return;
      telemetry.log('info', 'the table is reached again');
      this.#trouble = '';
    } catch (error) {
      const message = (error as Error).message || 'it does not answer';
      if (this.#trouble === '') {
        telemetry.log('error', `the table is not reached, so what was read last is told: ${message}`);
      }
      this.#trouble = message;
    }
  }
}

/** How old an answer may be that is told without reading again. */
const FRESH_MS = 100;

export class NothingRead extends Error {
  override readonly name = 'NothingRead';

  constructor(why: string) {
    super(`The table has not been reached since this gateway began, so no master is known: ${why}`);
  }
}
