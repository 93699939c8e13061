/** One master as a caller sees it. */
import { DIRECTIVE_NAMES, directiveText } from '../core/directives.ts';
import {
  type Address,
  type CoolDown,
  type Failover,
  type FailoverRecord,
  type MasterState,
  type NodeId,
  nodeId,
  type ReplicaRecord,
  type Timeline,
} from '../core/model.ts';
import { stripped } from './printable.ts';
import type { Rendered, Representation } from './representation.ts';
import { masterSince } from './since.ts';

export interface NodeDescription {
  /** `host:port`, with an IPv6 host in brackets. */
  readonly address: NodeId;
  readonly host: string;
  readonly port: number;
}

/** The moments of a failover, RFC 3339 in UTC. */
export type TimelineDescription = { readonly [step in keyof Timeline]: string };

export interface FailoverDescription {
  readonly epoch: number;
  /** Who asked for it: nobody (`automatic`), or an operator. */
  readonly kind: Failover['kind'];
  readonly leader: string;
  readonly step: Failover['step'];
  readonly from: NodeId;
  /** Present once the node to be promoted is chosen. */
  readonly to?: NodeId;
  readonly passedOver: Failover['passedOver'];
  /** Bytes the old master acknowledged and the new one never had, where that is known. */
  readonly writesLost?: number;
  readonly timeline: TimelineDescription;
}

export interface LastFailoverDescription extends Omit<FailoverDescription, 'step'> {
  readonly outcome: string;
  /** Between which moments the old master may have said master beside the new one. */
  readonly twoMasters?: { readonly from: string; readonly until: string };
}

/** `odown`: the quorum agrees that the master is down, and no failover has begun. */
export type MasterStatus = 'ok' | 'odown' | 'failover';

export interface MasterDescription extends NodeDescription {
  readonly name: string;
  readonly status: MasterStatus;
  /** Since when the master is at `address`; absent when none of the events that are kept tells it. */
  readonly since?: string;
  /** The configuration epoch: in which `address` became the master. */
  readonly epoch: number;
  readonly currentEpoch: number;
  readonly rev: number;
  readonly quorum: number;
  readonly replicas: readonly NodeDescription[];
  /** The sentinels that vote, alive or not. */
  readonly sentinels: readonly string[];
  readonly failover?: FailoverDescription;
  readonly lastFailover?: LastFailoverDescription;
  /** No automatic failover starts before `until`. */
  readonly coolDown?: { readonly until: string; readonly reason: string };
  /** Why the master is down and no failover has begun. */
  readonly limitation?: { readonly since: string; readonly by: string; readonly reason: string };
  /** Neither failovers nor repairs; `refused` says why the last attempt to resume was. */
  readonly paused?: { readonly since: string; readonly by: string; readonly refused?: string };
  /** Nodes at a replica's address that belong to another group, and are therefore left alone. */
  readonly strangers?: Readonly<Record<NodeId, string>>;
}

/** `rev` alone would be ambiguous: a table restored from a backup counts the same revisions again. */
export function renderMaster(state: MasterState, representation: Representation): Rendered {
  const tag = `${state.rev}-${state.writeId.replace(/[^A-Za-z0-9_-]/g, '')}`;
  const body =
    representation === 'json'
      ? `${JSON.stringify(describeMaster(state))}\n`
      : `${nodeId(told(state, state.master))}\n`;
  return { tag, representation, body };
}

