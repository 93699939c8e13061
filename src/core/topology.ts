/**
 * Health's own work: enter the voters, and repair what strayed. A repair serves only the address the state names, only
 * if this look saw that node as a master, and never while an election or a failover is open (I6).
 */
import type { NodeCommand } from './commands.ts';
import { AGAIN, type Decision, PULSE } from './decision.ts';
import { aboutMaster, aboutReplica, aboutSentinel, type Happening, record } from './events.ts';
import { strangeness } from './lineage.ts';
import {
  type Address,
  type Failover,
  type FailoverRecord,
  nodeId,
  type ReplicaRecord,
  type Span,
  sameAddress,
  wallAt,
} from './model.ts';
import { type NodeMemory, reached, takesCommands } from './observation.ts';
import type { Situation } from './view.ts';

/** Another sentinel may have decided the same repair a moment ago: it is given this long to work. */
const REPAIR_MS = 1000;
/** A FAILOVER of Redis' own takes half a second; one that takes this long is stuck. */
const STUCK_MS = 3000;

/** A zone enters itself once; only an operator's hand drops it again. */
export function join({ state, self, now }: Situation): Decision | undefined {
  if (state.voters.includes(self.id)) return undefined;
  const next = { ...state, voters: [...state.voters, self.id].sort() };
  return {
    reason: `${self.id} enters the voters`,
    write: record(next, self.id, now, [
      aboutSentinel('+sentinel', state.name, state.master.address, self.id),
    ]),
    commands: [],
    pace: AGAIN, // it may have joined in the middle of trouble
  };
}

/** Demotes a rogue master, re-points a replica that follows another node, frees one that is stuck in a FAILOVER. */
export function repair(s: Situation): Decision | undefined {
  const { state, self, now, master } = s;
  if (!reached(master)) return undefined;
  const stuck = Object.values(s.memory.nodes).flatMap((node) => freed(s, node) ?? []);
  if (stuck.length > 0) return stuck[0];
  if (master.info.role !== 'master') return undefined;
  const strays = Object.values(state.replicas).flatMap((replica) => stray(s, replica) ?? []);
  if (strays.length === 0) return undefined;
  const replicas = { ...state.replicas };
  for (const { replica } of strays) replicas[nodeId(replica.address)] = replica;
  const happenings = strays.map(({ event, replica }) => event(replica.address));
  const { lastFailover } = state;
  const demoted = strays.find(({ demoted }) => demoted)?.replica.address;
  const twoMasters = demoted && lastFailover && twoMastersUntilNow(s, demoted, lastFailover);
  const next = {
    ...state,
    replicas,
    ...(twoMasters && lastFailover && { lastFailover: { ...lastFailover, twoMasters } }),
  };
  return {
    reason: strays.map(({ why }) => why).join('; '),
    write: record(next, self.id, now, happenings),
    commands: strays.flatMap(({ command }) => (command ? [command] : [])),
    pace: PULSE,
  };
}

interface Stray {
  readonly replica: ReplicaRecord;
  readonly event: (address: Address) => Happening;
  readonly why: string;
  readonly command?: NodeCommand;
  readonly demoted?: boolean;
}

