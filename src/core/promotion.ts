/**
 * From the intent to the switch. One intent in an epoch, never taken back; the switch is written only on the reply of
 * this leader's own promotion in this epoch.
 */
import { naming } from './adoption.ts';
import { masterValidAt } from './agreement.ts';
import type { CommandReply, NodeCommand } from './commands.ts';
import { AGAIN, type Decision, nothing } from './decision.ts';
import { openElection, voteOf } from './election.ts';
import { dataLost, historiesLeft, lookIsOlder } from './emptied.ts';
import { aboutMaster, aboutReplica, type Happening, record, switchMaster } from './events.ts';
import { keepUnspent, type Leading } from './failover.ts';
import { handOver, ownReply, unpauseFirst, writesLost } from './handover.ts';
import { notYet, whyLost } from './intended.ts';
import { sameLineage, withReplicationId } from './lineage.ts';
import { type Address, type Failover, type Intent, type MasterState, nodeId, sameAddress } from './model.ts';
import { describeHealth, reached, takesCommands } from './observation.ts';
import { type Candidate, select } from './selection.ts';

/** A leader that waits for the chosen node looks again this soon. */
const SOON_MS = 20;

/** Selection rests on full INFO that was asked for after the failover was taken. */
export function readInFull({ state, memory }: Leading): Decision | undefined {
  const since = memory.wroteAt ?? 0;
  const stale = [...Object.values(state.replicas), state.master].some(({ address }) => {
    const node = memory.nodes[nodeId(address)];
    return reached(node) && (node.fullInfoAt ?? Number.NEGATIVE_INFINITY) < since;
  });
  return stale ? nothing('reading every node in full', { kind: 'alert', afterMs: 0, full: true }) : undefined;
}

type Chosen = Pick<Candidate, 'address' | 'link'> & {
  readonly runId?: string | undefined;
  readonly offset?: number | undefined;
};

/** One intent per epoch: a leader that has one in its epoch never comes here again. */
export function intend(
  s: Leading,
  chosen: Chosen,
  passedOver: Failover['passedOver'],
  why: string,
): Decision {
  const { state, failover, now, me } = s;
  const { address: node, runId, offset } = chosen;
  const known = { ...(runId && { runId }), ...(offset !== undefined && { offset }) };
  const about = (type: string) => aboutReplica(type, state.name, failover.oldMaster, node);
  const next: MasterState = {
    ...state,
    failover: {
      ...failover,
      step: 'promoting',
      beat: failover.beat + 1,
      intent: { epoch: failover.epoch, node, ...known },
      passedOver,
      timeline: { ...failover.timeline, intended: now.wall },
    },
  };
  return {
    reason: `promoting ${why}`,
    write: record(next, me.sentinel, now, [
      // a hand-over told it when it began
      ...(failover.step === 'handing over' ? [] : [about('+selected-slave')]),
      about('+failover-state-send-slaveof-noone'),
      about('+failover-state-wait-promotion'),
    ]),
    // a coordinated failover demotes the old master first
    commands: failover.kind === 'coordinated' ? [] : [promotion(node, chosen.link, failover.epoch)],
    pace: AGAIN,
  };
}

function promotion(node: Address, link: string, epoch: number): NodeCommand {
  return { kind: 'promote', node, link, epoch, fence: 'lease' };
}

export function promote(s: Leading): Decision {
  const { failover, memory, now } = s;
  const { intent } = failover;
  if (!intent || intent.epoch !== failover.epoch) return resumeIntent(s);
  const name = nodeId(intent.node);
  const reply = ownReply(s, 'promote', intent.node);
  if (reply?.outcome === 'done') return simulatedCrash(s) ?? switchMasterTo(s, intent.node, reply);
  if (othersToPromote(s).ranked.length > 0) {
    const lost = whyLost(s, intent);
    if (lost) return takeNextEpoch(s, `${name} ${lost}`, failover);
    const forMs = now.wall - (failover.timeline.intended ?? now.wall);
    if (forMs > s.state.directives.failoverTimeoutMs) return giveUp(s, intent);
  }
  const held =
    waitForData(s, intent) ?? (failover.kind === 'coordinated' ? handOverFirst(s, intent) : undefined);
  if (held) return held;
  const node = memory.nodes[name];
  if (reached(node) && (!reply || node.last.at > reply.at)) {
    const before = reply ? `sending the promotion of ${name} again: ${reply.detail}` : `promoting ${name}`;
    return {
      reason: before,
      commands: [promotion(intent.node, node.last.link, failover.epoch)],
      pace: reply ? { kind: 'alert', afterMs: SOON_MS } : AGAIN,
    };
  }
  return nothing(`waiting to promote ${name}, which ${describeHealth(node, now)}`, {
    kind: 'alert',
    afterMs: SOON_MS,
  });
}

