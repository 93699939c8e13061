/**
 * One tick of one master: look → load → decide → write → act. The core decides; this file only waits for the world,
 * in that order. What a warm function remembers is used as a hint whether to load, never to act.
 */
import { watchOthers } from '../core/agreement.ts';
import { decide } from '../core/decide.ts';
import type { Decision, Pace } from '../core/decision.ts';
import type { NodeLook } from '../core/looks.ts';
import { rememberLooks } from '../core/memory.ts';
import { type Address, type MasterState, type MonoMs, nodeId, type Observation } from '../core/model.ts';
import { report } from '../core/report.ts';
import { BLANK, type Memory, type Self } from '../core/view.ts';
import { Unavailable, Unreadable } from '../ports.ts';
import { accessOf } from './access.ts';
import { enact } from './enact.ts';
import { trusted } from './tilt.ts';
import { lastToldBy, type Ports, sayReason, viewOf, type Watch } from './watch.ts';

/** A state is read again after this long even when nothing calls for it. */
const REREAD_MS = 10_000;
/** Full INFO is asked for this often. */
const FULL_INFO_MS = 10_000;
const FULL_LOOK_MS = 250;
/** A node that already failed is given this long in alert: its probe stays in flight anyway. */
const FAILED_LOOK_MS = 20;
/** A node whose replies take long is given half as much again, and not more than this: else no look would ever reach it. */
const SLOW_LOOK_MS_MAX = 300;
/** More steps than a failover has: a decision that asks to decide again without end is a fault. */
const ROUNDS_MAX = 12;
const REPLIES_KEPT = 16;

export interface LookDepth {
  /** How long to wait for a node that answered before. */
  readonly timeoutMs: number;
  readonly full: boolean;
}

/** Looks at every node of the master, side by side. */
export async function look(watch: Watch, ports: Ports, depth: LookDepth): Promise<void> {
  const { nodes, clock } = ports;
  watch.lookedAt = clock.now().mono;
  if (!watch.read) return;
  const { state } = watch.read;
  const access = await accessOf(watch, state.directives, ports);
  const targets: Address[] = [state.master.address, ...Object.values(state.replicas).map((r) => r.address)];
  const looks = await Promise.all(
    targets.map(async (node, i) => {
      const how = askFor(watch.memory, node, watch.lookedAt, depth);
      const writeProbe = i === 0 && mayProbeWrites(watch.memory, state);
      return withinNetworks(await nodes.look({ node, ...how, access, writeProbe }), nodes);
    }),
  );
  watch.memory = rememberLooks(watch.memory, state, looks, watch.pulseMs);
}

/**
 * A pause holds the probe's write back like any other, and would make a healthy master look silent. And a process that
 * the state does not know may have come back empty: the probe's key would be the first it has.
 */
function mayProbeWrites(
  { nodes }: Memory,
  { directives, failover, paused, command, master }: MasterState,
): boolean {
  const known = nodes[nodeId(master.address)]?.runId === master.runId;
  return known && directives.writeProbe && !failover && !paused && !command;
}

/** A replica outside the allowed networks is not even learnt of. */
function withinNetworks(look: NodeLook, nodes: Ports['nodes']): NodeLook {
  if (look.outcome !== 'answered' || !look.info) return look;
  const replicas = look.info.replicas.filter(({ address }) => nodes.allows(address));
  return replicas.length === look.info.replicas.length ? look : { ...look, info: { ...look.info, replicas } };
}

function askFor(memory: Memory, node: Address, now: MonoMs, depth: LookDepth) {
  const known = memory.nodes[nodeId(node)];
  const full = depth.full || known?.fullInfoAt === undefined || now - known.fullInfoAt >= FULL_INFO_MS;
  const failed = known?.noReplySince !== undefined;
  const slowMs = Math.min(SLOW_LOOK_MS_MAX, 1.5 * (known?.replyMs ?? 0));
  const timeoutMs = depth.full && !failed ? Math.max(FULL_LOOK_MS, depth.timeoutMs) : depth.timeoutMs;
  return {
    info: full ? ('all' as const) : ('replication' as const),
    timeoutMs: Math.max(failed ? Math.min(FAILED_LOOK_MS, timeoutMs) : timeoutMs, slowMs),
  };
}

