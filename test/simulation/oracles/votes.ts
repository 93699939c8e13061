/** One vote per epoch and sentinel, cast by that sentinel, for the candidate of the epoch that is open. */
import { sameIncarnation } from '../../../src/core/model.ts';
import type { OracleOf } from './oracle.ts';

/** From the read that a vote is decided from to the moment at which it is sent. */
const DECIDED_MS_MAX = 3000;

export const oneVoteAnEpoch: OracleOf = (facts) => ({
  voteCast(before, vote, by, sentAt) {
    const what = `the vote of ${vote.sentinel} in epoch ${vote.epoch}`;
    facts.promise(before === undefined, () => `${what} was cast twice`);
    facts.promise(by?.host.zone === vote.sentinel, () => `${what} was cast by ${by?.host.name}`);
    facts.promise(by !== undefined && by.incarnations.length > 0, () => `${what} was cast by a pulse`);
    const { thawedAt = 0, frozenForMs = 0 } = by?.host ?? {};
    const stoodMs = sentAt - thawedAt <= DECIDED_MS_MAX ? frozenForMs : 0; // late is no harm: it counts for nothing
    const open = facts
      .statesSince(sentAt - DECIDED_MS_MAX - stoodMs)
      .find(({ election }) => election?.epoch === vote.epoch);
    facts.promise(open !== undefined, () => `${what} was cast, and that epoch is not open`);
    const candidate = open?.election?.candidate ?? vote.candidate;
    facts.promise(
      sameIncarnation(candidate, vote.candidate),
      () => `${what} is for ${vote.candidate.sentinel}, and ${candidate.sentinel} stands in it`,
    );
  },
});
