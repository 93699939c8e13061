/** Why no failover may start now, in one sentence: for the log, the observation and the state. */
import { masterValidAt, sentinelsSeeingDown, witnesses } from './agreement.ts';
import { replicasHearing, replicasYetToTestify } from './evidence.ts';
import { type Address, type Limitation, type MasterState, type NodeId, nodeId } from './model.ts';
import { health, reached } from './observation.ts';
import { select } from './selection.ts';
import type { Situation } from './view.ts';

/** What only changes its numbers is not written again; another reason at most this often. */
const REWRITTEN_MS = 5000;
/** Zones may see different reasons, and are not to write them over each other's for ever. */
const REWRITTEN_BY_ANOTHER_MS = 60_000;
const VETOED = 'vetoed by replicas that still hear the master: ';

/** Why this master is neither failed over nor repaired; undefined when it is looked after as usual. */
export function standsBack({ paused, directives }: MasterState): string | undefined {
  if (paused) return `paused by ${paused.by}`;
  return directives.observeOnly ? 'observe-only is set' : undefined;
}

/** @returns undefined when a failover may start */
export function failoverLimitation(s: Situation): string | undefined {
  const { state, memory, now, master } = s;
  const { quorum } = state.directives;
  const back = standsBack(state);
  if (back !== undefined) return back;
  const down = sentinelsSeeingDown(s);
  if (down.length < quorum) {
    return `down for ${down.length} sentinel${down.length === 1 ? '' : 's'} (${down.join(', ')}), the quorum is ${quorum}`;
  }
  if (master && health(master) === 'misconfigured') return 'a misconfigured master is not down';
  const vetoed = s.why === 'no reply' ? veto(s) : undefined;
  if (vetoed !== undefined) return vetoed;
  const unheard = s.why === 'no reply' ? yetToTestify(s) : [];
  if (unheard.length > 0) return `not yet heard what its replicas hear: ${unheard.sort().join(', ')}`;
  if (state.coolDown && coolingDown(s)) {
    return `cooling down for ${Math.ceil((state.coolDown.until - now.wall) / 1000)} s more: ${state.coolDown.reason}`;
  }
  const nodes = electable(s);
  if (nodes.length === 0) return 'it has no known replica';
  const visible = nodes.filter((node) => reached(memory.nodes[nodeId(node)])).length;
  const { minReplicasVisible } = state.directives;
  if (visible < minReplicasVisible)
    return `${visible} of its replicas visible, min-replicas-visible is ${minReplicasVisible}`;
  const { ranked, passedOver } = select(state, memory.nodes, {
    nodes,
    masterDownMs: now.wall - masterValidAt(s),
    anyLink: s.why === 'says replica',
  });
  if (ranked.length > 0) return undefined;
  const reasons = Object.entries(passedOver).map(([id, reason]) => `${id} ${reason}`);
  return `no replica may be promoted: ${reasons.join('; ')}`;
}

/** The replicas, and the named master itself when all that is wrong with it is that it says replica. */
export function electable({ state, why }: Situation): Address[] {
  const replicas = Object.values(state.replicas).map((replica) => replica.address);
  return why === 'says replica' ? [...replicas, state.master.address] : replicas;
}

export function coolingDown({ state, now }: Situation): boolean {
  return state.coolDown !== undefined && now.wall < state.coolDown.until;
}

/** The limitation to be written down, if what stands says something else. */
export function newLimitation({ state, now, self }: Situation, reason: string): Limitation | undefined {
  const before = state.limitation;
  if (before && withoutNumbers(before.reason) === withoutNumbers(reason)) return undefined;
  const waitMs = before?.by === self.id ? REWRITTEN_MS : REWRITTEN_BY_ANOTHER_MS;
  if (before && Math.abs(now.wall - before.at) < waitMs) return undefined;
  return { at: now.wall, by: self.id, reason };
}

function veto(s: Situation): string | undefined {
  const { state, memory, now } = s;
  const heard = witnesses(s, replicasHearing(memory.evidence, state.directives.downAfterMs, now.mono));
  if (heard.length === 0) return undefined;
  return (
    VETOED +
    heard
      .map(({ replica, sentinel }) => `${replica} (seen by ${sentinel})`)
      .sort()
      .join(', ')
  );
}

function yetToTestify({ state, memory }: Situation): NodeId[] {
  if (!state.directives.replicaEvidence) return [];
  return replicasYetToTestify(memory.evidence, state, memory.nodes);
}

/** The replicas and the zones that heard them, when that is what keeps a failover from starting. */
export function vetoIn(reason: string): string | undefined {
  return reason.startsWith(VETOED) ? reason.slice(VETOED.length) : undefined;
}

function withoutNumbers(reason: string): string {
  return reason.replaceAll(/\d+ (ms|s|bytes)\b/g, '# $1');
}