/** It answers and is not promoted, as when its ACL forbids it: in the next epoch it is passed over. */
function giveUp(s: Leading, intent: Intent): Decision {
  const { state, failover } = s;
  const about = aboutMaster('-failover-abort-slave-timeout', state.name, failover.oldMaster);
  const givenUp = { ...failover, beat: failover.beat + 1, intent: { ...intent, givenUp: true } };
  return takeNextEpoch(s, `${nodeId(intent.node)} was not promoted in time`, givenUp, [about]);
}

/** The old master is demoted before the successor is promoted. @returns undefined when the promotion may be sent */
function handOverFirst(s: Leading, intent: Intent): Decision | undefined {
  const { failover } = s;
  const prepared = handOver(s, intent.node);
  switch (prepared.kind) {
    case 'ready':
      return undefined;
    case 'next':
      return prepared.decision;
    case 'equal':
      return {
        reason: `demoting ${nodeId(failover.oldMaster)} before ${nodeId(intent.node)} is promoted`,
        commands: [prepared.demotion],
        pace: AGAIN, // its own reply tells what there was to wait for: clients wait, too
      };
    case 'lapsed': {
      const freed = unpauseFirst(s);
      if (freed) return freed;
      const givenUp = { ...failover, beat: failover.beat + 1, intent: { ...intent, givenUp: true } };
      return takeNextEpoch(s, prepared.why, givenUp);
    }
  }
}

/** SENTINEL SIMULATE-FAILURE crash-after-promotion: the switch is left to whoever resumes. */
function simulatedCrash({ state, failover }: Leading): Decision | undefined {
  const { simulate, ...rest } = state;
  const { crashAfterPromotion, ...unspent } = simulate ?? {};
  if (!crashAfterPromotion) return undefined;
  const crash = 'SIMULATE-FAILURE crash-after-promotion';
  const write = { ...rest, ...keepUnspent(unspent), failover: { ...failover, beat: failover.beat + 1 } };
  return { ...nothing(crash), write, crash };
}

/** Another choice needs another epoch: once an intent is written it is never taken back. */
function takeNextEpoch(
  { state, me, now }: Leading,
  why: string,
  failover: Failover,
  happenings: readonly Happening[] = [],
): Decision {
  const told = record({ ...state, failover }, me.sentinel, now, happenings);
  const write = openElection(told, me, now);
  const vote = voteOf(write, me.sentinel, now);
  return {
    reason: `${why}: taking epoch ${write.currentEpoch} to choose another`,
    write,
    ...(vote && { vote }),
    commands: [],
    pace: AGAIN,
  };
}

/** A leader that resumes writes the intent again under its own epoch: the same node while it answers. */
function resumeIntent(s: Leading): Decision {
  const unread = readInFull(s);
  if (unread) return unread;
  const { memory, failover } = s;
  const { intent: before } = failover;
  const name = before ? nodeId(before.node) : '';
  const node = memory.nodes[name];
  const same =
    before && reached(node)
      ? { address: before.node, link: node.last.link, runId: node.runId, offset: node.info.offset }
      : undefined;
  const asBefore = (why: string) => same && intend(s, same, failover.passedOver, `${name}, ${why}`);
  const lost = before && whyLost(s, before);
  if (before && !lost) {
    const again = asBefore(`as epoch ${before.epoch} intended`);
    if (again) return again;
  }
  const others = othersToPromote(s);
  const best = others.ranked[0];
  if (best && before && lost) {
    const passedOver = { ...others.passedOver, [name]: lost };
    return intend(s, best, passedOver, `${nodeId(best.address)}, as ${name} ${lost}`);
  }
  return (
    takeWhatIsLeft(s) ??
    waitForData(s, before) ??
    asBefore('for no other node may be promoted') ??
    nothing('no node to promote is in reach', {
      kind: 'alert',
      afterMs: s.state.directives.alertIntervalMs,
    })
  );
}

