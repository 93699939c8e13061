/** One intent per epoch, written by its leader, and never taken back: from it on there is no abort. */
import { nodeId } from '../../../src/core/model.ts';
import { is } from '../world/facts.ts';
import type { OracleOf } from './oracle.ts';

export const oneIntentAnEpoch: OracleOf = (facts) => {
  const intents = new Map<number, string>();
  return {
    stateWritten({ before, after, by }) {
      const was = before?.failover;
      const { failover } = after;
      if (was?.intent && was.step !== 'reconfiguring' && after.removed === undefined) {
        facts.promise(
          failover !== undefined,
          () => `the failover of epoch ${was.epoch} was given up after its intent`,
        );
      }
      const leads = was && by && is(by, was.leader) && was.epoch === before.currentEpoch;
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