/** Made of the state alone, so that a revision has one body. */
export function describeMaster(state: MasterState): MasterDescription {
  const { limitation, paused } = state;
  const records = Object.values(state.replicas);
  const strange = records.flatMap(({ address, stranger }) =>
    stranger === undefined ? [] : [[nodeId(address), stranger] as const],
  );
  const replicas = records.filter(forClients);
  const since = masterSince(state);
  return stripped({
    name: state.name,
    ...describeNode(told(state, state.master)),
    status: statusOf(state),
    ...(since !== undefined && { since: timestamp(since) }),
    epoch: state.configEpoch,
    currentEpoch: state.currentEpoch,
    rev: state.rev,
    quorum: state.directives.quorum,
    replicas: replicas.map((replica) => describeNode(told(state, replica))),
    sentinels: state.voters,
    ...(state.failover && { failover: describeFailover(state.failover) }),
    ...(state.lastFailover && { lastFailover: describeLastFailover(state.lastFailover) }),
    ...(state.coolDown && { coolDown: describeCoolDown(state.coolDown) }),
    ...(limitation && {
      limitation: { since: timestamp(limitation.at), by: limitation.by, reason: limitation.reason },
    }),
    ...(paused && { paused: { ...paused, since: timestamp(paused.since) } }),
    ...(strange.length > 0 && { strangers: Object.fromEntries(strange) }),
  });
}

/** A replica that is not announced, or not ours, is none a client may be sent to. */
export function forClients({ announced, stranger }: ReplicaRecord): boolean {
  return announced !== false && stranger === undefined;
}

/** By their sentinel.conf names, in its words; of a password only that there is one. What is not set is left out. */
export function describeDirectives({ directives }: MasterState): Readonly<Record<string, string>> {
  const all = DIRECTIVE_NAMES.map((name) => [name, directiveText(name, directives)] as const);
  return Object.fromEntries(all.filter(([, text]) => text !== ''));
}

export function statusOf({ failover, election, outage }: MasterState): MasterStatus {
  if (failover) return 'failover';
  return election || outage ? 'odown' : 'ok';
}

/** A host name is told as the address it was last resolved to, unless `announce-hostnames` is set, as in Sentinel. */
export function told(
  { directives }: MasterState,
  { address, ip }: { address: Address; ip?: string },
): Address {
  return ip === undefined || directives.announceHostnames ? address : { ...address, host: ip };
}

export function describeNode(address: Address): NodeDescription {
  return { address: nodeId(address), host: address.host, port: address.port };
}

export function describeFailover({
  epoch,
  leader,
  step,
  oldMaster,
  intent,
  ...rest
}: Failover): FailoverDescription {
  return {
    epoch,
    kind: rest.kind,
    leader: leader.sentinel,
    step,
    from: nodeId(oldMaster),
    ...(intent && { to: nodeId(intent.node) }),
    passedOver: rest.passedOver,
    ...(rest.writesLost !== undefined && { writesLost: rest.writesLost }),
    timeline: describeTimeline(rest.timeline),
  };
}

export function describeLastFailover({
  from,
  to,
  timeline,
  twoMasters,
  ...rest
}: FailoverRecord): LastFailoverDescription {
  return {
    epoch: rest.epoch,
    kind: rest.kind,
    leader: rest.leader,
    from: nodeId(from),
    ...(to && { to: nodeId(to) }),
    outcome: rest.outcome,
    passedOver: rest.passedOver,
    ...(rest.writesLost !== undefined && { writesLost: rest.writesLost }),
    ...(twoMasters && {
      twoMasters: { from: timestamp(twoMasters.from), until: timestamp(twoMasters.until) },
    }),
    timeline: describeTimeline(timeline),
  };
}

/** Of a later version's timeline the moments that are known here: any other number may count something else. */
export function describeTimeline(timeline: Timeline): TimelineDescription {
  const moments = STEPS.flatMap((step) => {
    const at = timeline[step];
    return at === undefined ? [] : [[step, timestamp(at)]];
  });
  return Object.fromEntries(moments) as TimelineDescription;
}

const STEPS = Object.keys({
  ...{ started: true, sdown: true, odown: true, elected: true, intended: true },
  ...{ promoted: true, switched: true, ended: true },
} satisfies Record<keyof Timeline, true>) as (keyof Timeline)[];

function describeCoolDown({ until, reason }: CoolDown): { until: string; reason: string } {
  return { until: timestamp(until), reason };
}

export function timestamp(at: number): string {
  return new Date(at).toISOString();
}