/** @returns undefined when the node of the intent may be promoted as it is */
function waitForData(s: Leading, intent: Intent | undefined): Decision | undefined {
  const without = intent && notYet(s, intent);
  if (!without) return intent && giveUpData(s, intent);
  const reason = `${nodeId(intent.node)} ${without}: waiting for a node that has it`;
  return nothing(reason, { kind: 'alert', afterMs: s.state.directives.alertIntervalMs });
}

/** Nobody came who has the data: another history is taken for ours before its node is promoted, and the loss is told. */
function giveUpData(s: Leading, intent: Intent): Decision | undefined {
  const name = nodeId(intent.node);
  const node = s.memory.nodes[name];
  if (!takesCommands(node) || sameLineage(s.state, node.info)) return undefined;
  const { runId, info } = node;
  const asItIs = { ...intent, ...(runId !== undefined && { runId }), offset: info.offset };
  const reason = `nobody came who has the data: going on with ${name}`;
  const going = { ...s, failover: { ...s.failover, intent: asItIs } };
  return taking(going, info.replicationId, reason, 'no node in reach that may be promoted');
}

/** Every node holds another history by now: the failover could never end, were that not taken for ours. */
function takeWhatIsLeft(s: Leading): Decision | undefined {
  const [history, ...others] = historiesLeft(s) ?? [];
  if (history === undefined || others.length > 0) return undefined;
  return (
    lookIsOlder(s) ?? taking(s, history, 'nothing is left of the known data: going on with what is there')
  );
}

function taking(s: Leading, history: string, reason: string, who = 'no node'): Decision {
  const { state, failover, me, now } = s;
  const next = {
    ...state,
    master: withReplicationId(state.master, history),
    failover: { ...failover, beat: failover.beat + 1 },
  };
  const write = record(next, me.sentinel, now, [dataLost(state, who)]);
  return { ...nothing(reason, AGAIN), write };
}

/** In a later epoch than the first intent's, the old master may be chosen too if it answers. */
function othersToPromote(s: Leading) {
  const { state, memory, failover, now } = s;
  const known = [...Object.values(state.replicas).map((replica) => replica.address), failover.oldMaster];
  const nodes = known.filter((node) => !failover.intent || !sameAddress(node, failover.intent.node));
  return select(state, memory.nodes, { nodes, masterDownMs: now.wall - masterValidAt(s), anyLink: true });
}

/** Clients can find the new master from this write on (I5). */
function switchMasterTo(s: Leading, to: Address, reply: CommandReply): Decision {
  const { state, failover, memory, now, me } = s;
  const from = state.master.address;
  const node = memory.nodes[nodeId(to)];
  const named = naming(state, to, node, reply.info ?? node?.info);
  const lost = writesLost(s, to);
  const promotedAt = now.wall - (now.mono - reply.at);
  const { outage: _, limitation: __, ...rest } = state;
  const next: MasterState = {
    ...rest,
    configEpoch: failover.epoch,
    ...named,
    failover: {
      ...failover,
      step: 'reconfiguring',
      beat: failover.beat + 1,
      ...(lost !== undefined && { writesLost: lost }),
      timeline: { ...failover.timeline, promoted: promotedAt, switched: now.wall },
    },
  };
  return {
    reason: `${nodeId(to)} ${reply.detail}: it is the master of epoch ${failover.epoch}`,
    write: record(next, me.sentinel, now, [
      aboutReplica('+promoted-slave', state.name, from, to),
      ...(lost ? [aboutMaster('+failover-writes-lost', state.name, from, `#${lost} bytes`)] : []),
      aboutMaster('+failover-state-reconf-slaves', state.name, from),
      switchMaster(state.name, from, to),
      ...Object.values(named.replicas).map(({ address }) => aboutReplica('+slave', state.name, to, address)),
    ]),
    commands: [],
    pace: AGAIN,
  };
}
