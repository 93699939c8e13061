/** The node that is promoted was the best of those that its leader had just seen: told anew here, by a plainer rule. */
import type { NodeInfo } from '../../../src/core/info.ts';
import { type MasterState, nodeId } from '../../../src/core/model.ts';
import type { Known } from '../world/facts.ts';
import type { OracleOf } from './oracle.ts';

interface Seen {
  readonly id: string;
  readonly current: boolean;
  readonly priority: number;
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

function goesBefore(a: Seen, b: Seen): boolean {
  if (a.current !== b.current) return a.current;
  if (a.priority !== b.priority) return a.priority < b.priority;
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
  return generation === undefined
    ? undefined
    : { id, current: generation === 0, priority: upstream.priority, offset };
}

/** 0: the known history; more: a former one. */
function historyOf({ master }: MasterState, info: NodeInfo): number | undefined {
  const known = [master.replicationId, ...(master.previousReplicationIds ?? [])];
  const found = [info.replicationId, info.replicationId2]
    .map((id) => known.indexOf(id))
    .filter((i) => i >= 0);
  return found.length > 0 ? Math.min(...found) : undefined;
}
