/** What the gateway knows of one master: its last read, and what its own connections found. */
import type { NodeLook } from '../../core/looks.ts';
import {
  type Address,
  type EpochMs,
  type Instant,
  type MasterState,
  type MonoMs,
  type NodeCondition,
  type NodeId,
  nodeId,
  type Observation,
  type ReplicaRecord,
  type SentinelRecord,
  sameAddress,
} from '../../core/model.ts';
import { heartbeatMs, liveSentinels } from '../../core/quorum-check.ts';

export interface Known {
  readonly state: MasterState;
  readonly observations: readonly Observation[];
  readonly sentinels: readonly SentinelRecord[];
  readonly looks: ReadonlyMap<NodeId, OwnLook>;
  readonly pulseMs: number;
}

/** What the gateway's own connection to a node found, if it has one. */
export interface OwnLook {
  readonly last: NodeLook;
  /** The last look that was answered, and the last of them that brought INFO in full. */
  readonly answeredAt?: MonoMs;
  readonly infoAt?: MonoMs;
  readonly answered?: Extract<NodeLook, { outcome: 'answered' }>;
  readonly full?: Extract<NodeLook, { outcome: 'answered' }>;
  /** The configuration in which that was asked for; undefined if a failover was open. */
  readonly fullEpoch?: number | undefined;
}

/** The latest word of each sentinel that lives and votes, about this address in this configuration. */
export function standing({ state, observations, sentinels, pulseMs }: Known, now: Instant): Observation[] {
  const alive = liveSentinels(sentinels, now, heartbeatMs(pulseMs));
  return observations.filter(
    ({ sentinel, address, configEpoch, tilt }) =>
      tilt === undefined &&
      configEpoch === state.configEpoch &&
      sameAddress(address, state.master.address) &&
      alive.includes(sentinel) &&
      state.voters.includes(sentinel),
  );
}

/**
 * Since when the quorum holds the node for down. One sentinel alone may have lost its own path only: clients that
 * reach the node are not to be told that it is gone.
 */
export function downSince(known: Known, node: Address, now: Instant): EpochMs | undefined {
  const { state } = known;
  const isMaster = sameAddress(node, state.master.address);
  if (isMaster && state.outage) return Math.min(state.outage.sdown ?? state.outage.since, state.outage.since);
  const believers = standing(known, now).filter((observation) =>
    isMaster ? observation.subjectivelyDown : saysOf(observation, node).includes('down'),
  );
  if (believers.length < Math.min(state.directives.quorum, Math.max(1, state.voters.length)))
    return undefined;
  const since = believers.map((observation) => toldDownAt(observation, node)).sort((a, b) => a - b);
  return since[Math.min(state.directives.quorum, since.length) - 1];
}

/** Whether it says another role than the state's, as far as the sentinels tell. */
export function saysOtherRole(known: Known, node: Address, now: Instant): boolean {
  return standing(known, now).some((observation) => saysOf(observation, node).includes('role'));
}

function saysOf({ conditions = {} }: Observation, node: Address): readonly NodeCondition[] {
  return conditions[nodeId(node)] ?? [];
}

function toldDownAt({ events, at }: Observation, node: Address): EpochMs {
  const address = ` ${node.host} ${node.port}`;
  const told = events.findLast(
    ({ type, payload }) => type === '+sdown' && (payload.split(' @ ')[0] ?? '').endsWith(address),
  );
  return told?.at ?? at;
}

/** O_DOWN, until the switch: from then on another node is the master. */
export function objectivelyDownSince({ state }: Known): EpochMs | undefined {
  return state.outage?.since;
}

/** The replicas of the group; a stranger is none. */
export function replicasOf({ state }: Known): readonly ReplicaRecord[] {
  return Object.values(state.replicas).filter(({ stranger }) => stranger === undefined);
}

/** A host name is told as the address it was last resolved to, unless `announce-hostnames` is set, as in Sentinel. */
export function toldAddress(
  { directives }: MasterState,
  { address, ip }: { readonly address: Address; readonly ip?: string },
): Address {
  return ip === undefined || directives.announceHostnames ? address : { ...address, host: ip };
}

/** A failover that is open and has not switched yet. */
export function failoverOpen({ state }: Known): boolean {
  return state.election !== undefined || (state.failover && state.failover.step !== 'reconfiguring') === true;
}

/** How long ago, never below 0: another machine's clock may be ahead. */
export function agoMs(at: EpochMs, now: Instant): number {
  return Math.max(0, Math.round(now.wall - at));
}