/** What this look calls for, judged by what was read before: `undefined` when nothing, so that no read is owed. */
export function hint(watch: Watch, ports: Ports, as: Self, rereadMs = REREAD_MS): Decision | undefined {
  const { clock } = ports;
  const self = trusted(as, watch, ports);
  const { read } = watch;
  const now = clock.now();
  if (!read || now.mono - read.readAt >= rereadMs) {
    return { reason: 'the state is to be read again', commands: [], pace: { kind: 'pulse' } };
  }
  const view = viewOf(watch, read);
  const decision = decide(view, self, now);
  const idle = decision.pace.kind === 'pulse' && !decision.write && !decision.vote;
  return idle && !report(view, self, lastToldBy(watch, self.id), now) ? undefined : decision;
}

/**
 * Loads what stands, decides, carries it out until there is nothing to do at once, and tells what was seen: first, if it
 * is pressing.
 * @param knowsState - what stands is this incarnation's own last write: decide from that
 */
export async function settle(watch: Watch, ports: Ports, self: Self, knowsState = false): Promise<Pace> {
  try {
    const pressing = isPressing(watch, ports, self);
    if (pressing) await tell(watch, ports, self);
    if (!knowsState) await load(watch, ports);
    const pace = await decideAndAct(watch, ports, self);
    if (!pressing) await tell(watch, ports, self);
    return pace;
  } catch (error) {
    return freeze(watch, ports, self, error);
  } finally {
    // it was said of a look made since: from here on it is a sentinel like any other
    if (watch.stalled && watch.lookedAt >= watch.stalled.at) watch.stalled = undefined;
  }
}

/**
 * The master itself is in trouble, which the others are to hear before anything else. What is told of single nodes can
 * wait for the state to be read: after a switch that this process has not heard of, it would be told of the wrong one.
 */
function isPressing(watch: Watch, ports: Ports, self: Self): boolean {
  if (!watch.read) return false;
  const as = trusted(self, watch, ports);
  const next = report(viewOf(watch, watch.read), as, lastToldBy(watch, self.id), ports.clock.now());
  // one that answers, and only says the wrong thing, may have been replaced: of that the state tells
  return next !== undefined && next.health !== 'up' && (next.alert || next.subjectivelyDown);
}

/** Writes this sentinel's observation when it has something to say. */
export async function tell(watch: Watch, ports: Ports, self: Self, handover = false): Promise<void> {
  if (!watch.read) return;
  const as = trusted(self, watch, ports);
  const word = report(viewOf(watch, watch.read), as, lastToldBy(watch, self.id), ports.clock.now(), handover);
  if (!word) return;
  // one that got no answer may reach the table yet, and is not to stand for this one then
  const observation = { ...word, ...laterThan(watch.numbered, word) };
  watch.numbered = observation;
  const outcome = await ports.store.putObservation(observation);
  watch.told = observation;
  if (outcome === 'superseded') {
    ports.telemetry.log('warn', 'this zone has told a newer view', { master: watch.name });
    return;
  }
  for (const { type, payload } of observation.events.filter((event) => event.at === observation.at)) {
    ports.telemetry.log('warn', `${type} ${payload}`, { master: watch.name, detail: observation.detail });
  }
}

function laterThan({ incarnation, seq }: Watch['numbered'], word: Observation): Watch['numbered'] {
  return {
    incarnation: Math.max(word.incarnation, incarnation),
    seq: Math.max(word.seq, seq + 1),
  };
}

/** One consistent read of all that is known of the master. */
export async function load(watch: Watch, { store, clock }: Ports): Promise<void> {
  const readAt = clock.now().mono;
  const { state, observations, votes } = await store.readView(watch.name);
  if (!state || state.removed !== undefined) {
    watch.read = undefined;
    watch.memory = BLANK; // should it be monitored again, what was seen of it before is not to decide anything
    return;
  }
  watch.read = { state, observations, votes, readAt };
  watch.memory = watchOthers(watch.memory, { state, observations }, clock.now());
}

