/** I2, I3: epochs and configuration epochs only grow, each configuration epoch names one address, and rev counts writes. */
import { nodeId } from '../../../src/core/model.ts';
import type { OracleOf } from './oracle.ts';

export const epochsGrow: OracleOf = (facts) => {
  const masters = new Map<number, string>();
  return {
    stateWritten({ before, after }) {
      const { currentEpoch, configEpoch, rev } = after;
      facts.promise(rev === (before?.rev ?? 0) + 1, () => `rev ${rev} after ${before?.rev}`);
      facts.promise(
        configEpoch <= currentEpoch,
        () => `configuration epoch ${configEpoch} in epoch ${currentEpoch}`,
      );
      if (before) {
        facts.promise(
          currentEpoch >= before.currentEpoch,
          () => `epoch ${currentEpoch} after ${before.currentEpoch}`,
        );
        facts.promise(
          configEpoch >= before.configEpoch,
          () => `configuration epoch ${configEpoch} after ${before.configEpoch}`,
        );
      }
      const node = nodeId(after.master.address);
      const known = masters.get(configEpoch);
      facts.promise(
        known === undefined || known === node,
        () => `configuration epoch ${configEpoch}: ${known} and ${node}`,
      );
      masters.set(configEpoch, node);
    },
  };
};
