/**
 * The node that is promoted might be, as its leader had just seen it: of our history, not empty while the master was not,
 * not in the middle of a synchronization, not of priority 0. And it was the best of those seen: told anew here, by a
 * plainer rule.
 */
import type { NodeInfo } from '../../../src/core/info.ts';
import { type MasterState, nodeId } from '../../../src/core/model.ts';
import { isOurs, type Known, saidBefore } from '../world/facts.ts';
import type { OracleOf } from './oracle.ts';

interface Seen {
  readonly id: string;
  readonly current: boolean;
  readonly priority: number;
  readonly preferred: boolean;
  readonly offset: number;
}

export const theBestOfThoseSeen: OracleOf = (facts) => ({
  stateWritten({ before, after, by }) {
    const intent = after.failover?.intent;
    const fresh = before?.failover?.step === 'selecting' && after.failover?.step === 'promoting';
    if (!fresh || !intent || !by || after.failover?.target) return;
    const seen = Object.keys(before.replicas).flatMap((id) => look(by, before, id) ?? []);
    const chosen = seen.find(({ id }) => id === nodeId(intent.node));
    if (!chosen) return; // the named master itself, or one that says master: the core's own tests have these
    const better = seen.find((other) => other !== chosen && goesBefore(other, chosen));
    facts.promise(better === undefined, () => `${chosen.id} was chosen, and ${better?.id} goes before it`);
  },
});

export const eligibleAsSeen: OracleOf = (facts) => ({
  stateWritten({ before, after, by, sentAt }) {
    const intent = after.failover?.intent;
    const was = before?.failover?.intent;
    if (!intent || !by || !before || was?.epoch === intent.epoch) return;
    const id = nodeId(intent.node);
    if (was && nodeId(was.node) === id) return; // resumed: judged when it was chosen
    if ((by.looks.get(id)?.at ?? 0) > sentAt) return; // the write was long on its way
    const info = saidBefore(by, id, sentAt);
    const unfit = info ? unfitness(before, info) : 'was not reached';
    facts.promise(unfit === undefined, () => `${by.host.name} chose ${id}, which ${unfit}`);
  },
});

function unfitness(
  state: MasterState,
  { role, upstream, offset, keys = 1, ...info }: NodeInfo,
): string | undefined {
  if (!isOurs(state, { role, offset, ...info })) return 'has another history';
  if (role === 'master') return undefined;
  if (upstream?.priority === 0) return 'has priority 0';
  if (upstream?.syncInProgress) return 'is in the middle of a synchronization';
  return offset === 0 && keys === 0 && (state.master.offset ?? 0) > 0 ? 'is empty' : undefined;
}

function goesBefore(a: Seen, b: Seen): boolean {
  if (a.current !== b.current) return a.current;
  if (a.priority !== b.priority) return a.priority < b.priority;
  if (a.preferred !== b.preferred) return a.preferred;
  return a.offset > b.offset;
}

function look(by: Known, state: MasterState, id: string): Seen | undefined {
  const found = by.looks.get(id)?.look;
  if (found?.outcome !== 'answered' || found.reply !== 'pong' || !found.info) return undefined;
  const { role, upstream, offset } = found.info;
  if (role !== 'slave' || !upstream || upstream.priority === 0 || upstream.syncInProgress || offset <= 0)
    return undefined;
  const since = state.directives.downAfterMs * 10;
  if ((upstream.linkDownForMs ?? 0) > since) return undefined; // by the master's absence it may be good still: no witness
  const generation = historyOf(state, found.info);
  if (generation === undefined) return undefined;
  const { preferZone, nodeZones } = state.directives;
  const preferred = preferZone !== undefined && nodeZones[id] === preferZone;
  return { id, current: generation === 0, priority: upstream.priority, preferred, offset };
}

/** 0: the known history; more: a former one. */
function historyOf({ master }: MasterState, info: NodeInfo): number | undefined {
  const known = [master.replicationId, ...(master.previousReplicationIds ?? [])];
  const found = [info.replicationId, info.replicationId2]
    .map((id) => known.indexOf(id))
    .filter((i) => i >= 0);
  return found.length > 0 ? Math.min(...found) : undefined;
}
