/**
 * Whoever is busy with one master goes on looking at every other: a zone in alert is deaf to the wakes about them, and
 * nobody else of the zone looks meanwhile.
 */
import type { OracleOf } from './oracle.ts';

/** A pulse, and a look's decision that waits for a table which is slow to answer, or gives none. */
const UNWATCHED_MS_MAX = 4000;

export const noMasterIsForgotten: OracleOf = (facts) => ({
  lookedElsewhere({ host, looks, store }) {
    const { stoodSince } = facts;
    if (looks.size === 0 || stoodSince === undefined) return;
    const lastAt = Math.max(...[...looks.values()].map(({ askedAt }) => askedAt));
    // of a master that is monitored anew the table has to tell it first
    const denied = lastAt < stoodSince ? store.namesDeniedAt : stoodSince;
    const since = Math.max(lastAt, host.servesSince, host.thawedAt, stoodSince, denied);
    facts.promise(
      facts.now - since <= UNWATCHED_MS_MAX,
      () =>
        `${host.name} has not looked here for ${Math.round(facts.now - since)} ms, busy with another master`,
    );
  },
});
