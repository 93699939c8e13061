/** What the named master says of itself and its replicas, as this look heard it; and from no other node (I11). */
import { isHostName } from './aliases.ts';
import { AGAIN, type Decision } from './decision.ts';
import { emptyOrNot } from './emptied.ts';
import { aboutMaster, aboutReplica, type Happening, record } from './events.ts';
import type { NodeInfo } from './info.ts';
import { sameLineage, withReplicationId } from './lineage.ts';
import {
  type MasterIdentity,
  type NodeId,
  nodeId,
  REPLICAS_MAX,
  type ReplicaRecord,
  sameAddress,
} from './model.ts';
import { type NodeMemory, reached } from './observation.ts';
import type { Situation } from './view.ts';

/** The offset is written again when it has doubled: a few writes in a lifetime, and never less than half is known. */
const OFFSET_GROWTH = 2;
const OFFSET_STEP = 1000;

type Replicas = Readonly<Record<NodeId, ReplicaRecord>>;

export function discover(s: Situation): Decision | undefined {
  const { state, self, now, master } = s;
  if (!reached(master) || master.info.role !== 'master') return undefined;
  // a node that loads has neither its offset nor its replicas yet: it says who it is when it has its data
  if (master.last.reply !== 'pong') return undefined;
  const { replicas, happenings, why } = findReplicas(s, master.info);
  const unsure = emptyOrNot(s);
  const identity = unsure ? undefined : identify(state.master, master, master.info);
  if (replicas === state.replicas && identity === undefined) return unsure;

  const rebooted =
    state.master.runId !== undefined && identity !== undefined && identity.runId !== state.master.runId;
  const next = { ...state, replicas, ...(identity && { master: identity }) };
  return {
    reason: why ?? 'the master has a new identity',
    write: record(next, self.id, now, [
      ...(rebooted ? [aboutMaster('+reboot', state.name, state.master.address)] : []),
      ...happenings,
    ]),
    commands: [],
    pace: AGAIN, // a node that strayed is not to wait a pulse for what was learnt
  };
}

interface Found {
  /** The state's own object when nothing about them is new. */
  readonly replicas: Replicas;
  readonly happenings: readonly Happening[];
  readonly why?: string;
}

function findReplicas(s: Situation, info: NodeInfo): Found {
  const { state } = s;
  const { address: upstream } = state.master;
  const about = (type: string, address: ReplicaRecord['address']) =>
    aboutReplica(type, state.name, upstream, address);
  const told = info.replicas
    .map(({ address }) => address)
    .filter((address) => !sameAddress(address, upstream))
    .filter(({ host }) => state.directives.resolveHostnames || !isHostName(host));
  const strange = told.filter((address) => !state.replicas[nodeId(address)]);
  const unknown = [...new Map(strange.map((address) => [nodeId(address), address])).values()];
  const room = Math.max(0, REPLICAS_MAX - Object.keys(state.replicas).length);
  const newcomers = unknown.slice(0, room);
  const leftOut = unknown.length - newcomers.length;
  const listed = new Set(told.map(nodeId));
  const dropped = Object.values(state.replicas).filter(
    (replica) => replica.unconfirmed && !listed.has(nodeId(replica.address)) && !isOurs(s, replica),
  );
  const gone = new Set(dropped.map(({ address }) => nodeId(address)));
  const kept = Object.entries(state.replicas)
    .filter(([id]) => !gone.has(id))
    .map(([id, replica]): [NodeId, ReplicaRecord] => [id, withNews(s, replica)]);
  const entered = newcomers.map((address): [NodeId, ReplicaRecord] => [
    nodeId(address),
    { address, reconfiguration: 'none' },
  ]);
  const changed = kept.some(([id, replica]) => replica !== state.replicas[id]);
  if (newcomers.length === 0 && dropped.length === 0 && !changed)
    return { replicas: state.replicas, happenings: [] };
  const why = [
    ...(newcomers.length > 0 ? [`learnt of ${newcomers.map(nodeId).join(', ')}`] : []),
    ...(leftOut > 0 ? [`left out ${leftOut} more: ${REPLICAS_MAX} are kept at most`] : []),
    ...(dropped.length > 0 ? [`forgot ${[...gone].join(', ')}`] : []),
  ];
  return {
    replicas: Object.fromEntries([...kept, ...entered]),
    happenings: [
      ...dropped.map(({ address }) => about('-slave', address)),
      ...newcomers.map((address) => about('+slave', address)),
    ],
    why: why.join('; ') || 'a replica says something new of itself',
  };
}

/** Confirmed after RESET, hidden from clients or not, and where its name leads to. */
function withNews({ memory }: Situation, replica: ReplicaRecord): ReplicaRecord {
  const node = memory.nodes[nodeId(replica.address)];
  const { unconfirmed, ...confirmed } = replica;
  const announced = reached(node) ? node.info.upstream?.announced : undefined;
  const news = {
    ...(announced === false && replica.announced !== false && { announced: false }),
    ...(announced === true && replica.announced === false && { announced: true }),
    ...newIp(replica, node),
  };
  return unconfirmed || Object.keys(news).length > 0 ? { ...confirmed, ...news } : replica;
}

/** It is there, and follows the master or has its history: it may only have strayed, and a repair brings it back. */
function isOurs({ memory, state }: Situation, { address }: ReplicaRecord): boolean {
  const node = memory.nodes[nodeId(address)];
  if (!reached(node)) return false;
  const { upstream } = node.info;
  const follows = upstream !== undefined && sameAddress(upstream.address, state.master.address);
  return follows || sameLineage(state, node.info);
}

function identify(known: MasterIdentity, node: NodeMemory, info: NodeInfo): MasterIdentity | undefined {
  const runId = node.runId ?? known.runId;
  const { offset: written } = known;
  const grown = written === undefined || info.offset > OFFSET_GROWTH * written + OFFSET_STEP;
  const ip = newIp(known, node);
  const another = runId !== known.runId;
  const changed = another || info.replicationId !== known.replicationId || grown || 'ip' in ip;
  if (!changed) return undefined;
  const identity = {
    ...known,
    ...ip,
    ...(runId !== undefined && { runId }),
    offset: another ? info.offset : Math.max(info.offset, written ?? 0),
  };
  return withReplicationId(identity, info.replicationId);
}

function newIp(
  known: MasterIdentity | ReplicaRecord,
  node: NodeMemory | undefined,
): { readonly ip?: string } {
  const { ip } = node ?? {};
  return ip !== undefined && isHostName(known.address.host) && ip !== known.ip ? { ip } : {};
}
