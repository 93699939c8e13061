/**
 * A master as a backup knew it, brought into a table that may know more or nothing. A backup knows an old epoch, and
 * whoever saw a later one would take what happens next for something old: epochs and event numbers go on from far above
 * both. It is paused: where the master is now, resume finds out and adopts.
 */
import { aboutMaster, record } from '../events.ts';
import type { Instant, MasterState, SentinelId } from '../model.ts';
import { live, noSuchMaster, type Outcome, refuse } from './outcome.ts';

/** More failovers, and more events, than lie between a backup and its restoration. */
export const EPOCHS_AHEAD = 1000;
export const EVENTS_AHEAD = 100_000;

/**
 * @param found - what stands in the table: only what is paused, was removed or is not there may be written over
 * @param backup - undefined: the backup does not have it
 */
export function restore(
  found: MasterState | undefined,
  backup: MasterState | undefined,
  by: SentinelId,
  now: Instant,
): Outcome {
  const source = live(backup);
  if (!source) return noSuchMaster();
  if (live(found) && (!found?.paused || found.failover)) {
    return refuse('duplicate', `${source.name} is monitored here: pause it first`);
  }
  const epoch = Math.max(source.currentEpoch, found?.currentEpoch ?? 0) + EPOCHS_AHEAD;
  const { election, failover, command, lastCommand, simulate, ...rest } = source;
  const { outage, coolDown, limitation, ...kept } = rest;
  const next: MasterState = {
    ...kept,
    currentEpoch: epoch,
    configEpoch: epoch,
    voters: found ? found.voters : source.voters,
    paused: { since: now.wall, by },
    events: [],
    lastSeq: Math.max(source.lastSeq, found?.lastSeq ?? 0) + EVENTS_AHEAD,
  };
  const about = (type: string, suffix?: string) => aboutMaster(type, next.name, next.master.address, suffix);
  const told = [about('+monitor', `quorum ${next.directives.quorum}`), about('+pause')];
  return { kind: 'change', next: record(next, by, now, told) };
}
