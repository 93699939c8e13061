/**
 * One intent per epoch, written by its leader, and never taken back: from it on there is no abort, and no REMOVE until no
 * node has answered any sentinel for failover-timeout. Who resumes intends the same node while it answers with the data it
 * was chosen for.
 */
import { nodeId } from '../../../src/core/model.ts';
import { is, isOurs, saidBefore } from '../world/facts.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { OracleOf } from './oracle.ts';

/** What the zones told last may be so old, and their clocks so far off. */
const TOLD_MS_MAX = 5000;

export const noRemovalBehindAnIntent: OracleOf = (facts) => ({
  stateWritten({ before, after }) {
    if (before?.failover?.step !== 'promoting' || after.removed === undefined) return;
    const forMs = facts.now - facts.answeredAt;
    facts.promise(
      forMs >= before.directives.failoverTimeoutMs - TOLD_MS_MAX,
      () => `removed behind an intent, and a node had answered ${Math.round(forMs)} ms ago`,
    );
  },
});

/** @param nodeOf - as it is in truth */
export function resumedWithTheSame(nodeOf: (id: string) => SimulatedNode | undefined): OracleOf {
  return (facts) => ({
    stateWritten({ before, after, by, sentAt }) {
      const [was, intent] = [before?.failover?.intent, after.failover?.intent];
      if (!before || !was || !intent || !by || was.epoch === intent.epoch || was.givenUp) return;
      const id = nodeId(was.node);
      const chosen = facts.states.find(
        ({ state: { failover } }) =>
          failover?.intent &&
          failover.begunIn === before.failover?.begunIn &&
          nodeId(failover.intent.node) === id,
      );
      const intended = chosen?.from ?? 0;
      const node = nodeOf(id);
      if ((node?.startedAt ?? 0) > intended || node?.runId !== was.runId) return; // another process, with what data it may
      const info = saidBefore(by, id, sentAt);
      if (!info || !isOurs(before, info)) return;
      facts.promise(
        nodeId(intent.node) === id,
        () => `${by.host.name} intends ${nodeId(intent.node)}, and ${id} of epoch ${was.epoch} answers`,
      );
    },
  });
}

export const oneIntentAnEpoch: OracleOf = (facts) => {
  const intents = new Map<number, string>();
  return {
    stateWritten({ before, after, by, sentAt }) {
      const was = before?.failover;
      const { failover } = after;
      if (was?.intent && was.step !== 'reconfiguring' && after.removed === undefined) {
        facts.promise(
          failover !== undefined,
          () => `the failover of epoch ${was.epoch} was given up after its intent`,
        );
      }
      const leads = was && by && is(by, was.leader, sentAt) && was.epoch === before.currentEpoch;
      const resumes = failover && was && failover.epoch !== was.epoch;
      if (
        was &&
        failover !== was &&
        !resumes &&
        after.removed === undefined &&
        before.election === undefined
      ) {
        const reset = by === undefined && !failover && was.step !== 'promoting';
        facts.promise(
          leads === true || reset,
          () => `${by?.host.name ?? 'an operator'} changed the failover of epoch ${was.epoch}`,
        );
      }
      const intent = failover?.intent;
      if (!intent) return;
      const node = nodeId(intent.node);
      const known = intents.get(intent.epoch);
      facts.promise(
        known === undefined || known === node,
        () => `two intents in epoch ${intent.epoch}: ${known} and ${node}`,
      );
      if (known === undefined) {
        facts.promise(
          intent.epoch === after.currentEpoch,
          () => `an intent of epoch ${intent.epoch}, which is over`,
        );
      }
      intents.set(intent.epoch, node);
    },
  };
};
