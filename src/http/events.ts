/** The numbered events of a master: the last ones from its state, those before them from the history. */
import type { MasterState, RecordedEvent } from '../core/model.ts';
import type { EventHistory } from '../ports.ts';
import { stripped } from './printable.ts';
import { describeEvent, type EventDescription } from './sentinels.ts';

export const EVENTS_PRESET = 100;
export const EVENTS_MAX = 200;

export interface EventsQuery {
  /** Events after this number; without it the last ones. */
  readonly after?: number;
  /** At most so many numbers are gone through. */
  readonly limit: number;
}

export interface NumberedEvent extends EventDescription {
  /** `<master>:<seq>`: the same wherever the event is told. */
  readonly id: string;
}

export interface EventsPage {
  readonly name: string;
  /** The number of the last event there is. */
  readonly lastSeq: number;
  /** Fewer than asked for, or none, where the history has expired. */
  readonly events: readonly NumberedEvent[];
  /** What to give as `after` to go on. */
  readonly next: number;
  /** Whether there are events after this page already. */
  readonly more: boolean;
}

/** Numbers have no gaps, so that a page is a range of them. @throws Unavailable */
export async function readEvents(
  state: MasterState,
  { after: given, limit }: EventsQuery,
  history: EventHistory | undefined,
): Promise<EventsPage> {
  const { name, lastSeq } = state;
  const firstKept = state.events[0]?.seq ?? lastSeq + 1;
  const asked = Math.min(given ?? lastSeq - limit, lastSeq);
  // where there is no history, pages begin with what there is
  const after = Math.max(asked, history ? 0 : firstKept - 1);
  const next = Math.min(after + limit, lastSeq);
  const before = await readHistory(history, name, after + 1, Math.min(next, firstKept - 1));
  const kept = state.events.filter(({ seq }) => seq > after && seq <= next);
  const events = [...before, ...kept].map((event) => ({
    id: `${name}:${event.seq}`,
    ...describeEvent(event),
  }));
  return stripped({ name, lastSeq, events, next, more: next < lastSeq });
}

/** Nothing is read where the state has it all. */
export async function readHistory(
  history: EventHistory | undefined,
  name: string,
  from: number,
  to: number,
): Promise<readonly RecordedEvent[]> {
  return history && from <= to ? history.read(name, from, to) : [];
}
