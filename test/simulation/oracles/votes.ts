/** One vote per epoch and sentinel, cast by that sentinel, for the candidate of the open epoch. */
import type { OracleOf } from './oracle.ts';

export const oneVoteAnEpoch: OracleOf = (facts) => ({
  voteCast(before, vote, by) {
    const what = `the vote of ${vote.sentinel} in epoch ${vote.epoch}`;
    facts.promise(before === undefined, () => `${what} was cast twice`);
    facts.promise(by?.host.zone === vote.sentinel, () => `${what} was cast by ${by?.host.name}`);
    facts.promise(by?.incarnation !== undefined, () => `${what} was cast by a pulse`);
  },
});
