/**
 * Who says that the master gives no valid reply has had none for as long as the rule asks: in truth, whatever it remembers.
 * A silent node is one that could not be reached, nor was heard however late, for `down-after`; one that refuses, for half
 * a second at least.
 */
import { nodeId } from '../../../src/core/model.ts';
import type { OracleOf } from './oracle.ts';

const REFUSED_MS = 500;
/** What was on its way, and how often the world looks whether a node can be reached. */
const TOLERANCE_MS = 200;

/** @param unreachableMs - for how long a zone could not have had a valid reply of a node, at that moment */
export function downInTruth(unreachableMs: (zone: string, node: string, at: number) => number): OracleOf {
  return (facts) => ({
    observationWritten({ subjectivelyDown, tilt, health, address, events, at }, by, sentAt) {
      if (!subjectivelyDown || tilt !== undefined || !by || (health !== 'silent' && health !== 'refused'))
        return;
      const toldNow = events.some((event) => event.at === at && event.type === '+sdown');
      const node = nodeId(address);
      const seen = by.looks.get(node);
      if (!toldNow || !seen || seen.at > sentAt) return; // one that was long on its way tells of an older look
      const downAfterMs = facts.state?.directives.downAfterMs ?? 0;
      const heardAt = by.heardAt.get(node) ?? Number.NEGATIVE_INFINITY;
      const heardMs = heardAt <= seen.at ? seen.at - heardAt : Number.POSITIVE_INFINITY;
      const forMs = Math.min(heardMs, unreachableMs(by.host.zone, node, seen.at));
      const wantedMs = health === 'silent' ? downAfterMs : Math.min(downAfterMs, REFUSED_MS);
      facts.promise(
        forMs >= wantedMs - TOLERANCE_MS,
        () =>
          `${by.host.name} tells S_DOWN of ${node} (${health}), which had been out of its reach, or unheard, for ${Math.round(forMs)} ms`,
      );
    },
  });
}
