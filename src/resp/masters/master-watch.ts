/** One master, read again and again: what is told of it, and what is new of it. */
import type { Instant, NodeId, RecordedEvent, SentinelRecord } from '../../core/model.ts';
import { type Clock, type MasterView, type StateStore, Unreadable } from '../../ports.ts';
import { type Conditions, NO_CONDITIONS, news, type Seen } from '../feed/news.ts';
import { type Heard, isOlder } from './heard.ts';
import { failoverOpen, type Known, type OwnLook } from './known.ts';
import { Reading } from './reading.ts';

export interface WatchOptions {
  readonly store: Pick<StateStore, 'readView'>;
  readonly clock: Clock;
  readonly pulseMs: number;
  /** The heartbeats as last read. */
  readonly sentinels: () => readonly SentinelRecord[];
  readonly looks: ReadonlyMap<NodeId, OwnLook>;
  /** Called after what is told has changed, so that who hears of a switch and asks is told of it. */
  readonly onNews: (events: readonly RecordedEvent[], missed: number) => void;
  /** It was told to somebody who asked that something happens: what follows is to be read at once. */
  readonly onUrgent: () => void;
  /** A newer version wrote it: what was read before it stands, and no other master suffers. */
  readonly onUnreadable: (why: string) => void;
}

/** For so long a failover that does not move on is worth reading ten times a second. */
const URGENT_MS = 60_000;

export class MasterWatch {
  readonly name: string;
  readonly reading: Reading;
  readonly #options: WatchOptions;
  readonly #fromTheStart: boolean;
  #view: MasterView | undefined;
  /** As of when it is known. */
  #knownAt: Instant | undefined;
  #seen: Seen | undefined;
  #conditions: Conditions = NO_CONDITIONS;
  #rev = -1;
  #changedAt = 0;
  #unreadable = '';

  /** @param fromTheStart - the master came while the gateway ran: all that is told of it is news */
  constructor(name: string, options: WatchOptions, fromTheStart: boolean) {
    this.name = name;
    this.#options = options;
    this.reading = new Reading(options.clock, () => this.#read());
    this.#fromTheStart = fromTheStart;
  }

  /** Undefined before the first answer, and when there is no such master any more. */
  get known(): Known | undefined {
    const { sentinels, looks, pulseMs } = this.#options;
    const state = this.#view?.state;
    if (!this.#view || !state || state.removed !== undefined) return undefined;
    const { observations } = this.#view;
    return { state, observations, sentinels: sentinels(), looks, pulseMs };
  }

  /** Whether a failover is under way, or is about to be, and still moves on. */
  get urgent(): boolean {
    const known = this.known;
    if (!known) return false;
    const { state } = known;
    const open = failoverOpen(known) || state.failover !== undefined || state.command !== undefined;
    const moving = this.#options.clock.now().mono - this.#changedAt < URGENT_MS;
    return moving && (open || state.outage !== undefined);
  }

  /** A state alone is taken beside the observations that were read last. */
  hear({ state, observations, at }: Heard): void {
    if (!this.#view) return; // the first read is under way
    if (this.#isOlder({ state, observations, at })) return;
    this.#take({ ...this.#view, state, ...(observations && { observations }) }, at);
    if (observations) this.reading.readElsewhere(at.mono);
  }

  async #read(): Promise<void> {
    const at = this.#options.clock.now();
    const view = await this.#readable();
    if (view && !this.#isOlder({ ...view, at })) this.#take(view, at);
  }

  #isOlder(heard: Parameters<typeof isOlder>[0]): boolean {
    return this.#knownAt !== undefined && isOlder(heard, { state: this.#view?.state, at: this.#knownAt });
  }

  #take(view: MasterView, at: Instant): void {
    const wasUrgent = this.urgent;
    [this.#view, this.#knownAt] = [view, at];
    const { state, observations } = view;
    if (!state) return;
    if (state.rev !== this.#rev) [this.#rev, this.#changedAt] = [state.rev, at.mono];
    const after: Seen = { state, observations };
    const before = this.#seen ?? (this.#fromTheStart ? beforeItCame(after) : undefined);
    const found = news(before, after, this.#conditions);
    [this.#seen, this.#conditions] = [after, found.conditions];
    if (found.events.length > 0 || found.missed > 0) this.#options.onNews(found.events, found.missed);
    if (this.urgent && !wasUrgent) this.#options.onUrgent();
  }

  async #readable(): Promise<MasterView | undefined> {
    try {
      const view = await this.#options.store.readView(this.name);
      this.#unreadable = '';
      return view;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      if (this.#unreadable !== error.message) this.#options.onUnreadable(error.message);
      this.#unreadable = error.message;
      return undefined;
    }
  }
}

/** A name that returned has older events too, of the time before it was removed. */
function beforeItCame({ state }: Seen): Seen {
  const came = state.events.findLast(({ type }) => type === '+monitor');
  const lastSeq = came ? came.seq - 1 : state.lastSeq;
  return { state: { ...state, events: [], lastSeq }, observations: [] };
}
