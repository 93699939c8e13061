/** What became of the node that an intent names: a promotion makes its data those of all. */
import type { Leading } from './failover.ts';
import { sameLineage } from './lineage.ts';
import { type Intent, nodeId, sameAddress } from './model.ts';
import { describeHealth, holdsData, type Reached, reached } from './observation.ts';

/** Why it is not waited for any longer, if there is another one. */
export function whyLost(s: Leading, intent: Intent): string | undefined {
  if (intent.givenUp) return 'was not promoted in time';
  const { memory, now, state } = s;
  const node = memory.nodes[nodeId(intent.node)];
  // it would refuse the promotion for ever
  if (node?.last.outcome === 'misconfigured') return describeHealth(node, now);
  const withoutData = reached(node) ? lackingData(s, intent, node) : undefined;
  if (withoutData !== undefined) return withoutData;
  const since = node?.noReplySince;
  const { downAfterMs, leaseMs } = state.directives;
  const gone = since !== undefined && now.mono - since >= Math.min(downAfterMs, leaseMs / 2);
  return gone ? 'is out of reach' : undefined;
}

/**
 * It answers, and not with what it was chosen for. Somebody else may hold that, and be out of reach for a moment: that is
 * waited for, for failover-timeout since the intent, and longer while one is seen that loads it or has it.
 */
export function notYet(s: Leading, intent: Intent): string | undefined {
  const { memory, now, failover, state } = s;
  const node = memory.nodes[nodeId(intent.node)];
  const forMs = now.wall - (failover.timeline.intended ?? now.wall);
  if (!reached(node)) return undefined;
  if (forMs > state.directives.failoverTimeoutMs && !othersHaveIt(s, intent)) return undefined;
  return lackingData(s, intent, node);
}

function othersHaveIt({ memory, state }: Leading, intent: Intent): boolean {
  const known = [state.master, ...Object.values(state.replicas)].map(({ address }) => address);
  return known
    .filter((address) => !sameAddress(address, intent.node))
    .map((address) => memory.nodes[nodeId(address)])
    .some((node) => {
      if (!reached(node) || node.info.upstream?.priority === 0) return false;
      return node.last.reply === 'loading' || (sameLineage(state, node.info) && holdsData(node));
    });
}

function lackingData({ state }: Leading, { runId, offset = 0 }: Intent, node: Reached): string | undefined {
  if (!sameLineage(state, node.info)) return 'came back with another replication history';
  const another = runId !== undefined && node.runId !== undefined && node.runId !== runId;
  return another && node.info.offset < offset ? 'came back with less data than it was chosen for' : undefined;
}
