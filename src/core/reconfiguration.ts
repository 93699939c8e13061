/**
 * After the switch: the other replicas follow the new master, parallel-syncs at a time.
 *
 *   none ──command──► sent ──INFO names the new master──► inprog ──link up──► done
 *     ▲                │
 *     └── 10 s ────────┘  -slave-reconf-sent-timeout
 *
 * A look may find both at once: then both steps are told, in one write.
 *
 * A replica out of reach, or one that loads and takes no command, is left to the repair at the first look that reaches
 * it. One that was sent and is S_DOWN since then takes nobody's place among the parallel-syncs.
 *
 * A hand-over closes the old master's clients before the switch is written. One that came back in between was told the old
 * address once more, and some never ask again while a connection stands: so they are closed a second time, later.
 */
import type { NodeCommand } from './commands.ts';
import { type Decision, nothing } from './decision.ts';
import { aboutReplica, record } from './events.ts';
import type { Leading } from './failover.ts';
import { ownReply } from './handover.ts';
import { strangeness } from './lineage.ts';
import { nodeId, type ReplicaRecord, sameAddress } from './model.ts';
import { reached, subjectivelyDown, takesCommands } from './observation.ts';
import { historiesOf, twoMastersUntilNow } from './topology.ts';

const SENT_MS_MAX = 10_000;
/** A command that brought no change is sent again after this long. */
const RESEND_MS = 1000;
const SOON_MS = 20;
/** After a switch every reader of the table tells it by then: a gateway's answer is at most 100 ms old. */
const TOLD_MS = 500;

interface Progress {
  readonly replica: ReplicaRecord;
  readonly events?: readonly string[];
  readonly command?: NodeCommand;
  /** Nothing is left to do for it, or nothing can be done now. */
  readonly settled: boolean;
}

/** @returns undefined when there is nothing left to wait for: the failover may end. */
export function reconfigureReplicas(s: Leading): Decision | undefined {
  const { state, failover, now, me } = s;
  const forMs = now.wall - (failover.timeline.switched ?? now.wall);
  if (s.masterDown || forMs > state.directives.failoverTimeoutMs) return undefined;

  const progress: Progress[] = [];
  const all = Object.values(state.replicas);
  for (const replica of all) {
    const others = progress.map(({ replica }) => replica).concat(all.slice(progress.length));
    const mayStart = others.filter((one) => inFlight(s, one)).length < state.directives.parallelSyncs;
    progress.push(demote(s, replica) ?? shutOut(s, replica, forMs) ?? advance(s, replica, mayStart));
  }
  const happenings = progress.flatMap(({ replica, events = [] }) =>
    events.map((event) => aboutReplica(event, state.name, state.master.address, replica.address)),
  );
  const commands = progress.flatMap(({ command }) => (command ? [command] : []));
  if (happenings.length === 0 && commands.length === 0) {
    if (progress.every(({ settled }) => settled)) return undefined;
    const followed = progress.every(({ replica, settled }) => settled || replica.reconfiguration === 'done');
    return followed
      ? nothing('waiting until the switch is told everywhere', {
          kind: 'alert',
          afterMs: Math.min(TOLD_MS - forMs, state.directives.alertIntervalMs),
        })
      : nothing('waiting for the replicas to follow the new master', { kind: 'alert', afterMs: SOON_MS });
  }
  const pace = { kind: 'alert', afterMs: SOON_MS } as const;
  if (happenings.length === 0) return { reason: describeResent(commands), commands, pace };
  const replicas = Object.fromEntries(progress.map(({ replica }) => [nodeId(replica.address), replica]));
  const beside = progress.find(({ events }) => events?.includes('+convert-to-slave'))?.replica.address;
  const twoMasters = beside && twoMastersUntilNow(s, beside, failover);
  const next = {
    ...state,
    replicas,
    failover: { ...failover, beat: failover.beat + 1, ...(twoMasters && { twoMasters }) },
  };
  return {
    reason: `reconfiguring the replicas: ${happenings.map(({ type }) => type).join(', ')}`,
    write: record(next, me.sentinel, now, happenings),
    commands,
    pace,
  };
}

/** A second node that says master takes writes that will be lost: it waits for no other replica's synchronization. */
function demote(s: Leading, replica: ReplicaRecord): Progress | undefined {
  const node = s.memory.nodes[nodeId(replica.address)];
  if (!takesCommands(node) || node.info.role !== 'master' || !seenAsMaster(s)) return undefined;
  if (replica.reconfiguration === 'sent') return undefined; // sent again by the rule for all
  const handedOver = ownReply(s, 'hand over', replica.address);
  if (handedOver?.outcome === 'done' && handedOver.at >= node.last.at) {
    return { replica, settled: false }; // it said master before this leader demoted it: the next look tells
  }
  if (strangeness(s.state, replica, node.info, historiesOf(s))) return { replica, settled: true };
  const sent: ReplicaRecord = { ...replica, reconfiguration: 'sent', reconfigurationSentAt: s.now.wall };
  return {
    ...{ replica: sent, events: ['+convert-to-slave'], settled: false },
    command: follow(s, replica, node.last.link),
  };
}

