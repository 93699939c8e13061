/** The last events of a master: those that were agreed, and those that one sentinel alone saw, in one line of time. */

import { stripped } from '../http/printable.ts';
import type { Seen } from '../http/seen.ts';
import { describeEvent, type EventDescription } from '../http/sentinels.ts';

export function lastEvents({ state, observations }: Seen, count: number): EventDescription[] {
  const all = [...state.events, ...observations.flatMap(({ events }) => events)];
  // a stable sort: of one moment what the state counts comes in its order
  const sorted = all.sort((a, b) => a.at - b.at);
  return count === 0 ? [] : sorted.slice(-count).map((event) => stripped(describeEvent(event)));
}
