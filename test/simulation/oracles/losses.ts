/**
 * No data are given up while a node has them. `+data-lost` is told only when no known node that lives has anything of the
 * known history, or will have when it has loaded; behind an intent, when for failover-timeout its leader found none of
 * them that may be promoted instead of a node that came back without. And no node is promoted that is empty or of another
 * history while its leader sees another with the data.
 */
import { type MasterState, nodeId } from '../../../src/core/model.ts';
import { isOurs, type Known } from '../world/facts.ts';
import type { SimulatedNode } from '../world/node.ts';
import { type OracleOf, roleCommand } from './oracle.ts';

/** Wall clocks are corrected by so much without TILT. */
const CLOCK_MS_MAX = 2000;

/** Whether it has anything of the known history, in truth, loaded or not. */
function holds(state: MasterState, { history, historyBefore, keys, life }: SimulatedNode): boolean {
  if (life === 'down' || keys === 0) return false;
  const { replicationId, previousReplicationIds = [] } = state.master;
  return [replicationId, ...previousReplicationIds].some((id) => id === history || id === historyBefore);
}

function others(nodes: readonly SimulatedNode[]): string {
  return nodes.map(({ id, keys }) => `${id} with ${keys} keys`).join(', ');
}

/** @param nodes - as they are in truth */
export function nothingIsGivenUp(nodes: readonly SimulatedNode[]): OracleOf {
  return (facts) => ({
    stateWritten({ before, after, by }) {
      const told = after.events.some(
        ({ seq, type }) => seq > (before?.lastSeq ?? 0) && type === '+data-lost',
      );
      if (!told || !before) return;
      const left = nodes.filter(
        (node) =>
          (before.replicas[node.id] || node.id === nodeId(before.master.address)) && holds(before, node),
      );
      const { epoch } = before.failover?.intent ?? {};
      const intended = facts.states.find(({ state }) => state.failover?.intent?.epoch === epoch)?.from;
      const waitedMs = intended === undefined ? 0 : facts.now - intended + CLOCK_MS_MAX;
      const seen = left.filter((node) => by && mayBePromoted(by, before, node));
      const inVain = waitedMs >= before.directives.failoverTimeoutMs && seen.length === 0;
      facts.promise(left.length === 0 || inVain, () => `+data-lost, and there is ${others(left)}`);
    },
  });
}

/** @param nodes - as they are in truth */
export function promotedWithTheData(nodes: readonly SimulatedNode[]): OracleOf {
  return (facts) => ({
    running(node, by, commands) {
      const command = roleCommand(commands);
      const { state } = facts;
      if (!command || command.follow !== undefined || !state || holds(state, node)) return;
      const leader = [...facts.processes.values()].find(({ host }) => host.name === by);
      const seen = leader?.looks.get(node.id)?.look;
      // it was wiped while its leader stood still: no fence can see that
      if (seen?.outcome === 'answered' && seen.info && isOurs(state, seen.info)) return;
      const better = nodes.filter(
        (other) => other !== node && holds(state, other) && leader && mayBePromoted(leader, state, other),
      );
      facts.promise(
        better.length === 0,
        () => `${by} promoted ${node.id} with ${node.keys} keys, and sees ${others(better)}`,
      );
    },
  });
}

/** As this process saw it. */
function mayBePromoted({ looks }: Known, state: MasterState, { id }: SimulatedNode): boolean {
  const look = looks.get(id)?.look;
  if (look?.outcome !== 'answered' || look.reply !== 'pong' || !look.info || !isOurs(state, look.info))
    return false;
  const { role, upstream, offset } = look.info;
  return role === 'master' || (upstream?.priority !== 0 && !upstream?.syncInProgress && offset > 0);
}
