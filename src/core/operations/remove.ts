/** SENTINEL REMOVE: a tombstone stays, so that rev and the epochs never start over. */
import { aboutMaster, record } from '../events.ts';
import type { Instant, MasterState, Observation, SentinelId } from '../model.ts';
import { nodeId } from '../model.ts';
import { committed, inProgress, live, noSuchMaster, type Outcome } from './outcome.ts';

/**
 * @param unreachableMs - for how long no node has answered any sentinel; undefined: not known. After failover-timeout
 * an intent that nobody can carry out is no reason to keep the name.
 */
export function remove(
  found: MasterState | undefined,
  { unreachableMs }: { readonly unreachableMs?: number | undefined },
  by: SentinelId,
  now: Instant,
): Outcome {
  const state = live(found);
  if (!state) return noSuchMaster();
  if (committed(state) && (unreachableMs ?? 0) < state.directives.failoverTimeoutMs) return inProgress();
  const gone = aboutMaster('-monitor', state.name, state.master.address);
  return { kind: 'change', next: record(tombstone(state, now), by, now, [gone]) };
}

/** What outlives a removal: the epochs, the events, where the master was. Credentials do not. */
export function tombstone(state: MasterState, now: Instant): MasterState {
  const { election, failover, lastFailover, command, lastCommand, ...rest } = state;
  const { paused, simulate, declaration, coolDown, outage, limitation, ...kept } = rest;
  const { authUser, authPass, authPassBefore, ...directives } = state.directives;
  return { ...kept, directives, replicas: {}, voters: [], removed: state.removed ?? now.wall };
}

/** Two rewrites of an observation in alert, and a slow table between them. */
const FRESH_MS = 5000;

/**
 * For how long no node of the master has answered any sentinel, as far as their observations tell; undefined when
 * they do not.
 */
export function unreachableMs(
  state: MasterState,
  observations: readonly Observation[],
  now: Instant,
): number | undefined {
  const fresh = observations.filter(({ at }) => now.wall - at <= FRESH_MS);
  const replicas = Object.values(state.replicas).map(({ address }) => nodeId(address));
  const answered = fresh.some(
    ({ subjectivelyDown, conditions = {} }) =>
      !subjectivelyDown || !replicas.every((replica) => conditions[replica]?.includes('down')),
  );
  if (answered) return 0;
  // whoever wrote the intent had seen its node; calm zones have told nothing since, however long
  const intended = state.failover?.timeline.intended;
  const told = [intended, state.outage?.masterValidAt, ...observations.map((one) => one.lastValidAt)];
  const valid = told.filter((at) => at !== undefined);
  return valid.length === 0 ? undefined : Math.max(0, now.wall - Math.max(...valid));
}