function describeResent(commands: readonly NodeCommand[]): string {
  return commands.every(({ kind }) => kind === 'shut out')
    ? 'closing the clients that came back to the old master before the switch was told'
    : 'sending a reconfiguration again';
}

/** @param forMs - since the switch. @returns undefined when this is not the old master of a hand-over that is through */
function shutOut(s: Leading, replica: ReplicaRecord, forMs: number): Progress | undefined {
  const { failover, memory } = s;
  const handedOver = failover.kind === 'coordinated' && sameAddress(replica.address, failover.oldMaster);
  if (!handedOver || replica.reconfiguration !== 'done') return undefined;
  const node = memory.nodes[nodeId(replica.address)];
  if (!takesCommands(node) || ownReply(s, 'shut out', replica.address)) return { replica, settled: true };
  if (forMs < TOLD_MS) return { replica, settled: false };
  const command: NodeCommand = {
    ...{ kind: 'shut out', node: replica.address, link: node.last.link },
    ...{ epoch: failover.epoch, fence: 'lease' },
  };
  return { replica, command, settled: false };
}

function busy(replica: ReplicaRecord): boolean {
  return replica.reconfiguration === 'sent' || replica.reconfiguration === 'inprog';
}

/** It may be synchronizing: one that is S_DOWN is taken for dead, and counts again as soon as it answers. */
function inFlight({ state, memory }: Leading, replica: ReplicaRecord): boolean {
  const node = memory.nodes[nodeId(replica.address)];
  return busy(replica) && !(node && subjectivelyDown(node, state.directives.downAfterMs));
}

function advance(s: Leading, replica: ReplicaRecord, mayStart: boolean): Progress {
  const { state, memory, now } = s;
  const node = memory.nodes[nodeId(replica.address)];
  const { reconfiguration } = replica;
  if (reconfiguration === 'done') return { replica, settled: true };
  const sentAgoMs = now.wall - (replica.reconfigurationSentAt ?? 0);
  if (!takesCommands(node)) {
    const overdue = reconfiguration === 'sent' && sentAgoMs > SENT_MS_MAX;
    return overdue ? timedOut(replica) : { replica, settled: !busy(replica) || sentAgoMs > SENT_MS_MAX };
  }
  const { upstream } = node.info;
  const follows = upstream !== undefined && sameAddress(upstream.address, state.master.address);
  const inprog = reconfiguration === 'sent' ? ['+slave-reconf-inprog'] : [];
  if (follows && upstream.linkUp) return became(replica, 'done', [...inprog, '+slave-reconf-done']);
  if (follows && reconfiguration === 'inprog') return { replica, settled: false };
  if (follows) return became(replica, 'inprog', ['+slave-reconf-inprog']);
  if (reconfiguration !== 'none' && sentAgoMs > SENT_MS_MAX) return timedOut(replica);
  const started = reconfiguration !== 'none';
  if (strangeness(state, replica, node.info, historiesOf(s))) return { replica, settled: true };
  if (!seenAsMaster(s)) return { replica, settled: false };
  if (started ? !mayResend(s, replica) : !mayStart) return { replica, settled: false };
  const command = follow(s, replica, node.last.link);
  if (started) return { replica, command, settled: false };
  const sent: ReplicaRecord = { ...replica, reconfiguration: 'sent', reconfigurationSentAt: now.wall };
  return { replica: sent, events: ['+slave-reconf-sent'], command, settled: false };
}

/** I6: a replica is sent only to a node that this look, or its promotion's own reply since, saw as a master. */
function seenAsMaster({ state, master, memory, failover }: Leading): boolean {
  const promoted = memory.replies.findLast(
    ({ command, outcome }) =>
      command.kind === 'promote' &&
      command.epoch === failover.epoch &&
      outcome === 'done' &&
      sameAddress(command.node, state.master.address),
  );
  if (promoted && (!master || promoted.at >= master.last.at)) return true;
  return reached(master) && master.info.role === 'master';
}

function became(
  replica: ReplicaRecord,
  reconfiguration: 'inprog' | 'done',
  events: readonly string[],
): Progress {
  return { replica: { ...replica, reconfiguration }, events, settled: reconfiguration === 'done' };
}

function timedOut(replica: ReplicaRecord): Progress {
  return {
    replica: { ...replica, reconfiguration: 'none' },
    events: ['-slave-reconf-sent-timeout'],
    settled: false,
  };
}

/** This leader's command failed, or had no effect, or a leader before this one died before sending it. */
function mayResend({ memory, now, failover }: Leading, replica: ReplicaRecord): boolean {
  const reply = memory.replies.findLast(
    ({ command }) => command.epoch === failover.epoch && sameAddress(command.node, replica.address),
  );
  return reply === undefined || reply.outcome !== 'done' || now.mono - reply.at > RESEND_MS;
}

function follow({ state, failover }: Leading, replica: ReplicaRecord, link: string): NodeCommand {
  return {
    kind: 'follow',
    node: replica.address,
    link,
    upstream: state.master.address,
    epoch: failover.epoch,
    fence: 'lease',
  };
}
