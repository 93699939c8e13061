/** SENTINEL RESET: forget what went wrong. What works is kept until a look says otherwise. */
import { closedRecord } from '../endings.ts';
import { aboutMaster, record } from '../events.ts';
import type { Failover, Instant, MasterState, ReplicaRecord, SentinelId } from '../model.ts';
import { committed, inProgress, live, noSuchMaster, type Outcome } from './outcome.ts';

/**
 * The last good topology is never wiped blindly: a replica nobody declared goes when the next look at the master does
 * not confirm it. Without one live voter no voter goes, for then it is the heartbeats that are in doubt.
 */
export function reset(
  found: MasterState | undefined,
  { liveVoters }: { readonly liveVoters: readonly SentinelId[] },
  by: SentinelId,
  now: Instant,
): Outcome {
  const state = live(found);
  if (!state) return noSuchMaster();
  if (committed(state)) return inProgress();
  const { election, failover, coolDown, outage, limitation, ...kept } = state;
  const replicas = Object.entries(state.replicas).map(([id, replica]) => [id, doubted(replica)]);
  const alive = state.voters.filter((voter) => liveVoters.includes(voter));
  const next: MasterState = {
    ...kept,
    ...(failover && { lastFailover: closedRecord({ state, failover, now }, outcomeAt(failover)) }),
    replicas: Object.fromEntries(replicas),
    voters: alive.length > 0 ? alive : state.voters,
  };
  const event = aboutMaster('+reset-master', state.name, state.master.address);
  return { kind: 'change', next: record(next, by, now, [event]) };
}

/** As their events tell it of failovers longer ago. */
function outcomeAt({ step }: Failover): string {
  return step === 'reconfiguring' ? 'switched; reset' : 'reset';
}

function doubted(replica: ReplicaRecord): ReplicaRecord {
  const { stranger, reconfigurationSentAt, ...kept } = replica;
  return { ...kept, reconfiguration: 'none', ...(!replica.declared && { unconfirmed: true }) };
}
