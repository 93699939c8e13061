/**
 * Which events a change adds, in which order and under which ids. Every try of a record gives the same messages.
 *
 * ```
 *   old image   … 5 6 7              lastSeq 7
 *   new image         6 7 8 9        8 9 are told
 *   new image               41 … 72  8–40 are in neither: +events-missed, in the place of 40, and then 41 … 72
 * ```
 */
import type { Change } from '../core/change.ts';
import { aboutMaster } from '../core/events.ts';
import type { MasterState, Observation, RecordedEvent } from '../core/model.ts';
import type { Message } from '../ports.ts';

/** Ours, for what redis-sentinel has no word: `master <name> <ip> <port> #events <first>-<last>`. */
export const EVENTS_MISSED = '+events-missed';

export function messagesOf(change: Change): Message[] {
  return change.kind === 'state'
    ? eventsOfState(change.before, change.after).map((event) => numbered(change.after.name, event))
    : eventsOfObservation(change.before, change.after).map((event) => sighted(change.after, event));
}

function numbered(master: string, event: RecordedEvent): Message {
  return { id: `${master}:${event.seq}`, master, event };
}

/**
 * Its numbers begin anew when the observation was swept from the table, and it outlives the incarnations that wrote
 * it: only with its time is one event told from every other.
 */
function sighted({ master, sentinel }: Observation, event: RecordedEvent): Message {
  return { id: `${master}:${sentinel}:${event.at}:${event.seq}`, master, event, sentinel };
}

/**
 * Without an old image all that is kept is told, some of it perhaps again, under the same ids. What is missed stands
 * under the number of its last event: whoever was told that one before takes it for the same.
 */
function eventsOfState(before: MasterState | undefined, after: MasterState): RecordedEvent[] {
  const told: RecordedEvent[] = [];
  let last = before?.lastSeq ?? 0;
  for (const event of after.events) {
    if (event.seq <= last) continue;
    if (event.seq > last + 1) told.push(missed(after, last + 1, event.seq - 1, event.at));
    told.push(event);
    last = event.seq;
  }
  if (after.lastSeq > last) told.push(missed(after, last + 1, after.lastSeq, told.at(-1)?.at ?? 0));
  return told;
}

function missed(state: MasterState, first: number, last: number, at: number): RecordedEvent {
  const suffix = `#events ${first}-${last}`;
  return {
    seq: last,
    at,
    by: 'relay',
    ...aboutMaster(EVENTS_MISSED, state.name, state.master.address, suffix),
  };
}

/**
 * The events of a write carry its time, as those of no other do. Going by numbers would lose events: when the
 * observation was swept, or another environment of the zone wrote last, a zone numbers on from what it remembers.
 */
function eventsOfObservation(before: Observation | undefined, after: Observation): RecordedEvent[] {
  const isKnown = ({ seq, at }: RecordedEvent) =>
    before?.events.some((known) => known.seq === seq && known.at === at) === true;
  return after.events.filter((event) => event.at === after.at && !isKnown(event));
}
