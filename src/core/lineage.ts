/**
 * Of which replication history a node is. A command to follow another master replaces all that a node holds, so it is
 * never sent to a node that belongs to somebody else (I7).
 */
import type { NodeInfo } from './info.ts';
import { type MasterIdentity, type MasterState, nodeId, type ReplicaRecord, sameAddress } from './model.ts';

interface Histories {
  readonly replicationId: string;
  /** The id a promotion has left behind. */
  readonly replicationId2: string;
}

/**
 * `current`: it follows the named master's history, or was promoted out of it. `previous`: it missed the last failovers;
 * what it has is older, and may hold writes that were given up. `other`: none of ours.
 */
export type Generation = 'current' | 'previous' | 'other';

export function generationOf({ master }: MasterState, info: Histories): Generation {
  const { replicationId, previousReplicationIds = [] } = master;
  const told = [info.replicationId, info.replicationId2];
  if (replicationId === undefined || told.includes(replicationId)) return 'current';
  return told.some((id) => previousReplicationIds.includes(id)) ? 'previous' : 'other';
}

export function sameLineage(state: MasterState, info: Histories): boolean {
  return generationOf(state, info) !== 'other';
}

/** Its first digits tell one history from another; of what a node made up no sign is cut in half. */
export function shortened(replicationId: string): string {
  return `${replicationId.slice(0, 8).toWellFormed()}…`;
}

const PREVIOUS_KEPT = 4;
/** One suffices for a proof. */
const FOREIGN_NAMED = 4;

/** The master's identity under another replication id: the one it had is among the previous ones. */
export function withReplicationId<T extends MasterIdentity>(known: T, replicationId: string): T {
  const { replicationId: before, previousReplicationIds = [] } = known;
  if (before === undefined || before === replicationId) return { ...known, replicationId };
  const previous = [before, ...previousReplicationIds.filter((id) => id !== replicationId && id !== before)];
  return { ...known, replicationId, previousReplicationIds: previous.slice(0, PREVIOUS_KEPT) };
}

/**
 * Why a node at a replica's address is taken for a member of another group; undefined when it is ours. A history of its
 * own does not suffice: an old master that restarted without its snapshot has one too. A member of another group is
 * seen by its company: the master it follows, or the replicas that follow it, are none of ours.
 * @param upstreams - what the named master and our replicas say of their own histories
 */
export function strangeness(
  state: MasterState,
  replica: ReplicaRecord,
  info: NodeInfo,
  histories: ReadonlySet<string>,
): string | undefined {
  if (replica.declared || sameLineage(state, info) || histories.has(info.replicationId)) return undefined;
  const ours = (id: string) => id === nodeId(state.master.address) || state.replicas[id] !== undefined;
  const { upstream } = info;
  const history = `of another replication history (${shortened(info.replicationId)})`;
  if (upstream && !ours(nodeId(upstream.address))) {
    return `${history} and follows ${nodeId(upstream.address)}, which is none of ours`;
  }
  const followers = info.replicas.filter(({ address }) => !sameAddress(address, state.master.address));
  const foreign = followers.filter(({ address }) => !ours(nodeId(address)));
  if (foreign.length > 0 && foreign.length === followers.length) {
    const named = foreign.slice(0, FOREIGN_NAMED).map(({ address }) => nodeId(address));
    return `${history} and is followed by ${named.join(', ')}, none of ours`;
  }
  return undefined;
}
