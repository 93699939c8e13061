/** I1: at most one leader per epoch, each of them elected by a majority and a quorum, or asked for by an operator. */
import type { Incarnation } from '../../../src/core/model.ts';
import type { OracleOf } from './oracle.ts';

export const oneLeaderAnEpoch: OracleOf = (facts) => {
  const heads = new Map<string, string>();
  const once = (what: string, { sentinel, incarnation }: Incarnation) => {
    const who = `${sentinel}/${incarnation}`;
    const before = heads.get(what);
    facts.promise(before === undefined || before === who, () => `two of one ${what}: ${before} and ${who}`);
    heads.set(what, who);
  };
  return {
    stateWritten({ before, after, votes }) {
      if (after.election) once(`candidate of epoch ${after.election.epoch}`, after.election.candidate);
      const { failover } = after;
      if (!failover) return;
      once(`leader of epoch ${failover.epoch}`, failover.leader);
      if (!before || before.failover?.epoch === failover.epoch) return;
      facts.promise(
        failover.epoch === after.currentEpoch,
        () => `a leader of epoch ${failover.epoch}, which is over`,
      );
      if (!before.failover && failover.kind !== 'automatic') {
        facts.promise(
          before.command !== undefined,
          () => `a ${failover.kind} failover that nobody asked for`,
        );
        return;
      }
      const { sentinel, incarnation } = failover.leader;
      const voted = before.voters.filter((voter) =>
        votes.some(
          (vote) =>
            vote.sentinel === voter &&
            vote.epoch === failover.epoch &&
            vote.candidate.sentinel === sentinel &&
            vote.candidate.incarnation === incarnation,
        ),
      );
      const enough = voted.length * 2 > before.voters.length && voted.length >= before.directives.quorum;
      facts.promise(enough, () => `${sentinel} leads with the votes of ${voted.join() || 'nobody'}`);
    },
  };
};
