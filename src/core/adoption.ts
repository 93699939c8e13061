/**
 * To take the topology as it is found, where somebody else changed it with an operator's leave: when a pause is resumed,
 * and beside redis-sentinel (`observe-only`).
 */
import { objectivelyDown } from './agreement.ts';
import { type Decision, PULSE } from './decision.ts';
import { aboutMaster, aboutReplica, record, switchMaster } from './events.ts';
import { withReplicationId } from './lineage.ts';
import { type Address, type MasterState, nodeId, sameAddress } from './model.ts';
import { type NodeMemory, reached, subjectivelyDown } from './observation.ts';
import type { Situation } from './view.ts';

/**
 * The one node that says master while all others follow it; else the sentence that says what is in the way. A node out
 * of reach may be missing only if it is down, and the named master only if the quorum says so.
 */
export function findTopology(s: Situation): Address | string {
  const { state, memory } = s;
  const nodes = [state.master.address, ...Object.values(state.replicas).map(({ address }) => address)];
  const found = nodes.filter((node) => roleOf(memory.nodes[nodeId(node)]) === 'master');
  const [master] = found;
  if (!master) return 'no node says master';
  if (found.length > 1) return `${found.map(nodeId).join(' and ')} say master`;
  for (const address of nodes) {
    const node = memory.nodes[nodeId(address)];
    if (reached(node)) {
      const upstream = node.info.upstream?.address;
      if (upstream && !sameAddress(upstream, master))
        return `${nodeId(address)} follows ${nodeId(upstream)}, not ${nodeId(master)}`;
      continue;
    }
    const down = node !== undefined && subjectivelyDown(node, state.directives.downAfterMs);
    if (!down) return `${nodeId(address)} is not reached`;
    if (sameAddress(address, state.master.address) && !objectivelyDown(s))
      return `the named master ${nodeId(address)} is not reached by this sentinel alone`;
  }
  return master;
}

/** `observe-only`: whoever fails this master over, its new address is told. */
export function adopt(s: Situation): Decision | undefined {
  if (!s.state.directives.observeOnly || s.state.paused) return undefined;
  const found = findTopology(s);
  if (typeof found === 'string' || sameAddress(found, s.state.master.address)) return undefined;
  return {
    reason: `${nodeId(found)} was made the master by somebody else: adopting it`,
    write: withAdopted(s, s.state, found),
    commands: [],
    pace: PULSE,
  };
}

/** A new configuration in an epoch of its own, as a switch is. */
export function withAdopted({ memory, now, self }: Situation, state: MasterState, to: Address): MasterState {
  const from = state.master.address;
  const epoch = state.currentEpoch + 1;
  const { outage: _, limitation: __, ...rest } = state;
  const next = { ...rest, ...naming(state, to, memory.nodes[nodeId(to)]) };
  return record({ ...next, currentEpoch: epoch, configEpoch: epoch }, self.id, now, [
    { type: '+new-epoch', payload: String(epoch) },
    aboutMaster('+config-update', state.name, from, `#found ${nodeId(to)}`),
    switchMaster(state.name, from, to),
    ...Object.values(next.replicas).map(({ address }) => aboutReplica('+slave', state.name, to, address)),
  ]);
}

/**
 * The state's master and replicas once `to` is the master; the old one is a replica.
 * @param info - what `to` says of itself as a master; by default what the last look heard
 */
export function naming(
  state: MasterState,
  to: Address,
  node: NodeMemory | undefined,
  info = node?.info,
): Pick<MasterState, 'master' | 'replicas'> {
  const from = state.master.address;
  const others = [...Object.values(state.replicas).map(({ address }) => address), from];
  const kept = others.filter((address) => !sameAddress(address, to));
  const { replicationId, previousReplicationIds } = state.master;
  const histories = {
    ...(replicationId !== undefined && { replicationId }),
    ...(previousReplicationIds && { previousReplicationIds }),
  };
  const master = {
    ...{ address: to, ...histories },
    ...(node?.runId !== undefined && { runId: node.runId }),
    ...(info && { offset: info.offset }),
    ...(node?.ip !== undefined && node.ip !== to.host && { ip: node.ip }),
  };
  return {
    master: info ? withReplicationId(master, info.replicationId) : master,
    replicas: Object.fromEntries(
      kept.map((address) => [
        nodeId(address),
        { ...state.replicas[nodeId(address)], address, reconfiguration: 'none' as const },
      ]),
    ),
  };
}

function roleOf(node: NodeMemory | undefined): string | undefined {
  return reached(node) ? node.info.role : undefined;
}
