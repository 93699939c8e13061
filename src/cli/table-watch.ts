/**
 * What a zone outside Lambda sees of the table: nobody wakes it, so that it asks, and hears what else in its process was
 * read and written. A change that would wake a function wakes it too, and every event is told once, in its order.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Instant, MasterState, Observation, RecordedEvent, SentinelId } from '../core/model.ts';
import { live } from '../core/operations/outcome.ts';
import { type Wake, wakeOnObservation, wakeOnState } from '../core/wake.ts';
import { type StateStore, type Telemetry, Unreadable } from '../ports.ts';
import { type Heard, isOlder } from '../resp/masters/heard.ts';

export interface TableWatchOptions {
  /** What is read through it is to be heard by {@link TableWatch.hear}. */
  readonly store: Pick<StateStore, 'names' | 'readView'>;
  readonly telemetry: Telemetry;
  readonly id: SentinelId;
  readonly everyMs: number;
  /** Something stands in the table that this zone should look at. */
  readonly onWake: () => void;
  readonly onEvent: (master: string, event: RecordedEvent) => void;
  /** After the first look and after each that found something changed: all masters there are. */
  readonly onChange: (states: ReadonlyMap<string, MasterState>, gone: readonly string[]) => void;
}

interface Seen {
  readonly state: MasterState;
  readonly observations: readonly Observation[];
  readonly at: Instant;
}

export class TableWatch {
  readonly #options: TableWatchOptions;
  /** Those that were removed too: one that returns goes on from its last event. */
  readonly #seen = new Map<string, Seen>();
  /** The masters that {@link TableWatchOptions.onChange} was told of. */
  #told: ReadonlyMap<string, MasterState> | undefined;
  readonly #unreadable = new Set<string>();
  #frozen = false;

  constructor(options: TableWatchOptions) {
    this.#options = options;
  }

  /** Until it is aborted. Never rejects: a table that is silent is asked on (I8). */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch((error: Error) => this.#freeze(error));
      await wait(this.#options.everyMs, undefined, { signal }).catch(() => {}); // aborted
    }
  }

  /** What there is at the first look is no news. */
  async look(): Promise<void> {
    const { store, onChange, telemetry } = this.#options;
    const before = this.#told;
    // of one that is gone the last event stands in its tombstone
    const names = new Set([...(await store.names()), ...(before?.keys() ?? [])]);
    const found = await Promise.all([...names].map((name) => this.#read(name)));
    const states = found.flatMap((state) => live(state) ?? []);
    if (this.#frozen) telemetry.log('info', 'the table answers again');
    this.#frozen = false;
    const now = new Map(states.map((state) => [state.name, state]));
    this.#told = now;
    const gone = [...(before?.keys() ?? [])].filter((name) => !now.has(name));
    const changed = states.some(({ name, writeId }) => before?.get(name)?.writeId !== writeId);
    if (!before || changed || gone.length > 0) onChange(now, gone);
  }

  /** What a newer version wrote of one master holds up no other: it stays as it was last understood. */
  async #read(name: string): Promise<MasterState | undefined> {
    const { store, telemetry } = this.#options;
    try {
      const { state } = await store.readView(name);
      this.#unreadable.delete(name);
      return state;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      if (!this.#unreadable.has(name)) telemetry.log('error', error.message, { master: name });
      this.#unreadable.add(name);
      return this.#told?.get(name);
    }
  }

  /** Of this process' own reads and writes, this watch's among them. */
  hear(heard: Heard): void {
    const { state, at } = heard;
    const before = this.#seen.get(state.name);
    if (before && isOlder(heard, before)) return;
    const observations = heard.observations ?? before?.observations ?? [];
    this.#seen.set(state.name, { state, observations, at });
    if (this.#told) this.#compare(before, { state, observations });
  }

  #compare(before: Seen | undefined, now: Omit<Seen, 'at'>): void {
    const { id, onEvent, onWake } = this.#options;
    const mine = ({ sentinel }: Observation) => sentinel === id;
    const observed = now.observations.find(mine);
    const events = [
      ...newEvents(before?.observations.find(mine)?.events, observed?.events),
      ...newEvents(before?.state.events, now.state.events),
    ];
    for (const event of events.sort((a, b) => a.at - b.at)) onEvent(now.state.name, event);
    const wakes = [
      wakeOnState(before?.state, now.state),
      ...now.observations.map((one) =>
        wakeOnObservation(
          before?.observations.find(({ sentinel }) => sentinel === one.sentinel),
          one,
        ),
      ),
    ];
    if (wakes.some((wake) => wake && isFor(wake, id))) onWake();
  }

  #freeze(error: Error): void {
    if (!this.#frozen) this.#options.telemetry.log('warn', `the table does not answer: ${error.message}`);
    this.#frozen = true;
  }
}

/** What is no longer among the last ones was missed: as much as there is of it is told. */
function newEvents(
  before: readonly RecordedEvent[] | undefined,
  now: readonly RecordedEvent[] | undefined,
): RecordedEvent[] {
  const last = before?.at(-1)?.seq ?? 0;
  return (now ?? []).filter(({ seq }) => seq > last);
}

function isFor(wake: Wake, id: SentinelId): boolean {
  return wake.kind === 'one' ? wake.sentinel === id : wake.except !== id;
}
