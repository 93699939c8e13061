/**
 * The coordinated failover's own part: hold the old master's writers back, wait until the successor has everything, and
 * demote the old master before the successor is promoted, so that no acknowledged write is lost.
 *
 *   PAUSE WRITE ──looks──► offsets equal ──► demotion (REPLICAOF, KILL, UNPAUSE) ──► promotion ──► switch
 *        └──────────── half of the pause ───────────┘ not later
 */
import type { CommandReply, NodeCommand } from './commands.ts';
import { AGAIN, type Decision, nothing } from './decision.ts';
import type { Leading } from './failover.ts';
import { sameLineage } from './lineage.ts';
import { type Address, nodeId, sameAddress } from './model.ts';
import { reached } from './observation.ts';

/** A pause ends by itself, should every sentinel die: clients wait for so long at most. */
const PAUSE_MS_MAX = 2000;
/** What was on its way to the successor when the old master was demoted arrives within this, or never. */
const CATCH_UP_MS = 100;
/** Behind an intent the old master is demoted on a look that is no older: the table may have taken its time. */
const LOOK_AGE_MS_MAX = 250;
const WAIT = { kind: 'alert', afterMs: 20 } as const;
const LOOK_AGAIN = { kind: 'alert', afterMs: 0, own: true } as const;

export type HandOver =
  /** The successor may be promoted. */
  | { readonly kind: 'ready' }
  /** Not yet: this is the next thing to do. */
  | { readonly kind: 'next'; readonly decision: Decision }
  /** The offsets are equal under a running pause: the intent may be written; behind it, the old master demoted. */
  | { readonly kind: 'equal'; readonly demotion: NodeCommand }
  /** It cannot be done in this epoch. */
  | { readonly kind: 'lapsed'; readonly why: string };

export function handOver(s: Leading, to: Address): HandOver {
  const { memory, failover, now } = s;
  const { oldMaster } = failover;
  const old = memory.nodes[nodeId(oldMaster)];
  const successor = memory.nodes[nodeId(to)];
  if (sameAddress(to, oldMaster)) return { kind: 'ready' }; // nobody to hand over to but itself
  const demoted = ownReply(s, 'hand over', oldMaster);
  if (demoted?.outcome === 'done') return caughtUp(s, demoted, to);
  if (reached(successor) && successor.info.role === 'master') return { kind: 'ready' };
  if (reached(old) && old.info.role === 'slave') return { kind: 'ready' };
  if (!reached(old)) return withoutOldMaster(s);
  // it came back with other data than ours: nothing of it can be handed over
  if (!sameLineage(s.state, old.info)) {
    if (failover.step === 'promoting') return { kind: 'ready' };
    return { kind: 'lapsed', why: `${nodeId(oldMaster)} came back with another replication history` };
  }
  if (!reached(successor)) return { kind: 'lapsed', why: `${nodeId(to)} is out of reach` };

  const paused = ownReply(s, 'pause', oldMaster);
  if (!paused) return { kind: 'next', decision: pause(s, old.last.link) };
  if (paused.outcome !== 'done') return { kind: 'lapsed', why: `the pause was ${paused.detail}` };
  const { command } = paused;
  // a restarted process holds nobody back, and answers on another connection
  if (command.link !== old.last.link) return { kind: 'lapsed', why: 'the connection of the pause is gone' };
  const notAfter = paused.sentAt + (command.kind === 'pause' ? command.forMs : 0) / 2;
  if (now.mono >= notAfter) return { kind: 'lapsed', why: `${nodeId(to)} did not come equal in time` };
  // an unheard demotion let them go too, and whoever made it a master again gave it a history of its own
  if (demoted && old.info.replicationId !== s.state.master.replicationId) {
    return { kind: 'lapsed', why: `${nodeId(oldMaster)} was demoted, and made a master again` };
  }
  // let go once, they write: another hand-over needs another epoch and another pause
  if (ownReply(s, 'unpause', oldMaster)) return { kind: 'lapsed', why: 'its writers were let go' };
  // a demotion without an answer may have worked: only a look since then may call for another
  const since = Math.max(paused.at, demoted?.at ?? 0, now.mono - LOOK_AGE_MS_MAX);
  const fresh = [old, successor].every(({ infoAt = 0 }) => infoAt > since);
  const { upstream } = successor.info;
  const follows = upstream?.linkUp === true && sameAddress(upstream.address, oldMaster);
  if (!fresh || !follows || successor.info.offset !== old.info.offset) {
    return { kind: 'next', decision: nothing(`waiting until ${nodeId(to)} has everything`, LOOK_AGAIN) };
  }
  const sent = { node: oldMaster, link: old.last.link, epoch: failover.epoch, fence: 'lease' as const };
  return { kind: 'equal', demotion: { ...sent, kind: 'hand over', upstream: to, notAfter } };
}