function stray(s: Situation, replica: ReplicaRecord): Stray | undefined {
  const { state, memory, now } = s;
  const node = memory.nodes[nodeId(replica.address)];
  const upstream = state.master.address;
  if (!takesCommands(node) || sameAddress(replica.address, upstream)) return undefined; // I7: never to itself
  const about = (type: string, suffix?: string) => (address: Address) =>
    aboutReplica(type, state.name, upstream, address, suffix);
  const id = nodeId(replica.address);
  const strange = strangeness(state, replica, node.info, historiesOf(s));
  if (strange !== undefined) {
    if (replica.stranger !== undefined) return undefined;
    const why = `${id} is ${strange}: leaving it alone`;
    return { replica: { ...replica, stranger: strange }, event: about('+stranger', `#${strange}`), why };
  }
  if (replica.repairedAt !== undefined && Math.abs(now.wall - replica.repairedAt) < REPAIR_MS)
    return undefined;
  const sent = { node: replica.address, link: node.last.link, epoch: state.currentEpoch };
  const command: NodeCommand = { ...sent, kind: 'follow', upstream, fence: 'read' };
  if (refusedLately(s, replica.address)) return undefined;
  const { stranger: _, ...known } = replica;
  const repaired = { ...known, repairedAt: now.wall };
  if (node.info.role === 'master') {
    const why = `${id} says master, the state names ${nodeId(upstream)}: demoting it`;
    return { replica: repaired, event: about('+convert-to-slave'), why, command, demoted: true };
  }
  const followed: Address | undefined = node.info.upstream?.address;
  if (!followed || sameAddress(followed, upstream)) {
    if (replica.stranger === undefined) return undefined;
    return { replica: known, event: about('-stranger'), why: `${id} is one of ours again` };
  }
  const why = `${id} follows ${nodeId(followed)}: re-pointing it to ${nodeId(upstream)}`;
  return { replica: repaired, event: about('+fix-slave-config'), why, command };
}

/** Tried again after this long: an operator may have granted what was missing. */
const REFUSED_MS = 60_000;

/**
 * Why the node's user may not carry out what a repair needs: without CLIENT KILL, above all, the fence of I10 is gone,
 * and no repair is made. It shows as `misconfigured`.
 */
export function refusedLately({ memory, now }: Situation, node: Address): string | undefined {
  const reply = memory.replies.findLast(({ command }) => sameAddress(command.node, node));
  if (reply?.outcome !== 'abandoned' || now.mono - reply.at > REFUSED_MS) return undefined;
  return /NOPERM|NOAUTH|unknown (sub)?command/i.test(reply.detail) ? reply.detail : undefined;
}

/** The histories that are ours: of the named master as it was just seen. */
export function historiesOf({ master }: Situation): ReadonlySet<string> {
  if (!reached(master)) return new Set();
  const { replicationId, replicationId2 } = master.info;
  return new Set([replicationId, replicationId2].filter((id) => id !== '' && !/^0+$/.test(id)));
}

/** FAILOVER whose target died never ends by itself, and refuses every REPLICAOF until it is aborted. */
function freed({ state, self, now }: Situation, node: NodeMemory): Decision | undefined {
  const { handingOverSince, address } = node;
  if (handingOverSince === undefined || !reached(node)) return undefined;
  if (now.mono - handingOverSince < STUCK_MS) return undefined;
  const told = `#${nodeId(address)}`;
  const lately = state.events.some(
    ({ type, payload, at }) =>
      type === '+failover-freed' && payload.endsWith(told) && now.wall - at < STUCK_MS,
  );
  if (lately) return undefined; // another sentinel has just done so
  const sent = { node: address, link: node.last.link, epoch: state.currentEpoch, fence: 'read' as const };
  return {
    reason: `${nodeId(address)} is stuck in a FAILOVER of its own: aborting that`,
    write: record(state, self.id, now, [
      aboutMaster('+failover-freed', state.name, state.master.address, told),
    ]),
    commands: [{ ...sent, kind: 'free' }],
    pace: PULSE,
  };
}

/**
 * For how long the old master may have said master beside the new one: since the promotion, or since the last look that
 * did not reach it, until now that it is demoted. Undefined for any other node, and once it is told.
 */
export function twoMastersUntilNow(
  { memory, now }: Situation,
  node: Address,
  failover: Failover | FailoverRecord,
): Span | undefined {
  const old = 'oldMaster' in failover ? failover.oldMaster : failover.from;
  const { promoted } = failover.timeline;
  if (!sameAddress(node, old) || promoted === undefined || failover.twoMasters) return undefined;
  const { missedAt } = memory.nodes[nodeId(node)] ?? {};
  const missed = missedAt === undefined ? promoted : wallAt(missedAt, now);
  return { from: Math.min(Math.max(promoted, missed), now.wall), until: now.wall };
}
