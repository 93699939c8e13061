/**
 * I9: a process that stood still for long, or whose clock jumped, tells and opens nothing from what it saw before; and one
 * that knows its clock to be more than two seconds from the table's tells and opens nothing at all.
 */
import type { Known } from '../world/facts.ts';
import type { OracleOf } from './oracle.ts';

/** TILT begins at 2 s, beyond the half second in which a process comes by. */
const STALL_MS = 2600;
const SKEW_MS_MAX = 2000;

export const nothingFromBeforeAStall: OracleOf = (facts) => {
  const lookedSince = (by: Known, since: number, what: string) => {
    const looked = [...by.looks.values()].some(({ askedAt }) => askedAt >= since);
    facts.promise(looked, () => `${by.host.name} ${what}`);
  };
  const watched = (by: Known | undefined, sentAt: number, what: string) => {
    if (!by || by.incarnations.length === 0) return;
    const { frozenForMs, thawedAt, jumpedAt } = by.host;
    const stood = `stood still for ${Math.round(frozenForMs)} ms`;
    if (frozenForMs >= STALL_MS && sentAt >= thawedAt)
      lookedSince(by, thawedAt, `${what} from before it ${stood}`);
    if (sentAt > jumpedAt) lookedSince(by, jumpedAt, `${what} from before its clock jumped`);
  };
  const trusted = (by: Known | undefined, sentAt: number, what: string) => {
    const skewMs = by?.store.skewMs() ?? 0;
    const known = by !== undefined && sentAt > by.store.skewKnownAt;
    facts.promise(
      !known || Math.abs(skewMs) <= SKEW_MS_MAX,
      () => `${by?.host.name} ${what}, and knows its clock to be ${skewMs} ms off`,
    );
  };
  return {
    stateWritten({ before, after, by, sentAt }) {
      if (!after.election || before?.election) return;
      watched(by, sentAt, `opened epoch ${after.election.epoch}`);
      trusted(by, sentAt, `opened epoch ${after.election.epoch}`);
    },
    observationWritten({ subjectivelyDown, tilt }, by, sentAt) {
      if (tilt !== undefined) return;
      trusted(by, sentAt, 'told what it saw');
      if (subjectivelyDown) watched(by, sentAt, 'told S_DOWN');
    },
  };
};
