/** Pause stops failovers and repairs at once; to resume is asked of a sentinel, which looks at the nodes first. */
import { aboutMaster, record } from '../events.ts';
import type { Instant, MasterState, SentinelId } from '../model.ts';
import { inProgress, live, noSuchMaster, type Outcome } from './outcome.ts';

/** An open failover is never left half-way; an election, under which nothing was sent yet, is closed. */
export function pause(found: MasterState | undefined, by: SentinelId, now: Instant): Outcome {
  const state = live(found);
  if (!state) return noSuchMaster();
  if (state.failover) return inProgress();
  const { election, command, ...rest } = state;
  if (state.paused && !command) return { kind: 'unchanged', state };
  const next: MasterState = {
    ...rest,
    paused: state.paused ?? { since: now.wall, by },
    // whoever waits for a command that nobody began learns what became of it: the last word counts
    ...(command && { lastCommand: { id: command.id, at: now.wall, reason: `paused by ${by}` } }),
  };
  const about = (type: string) => aboutMaster(type, state.name, state.master.address);
  return {
    kind: 'change',
    next: record(next, by, now, [
      ...(election ? [about('-failover-abort-not-elected')] : []),
      ...(state.paused ? [] : [about('+pause')]),
    ]),
  };
}

/** @param id - made by the caller, once for all tries */
export function resume(found: MasterState | undefined, id: string, by: SentinelId, now: Instant): Outcome {
  const state = live(found);
  if (!state) return noSuchMaster();
  if (!state.paused || state.command?.kind === 'resume') return { kind: 'unchanged', state };
  return { kind: 'change', next: { ...state, command: { id, at: now.wall, by, kind: 'resume' } } };
}