async function decideAndAct(watch: Watch, ports: Ports, self: Self): Promise<Pace> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    if (!watch.read) return { kind: 'pulse' };
    const as = trusted(self, watch, ports);
    const decision = decide(viewOf(watch, watch.read), as, ports.clock.now());
    sayReason(watch, decision, ports.telemetry);
    const carriedOut = await carryOut(watch, ports, decision);
    if (!carriedOut) return lookAgain(self); // nothing of the decision survives: look and decide again
    if (decision.pace.kind !== 'again') return decision.pace;
  }
  throw new Error(`${watch.name}: still undecided after ${ROUNDS_MAX} rounds: ${watch.saidReason}`);
}

/** At once in alert; at the pulse's pace the next pulse is soon enough. */
function lookAgain(self: Self): Pace {
  return self.incarnation === undefined ? { kind: 'pulse' } : { kind: 'alert', afterMs: 0 };
}

/** Write first, then vote, then commands; with a refused write nothing else happens. */
async function carryOut(watch: Watch, ports: Ports, decision: Decision): Promise<boolean> {
  const { read } = watch;
  if (!read) return false;
  let entitledFrom = read.readAt;
  if (decision.write) {
    entitledFrom = ports.clock.now().mono;
    if (!(await write(watch, ports, decision.write))) return false;
  }
  if (decision.crash !== undefined) {
    ports.crash(decision.crash);
    return false;
  }
  if (decision.vote) {
    const { vote } = await ports.store.castVote(decision.vote);
    watch.read = { ...(watch.read ?? read), votes: [...read.votes, vote] };
  }
  if (decision.commands.length > 0) {
    const { state } = watch.read ?? read;
    const leaseFrom = watch.memory.wroteAt ?? entitledFrom;
    const sent = decision.commands.map((command) =>
      enact(
        command,
        ports,
        command.fence === 'lease' ? leaseFrom + state.directives.leaseMs / 2 : entitledFrom + 1000,
      ),
    );
    const replies = await Promise.all(sent);
    for (const { command, outcome, detail } of replies) {
      const target = nodeId(command.node);
      ports.telemetry.log('info', `${command.kind} ${target}: ${outcome}, ${detail}`, { master: watch.name });
    }
    watch.memory = { ...watch.memory, replies: [...watch.memory.replies, ...replies].slice(-REPLIES_KEPT) };
  }
  return true;
}

async function write(
  watch: Watch,
  { store, clock, telemetry }: Ports,
  next: Decision['write'],
): Promise<boolean> {
  if (!watch.read || !next) return false;
  const before = watch.read.state;
  const sentAt = clock.now().mono;
  const outcome = await store.compareAndSet(before, next);
  if (outcome.kind === 'refused') return false;
  watch.read = { ...watch.read, state: outcome.state, readAt: sentAt };
  watch.memory = { ...watch.memory, wroteAt: sentAt };
  for (const { seq, type, payload } of outcome.state.events.filter((event) => event.seq > before.lastSeq)) {
    telemetry.log('warn', `${type} ${payload}`, {
      master: watch.name,
      seq,
      epoch: outcome.state.currentEpoch,
    });
  }
  return true;
}

/** The table did not answer, or holds what cannot be understood: change nothing, say so, look again (I8). */
function freeze(watch: Watch, { telemetry }: Ports, self: Self, error: unknown): Pace {
  if (!(error instanceof Unavailable || error instanceof Unreadable)) throw error;
  const reason = `frozen: ${error.message}`;
  sayReason(watch, { reason, commands: [], pace: { kind: 'again' } }, telemetry);
  watch.read = watch.read && { ...watch.read, readAt: Number.NEGATIVE_INFINITY };
  const inAlert = self.incarnation !== undefined;
  return inAlert && error instanceof Unavailable ? { kind: 'alert', afterMs: 100 } : { kind: 'pulse' };
}
