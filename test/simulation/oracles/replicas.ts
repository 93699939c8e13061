/**
 * I11: a replica is entered only as the named master told it, or as what a switch leaves behind; and none is forgotten that
 * is in reach and has the known history.
 */
import { nodeId } from '../../../src/core/model.ts';
import type { OracleOf } from './oracle.ts';

export const learntFromTheNamedMaster: OracleOf = (facts) => ({
  stateWritten({ before, after, by }) {
    if (!before || !by) return;
    const named = nodeId(after.master.address);
    for (const id of Object.keys(before.replicas)) {
      if (after.replicas[id] || id === named || after.removed !== undefined) continue;
      const seen = by.looks.get(id)?.look;
      const history = seen?.outcome === 'answered' ? seen.info?.replicationId : undefined;
      const { replicationId, previousReplicationIds = [] } = before.master;
      const ours = history !== undefined && [replicationId, ...previousReplicationIds].includes(history);
      facts.promise(!ours, () => `${by.host.name} forgot ${id}, which answers and has a history of ours`);
    }
    for (const id of Object.keys(after.replicas)) {
      if (before.replicas[id] || id === nodeId(before.master.address)) continue;
      const seen = by.looks.get(named)?.look;
      const info = seen?.outcome === 'answered' ? seen.info : undefined;
      const told = info?.role === 'master' && info.replicas.some(({ address }) => nodeId(address) === id);
      facts.promise(told, () => `${by.host.name} entered ${id}, of which ${named} told it nothing`);
    }
  },
});
