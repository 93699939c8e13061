/** No failover begins without a quorum that holds this very master for down, of this very configuration, now. */
import { type Observation, sameAddress } from '../../../src/core/model.ts';
import type { OracleOf } from './oracle.ts';

/** How old a report may be in truth: fresh for 5 s since it was seen to change, and a read and a write behind that. */
const REPORT_MS_MAX = 8500;

/** From the read that a write is decided from to its effect. */
const DECIDED_MS_MAX = 3000;

export const aQuorumsEvidence: OracleOf = (facts) => {
  const told: { readonly from: number; until: number; readonly observation: Observation }[] = [];
  return {
    observationWritten(observation) {
      const before = told.findLast((one) => one.observation.sentinel === observation.sentinel);
      if (before) before.until = facts.now;
      told.push({ from: facts.now, until: Number.POSITIVE_INFINITY, observation });
    },
    stateWritten({ before, after, by, sentAt }) {
      const { election, directives, master, configEpoch, voters } = after;
      if (!election || before?.election?.epoch === election.epoch || after.failover || !by) return;
      const down = told.filter(
        ({ from, until, observation }) =>
          until >= sentAt - DECIDED_MS_MAX &&
          observation.sentinel !== by.host.zone &&
          observation.subjectivelyDown &&
          observation.tilt === undefined &&
          voters.includes(observation.sentinel) &&
          sameAddress(observation.address, master.address) &&
          observation.configEpoch === configEpoch &&
          sentAt - from <= REPORT_MS_MAX,
      );
      const sentinels = new Set(down.map(({ observation }) => observation.sentinel));
      facts.promise(
        sentinels.size + 1 >= directives.quorum,
        () =>
          `${by.host.name} opened epoch ${election.epoch}, and besides it ${[...sentinels].join() || 'nobody'} told S_DOWN`,
      );
    },
  };
};
