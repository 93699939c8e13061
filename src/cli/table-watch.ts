/**
 * What a zone outside Lambda sees of the table: nobody wakes it, so that it asks. A change that would wake a function
 * wakes it too, and every event is told once, in its order.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { MasterState, Observation, RecordedEvent, SentinelId } from '../core/model.ts';
import { live } from '../core/operations/outcome.ts';
import { type Wake, wakeOnObservation, wakeOnState } from '../core/wake.ts';
import type { StateStore, Telemetry } from '../ports.ts';

export interface TableWatchOptions {
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
}

export class TableWatch {
  readonly #options: TableWatchOptions;
  #seen: ReadonlyMap<string, Seen> | undefined;
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

  async look(): Promise<void> {
    const { store, onChange, telemetry } = this.#options;
    const names = await store.names();
    const views = await Promise.all(names.map(async (name) => [name, await store.readView(name)] as const));
    const now = new Map<string, Seen>();
    for (const [name, { state: found, observations }] of views) {
      const state = live(found);
      if (state) now.set(name, { state, observations });
    }
    if (this.#frozen) telemetry.log('info', 'the table answers again');
    this.#frozen = false;
    const before = this.#seen;
    this.#seen = now;
    const gone = [...(before?.keys() ?? [])].filter((name) => !now.has(name));
    const changed = [...now].filter(
      ([name, { state }]) => before?.get(name)?.state.writeId !== state.writeId,
    );
    if (before) for (const [name, seen] of now) this.#compare(name, before.get(name), seen);
    if (!before || changed.length > 0 || gone.length > 0) {
      onChange(new Map([...now].map(([name, { state }]) => [name, state])), gone);
    }
  }

  #compare(name: string, before: Seen | undefined, now: Seen): void {
    const { id, onEvent, onWake } = this.#options;
    const mine = ({ sentinel }: Observation) => sentinel === id;
    const observed = now.observations.find(mine);
    const events = [
      ...newEvents(before?.observations.find(mine)?.events, observed?.events),
      ...newEvents(before?.state.events, now.state.events),
    ];
    for (const event of events.sort((a, b) => a.at - b.at)) onEvent(name, event);
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
