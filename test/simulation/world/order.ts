/** What is out of order still, once every fault is over; undefined when nothing is. */
import { type MasterState, nodeId } from '../../../src/core/model.ts';
import type { Cluster } from './cluster.ts';

/**
 * @param forgotten - an operator had the master removed or reset: nodes that are known no more are nobody's business, nor
 * is one that somebody let follow such a node, and that took its history; nor is a name that was monitored anew at a node
 * that was a replica by then
 */
export function disorder(
  state: MasterState | undefined,
  { nodes }: Cluster,
  now: number,
  forgotten: boolean,
): string | undefined {
  const paused = nodes.find((node) => node.paused(now));
  if (paused) return `${paused.id} is paused`;
  if (!state || state.removed !== undefined) return forgotten ? undefined : 'the master is not monitored';
  if (state.election) return `the election of epoch ${state.election.epoch} is open`;
  if (state.failover) return `the failover of epoch ${state.failover.epoch} is open (${state.failover.step})`;
  if (state.command) return `a ${state.command.kind} is asked for, and nobody carries it out`;
  if (state.paused) return undefined; // an operator's word is needed, and none is left to speak it
  if (forgotten && state.master.replicationId === undefined) return undefined;
  const named = nodeId(state.master.address);
  for (const node of nodes) {
    const replica = node.id !== named;
    const known = state.replicas[node.id];
    if (replica && forgotten && (!known || known.stranger !== undefined)) continue;
    if (!replica && node.upstream)
      return `${named}, which the state names, follows ${nodeId(node.upstream.address)}`;
    if (!replica) continue;
    if (!node.upstream) return `${node.id} says master beside ${named}`;
    if (nodeId(node.upstream.address) !== named)
      return `${node.id} follows ${nodeId(node.upstream.address)}, not ${named}`;
    if (node.upstream.link !== 'up') return `the link of ${node.id} is ${node.upstream.link}`;
  }
  return undefined;
}