/** Behind an intent there is no way back: wait until the old master answers, or is S_DOWN and cannot be asked. */
function withoutOldMaster({ failover, masterDown }: Leading): HandOver {
  const out = `${nodeId(failover.oldMaster)} is out of reach`;
  if (failover.step !== 'promoting') return { kind: 'lapsed', why: out };
  if (masterDown) return { kind: 'ready' };
  return { kind: 'next', decision: nothing(`${out}: waiting until it answers or is down`, WAIT) };
}

/**
 * The old master may be paused still: it is freed, and the answer awaited, while this failover is open. An UNPAUSE that
 * came after it would lift the pause of the next one.
 * @returns undefined when it is done, or cannot be done: every pause is finite
 */
export function unpauseFirst(s: Leading): Decision | undefined {
  const { oldMaster, epoch, begunIn } = s.failover;
  const node = s.memory.nodes[nodeId(oldMaster)];
  const mayBePaused = begunIn !== epoch || ownReply(s, 'pause', oldMaster) !== undefined;
  if (!mayBePaused || !reached(node) || ownReply(s, 'unpause', oldMaster)) return undefined;
  return {
    reason: `letting the writers of ${nodeId(oldMaster)} go on`,
    commands: [{ kind: 'unpause', node: oldMaster, link: node.last.link, epoch, fence: 'lease' }],
    pace: AGAIN,
  };
}

/** Bytes the old master had at its demotion that the successor was not seen to have; undefined when not known. */
export function writesLost(s: Leading, to: Address): number | undefined {
  const handed = ownReply(s, 'hand over', s.failover.oldMaster)?.info?.offset;
  const had = s.memory.nodes[nodeId(to)]?.info?.offset;
  return handed === undefined || had === undefined ? undefined : Math.max(0, handed - had);
}

export function ownReply(
  { memory, failover }: Leading,
  kind: NodeCommand['kind'],
  node: Address,
): CommandReply | undefined {
  return memory.replies.findLast(
    ({ command }) =>
      command.kind === kind && command.epoch === failover.epoch && sameAddress(command.node, node),
  );
}

function caughtUp(s: Leading, demoted: CommandReply, to: Address): HandOver {
  const waits = (writesLost(s, to) ?? 0) > 0 && s.now.mono - demoted.at < CATCH_UP_MS;
  if (!waits) return { kind: 'ready' };
  return { kind: 'next', decision: nothing(`${nodeId(to)} takes in what was on its way`, LOOK_AGAIN) };
}

function pause({ failover, state }: Leading, link: string): Decision {
  const { oldMaster, epoch } = failover;
  const forMs = Math.min(PAUSE_MS_MAX, state.directives.failoverTimeoutMs);
  return {
    reason: `pausing the writers of ${nodeId(oldMaster)} for ${forMs} ms at most`,
    commands: [{ kind: 'pause', node: oldMaster, link, epoch, fence: 'lease', forMs }],
    pace: { kind: 'alert', afterMs: 0, own: true },
  };
}
