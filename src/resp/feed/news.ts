/** What is new between two reads of a master: the events nobody here was told of yet, in the order they happened. */
import type { MasterState, Observation, RecordedEvent, SentinelId } from '../../core/model.ts';

export interface Seen {
  readonly state: Pick<MasterState, 'name' | 'master' | 'events' | 'lastSeq'>;
  readonly observations: readonly Pick<Observation, 'sentinel' | 'events'>[];
}

/** Conditions that several sentinels see for themselves: told when the first sees one, and when the last sees it no more. */
export interface Conditions {
  /** By what is said of whom, the sentinels that say so. */
  readonly held: ReadonlyMap<string, ReadonlySet<SentinelId>>;
}

export const NO_CONDITIONS: Conditions = { held: new Map() };

export interface News {
  readonly events: readonly RecordedEvent[];
  readonly conditions: Conditions;
  /** So many of the state's events went by between the reads, and are lost to who listens here. */
  readonly missed: number;
}

/** @param before - undefined at the first read: what happened before it is no news, but what holds still does */
export function news(before: Seen | undefined, after: Seen, conditions: Conditions): News {
  const ofState = before ? newOfState(before.state, after.state) : { events: [], missed: 0 };
  const ofSentinels = after.observations.map((observation) => newOfSentinel(before, observation));
  const present = new Set(after.observations.map(({ sentinel }) => sentinel));
  const held = without(conditions, (sentinel) => !present.has(sentinel));
  if (!before) {
    // of another configuration nothing holds any more, though its end was never told
    const { name, master } = after.state;
    const current = `${name} ${master.address.host} ${master.address.port}`;
    for (const { events } of after.observations) {
      for (const event of events)
        if (` ${subjectOf(event.payload)}`.endsWith(` ${current}`)) hold(held, event);
    }
    return { events: [], conditions: { held }, missed: 0 };
  }
  const events: RecordedEvent[] = [];
  let master = addressOf(before.state);
  for (const event of inOrder([...ofSentinels, ofState.events])) {
    if (event.type === '+switch-master') {
      held.clear();
      master = event.payload.split(' ').slice(3, 5).join(' ');
    }
    // the state may be known before what a sentinel saw of its old master, of which nobody will tell the end
    if (beginsOfMaster(event) && ![master, addressOf(after.state)].includes(masterIn(event))) continue;
    if (hold(held, event)) events.push(event);
  }
  return { events, conditions: { held }, missed: ofState.missed };
}

function newOfState(
  before: Seen['state'],
  after: Seen['state'],
): { events: readonly RecordedEvent[]; missed: number } {
  // a table that was restored from a backup counts the same numbers again
  if (after.lastSeq < before.lastSeq) return { events: [], missed: 0 };
  const events = after.events.filter(({ seq }) => seq > before.lastSeq);
  return { events, missed: after.lastSeq - before.lastSeq - events.length };
}

/** An observation that begins anew counts its events from 1 again: they are told apart by their time as well. */
function newOfSentinel(
  before: Seen | undefined,
  { sentinel, events }: Seen['observations'][number],
): readonly RecordedEvent[] {
  const known = before?.observations.find((one) => one.sentinel === sentinel)?.events ?? [];
  const ids = new Set(known.map(idOf));
  return events.filter((event) => !ids.has(idOf(event)));
}

function idOf({ at, seq }: RecordedEvent): string {
  return `${at}:${seq}`;
}

/** Merged by time; each list keeps its own order, whatever its writer's clock said. */
function inOrder(lists: readonly (readonly RecordedEvent[])[]): RecordedEvent[] {
  const rests = lists.map((list) => [...list]);
  const merged: RecordedEvent[] = [];
  for (;;) {
    let first: RecordedEvent[] | undefined;
    for (const rest of rests) {
      if (rest[0] && (!first?.[0] || rest[0].at < first[0].at)) first = rest;
    }
    const event = first?.shift();
    if (!event) return merged;
    merged.push(event);
  }
}

/** The sign of the event that begins the condition. */
const BEGINS: ReadonlyMap<string, string> = new Map([
  ['sdown', '+'],
  ['tilt', '+'],
  ['misconfigured', '+'],
  ['role-change', '-'],
]);

/** @returns whether the event is to be told: it is of no such condition, or begins or ends one for all */
function hold(held: Map<string, Set<SentinelId>>, { type, payload, by }: RecordedEvent): boolean {
  const begins = BEGINS.get(type.slice(1));
  if (begins === undefined) return true;
  const key = `${type.slice(1)} ${subjectOf(payload)}`;
  const who = held.get(key) ?? new Set();
  const before = who.size;
  if (type[0] === begins) who.add(by);
  else who.delete(by);
  if (who.size > 0) held.set(key, who);
  else held.delete(key);
  return type[0] === begins ? before === 0 : before > 0 && who.size === 0;
}

function beginsOfMaster({ type, payload }: RecordedEvent): boolean {
  return BEGINS.get(type.slice(1)) === type[0] && payload.startsWith('master ');
}

function addressOf({ master: { address } }: Seen['state']): string {
  return `${address.host} ${address.port}`;
}

function masterIn({ payload }: RecordedEvent): string {
  return payload.split(' ').slice(2, 4).join(' ');
}

/** Without what follows: `master n ip port`, `slave n ip port @ n ip port`. */
function subjectOf(payload: string): string {
  const words = payload.split(' ');
  return words.slice(0, words[4] === '@' ? 8 : 4).join(' ');
}

function without(
  { held }: Conditions,
  gone: (sentinel: SentinelId) => boolean,
): Map<string, Set<SentinelId>> {
  const kept = [...held].map(([key, who]) => [key, new Set([...who].filter((one) => !gone(one)))] as const);
  return new Map(kept.filter(([, who]) => who.size > 0));
}
