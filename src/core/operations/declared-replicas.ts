/** Replicas that an operator or the code names, beside those that are learnt from the master. */
import { aboutReplica, record } from '../events.ts';
import {
  type Address,
  type Instant,
  type MasterState,
  type NodeId,
  nodeId,
  type ReplicaRecord,
  type SentinelId,
  sameAddress,
} from '../model.ts';
import { committed, inProgress, type Outcome } from './outcome.ts';

/** Entered where they are not; the named master is never its own replica (I11). */
export function declareReplicas(
  state: MasterState,
  replicas: readonly Address[],
  by: SentinelId,
  now: Instant,
): Outcome {
  const undeclared = replicas.filter(
    (replica) =>
      !sameAddress(replica, state.master.address) && state.replicas[nodeId(replica)]?.declared !== true,
  );
  if (undeclared.length === 0) return { kind: 'unchanged', state };
  if (committed(state)) return inProgress();
  const entered = undeclared.map((replica) => declaredReplica(replica, state.replicas[nodeId(replica)]));
  const unknown = undeclared.filter((replica) => !state.replicas[nodeId(replica)]);
  const next = { ...state, replicas: { ...state.replicas, ...Object.fromEntries(entered) } };
  const happenings = unknown.map((replica) =>
    aboutReplica('+slave', state.name, state.master.address, replica),
  );
  return { kind: 'change', next: record(next, by, now, happenings) };
}

/** What follows the master stays by that alone: as after RESET, the next look at the master drops what does not. */
export function withdrawReplicas(state: MasterState, replicas: readonly Address[]): Outcome {
  const declared = replicas.map(nodeId).filter((id) => state.replicas[id]?.declared);
  if (declared.length === 0) return { kind: 'unchanged', state };
  if (committed(state)) return inProgress();
  const doubted = declared.flatMap((id) => {
    const { declared: _, ...kept } = state.replicas[id] ?? {};
    return [[id, { ...kept, unconfirmed: true } as ReplicaRecord] as const];
  });
  return {
    kind: 'change',
    next: { ...state, replicas: { ...state.replicas, ...Object.fromEntries(doubted) } },
  };
}

export function declaredReplica(address: Address, known?: ReplicaRecord): [NodeId, ReplicaRecord] {
  const { unconfirmed: _, ...kept } = known ?? { address, reconfiguration: 'none' as const };
  return [nodeId(address), { ...kept, declared: true }];
}
