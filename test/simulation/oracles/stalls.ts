/** I9: a process that stood still for long tells and opens nothing from what it saw before. */
import type { Facts, Known } from '../world/facts.ts';
import type { OracleOf } from './oracle.ts';

function lookedSinceItThawed(facts: Facts, by: Known | undefined, sentAt: number, what: () => string): void {
  if (!by || by.incarnation === undefined) return;
  const { host, looks } = by;
  if (host.frozenForMs < STALL_MS || sentAt < host.thawedAt) return;
  const looked = [...looks.values()].some(({ askedAt }) => askedAt >= host.thawedAt);
  facts.promise(
    looked,
    () => `${host.name} ${what()} from before it stood still for ${Math.round(host.frozenForMs)} ms`,
  );
}

/** TILT begins at 2 s, beyond the half second in which a process comes by. */
const STALL_MS = 2600;

export const nothingFromBeforeAStall: OracleOf = (facts) => ({
  stateWritten({ before, after, by, sentAt }) {
    if (after.election && !before?.election)
      lookedSinceItThawed(facts, by, sentAt, () => `opened epoch ${after.election?.epoch}`);
  },
  observationWritten(observation, by, sentAt) {
    if (observation.subjectivelyDown && observation.tilt === undefined)
      lookedSinceItThawed(facts, by, sentAt, () => 'told S_DOWN');
  },
});
