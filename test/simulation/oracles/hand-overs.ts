/**
 * The old master is demoted before its successor is promoted, as long as it says master and the successor does not; and a
 * coordinated failover that demoted the old master first loses no write that it had acknowledged, or says
 * so.
 */
import { nodeId } from '../../../src/core/model.ts';
import type { Acknowledged } from '../world/client.ts';
import type { SimulatedNode } from '../world/node.ts';
import { type OracleOf, roleCommand } from './oracle.ts';

export function nothingIsLostInAHandOver(
  acknowledged: () => readonly Acknowledged[],
  nodeOf: (id: string) => SimulatedNode | undefined,
): OracleOf {
  return (facts) => ({
    sent({ by, node, commands }) {
      const { state } = facts;
      const failover = state?.failover;
      const promotes = roleCommand(commands)?.follow === undefined && roleCommand(commands) !== undefined;
      if (!promotes || failover?.kind !== 'coordinated' || by.handedOver.has(failover.epoch)) return;
      const [old, successor] = [failover.oldMaster, node.address].map(
        (one) => by.looks.get(nodeId(one))?.look,
      );
      if (old?.outcome !== 'answered' || old.info?.role !== 'master' || nodeId(old.node) === node.id) return;
      const ours = old.info.replicationId === state?.master.replicationId;
      const ready = successor?.outcome === 'answered' && successor.info?.role === 'master';
      facts.promise(
        !ours || ready,
        () => `${by.host.name} promoted ${node.id} before it had demoted ${nodeId(old.node)}`,
      );
    },
    stateWritten({ before, after, by }) {
      const failover = before?.failover;
      if (failover?.kind !== 'coordinated' || before?.configEpoch === after.configEpoch || !by) return;
      if (!by.handedOver.has(failover.epoch) || (after.failover?.writesLost ?? 0) > 0) return;
      const old = nodeOf(nodeId(failover.oldMaster));
      const to = nodeOf(nodeId(after.master.address));
      const begun = facts.states.find(({ state }) => state.failover?.epoch === failover.epoch)?.from ?? 0;
      if (!old || !to || to.startedAt > begun || old.startedAt > begun) return; // replaced by another process meanwhile
      const named = facts.states.find(({ state }) => state.configEpoch === before?.configEpoch)?.from ?? 0;
      const since = Math.max(named, old.startedAt); // what a restart had dropped was lost before
      const lost = acknowledged().filter(
        ({ node, at, write }) => node === old.id && at >= since && !to.has(write),
      );
      facts.promise(
        lost.length === 0,
        () => `${lost.length} writes lost in the hand-over from ${old.id} to ${to.id}`,
      );
    },
  });
}
