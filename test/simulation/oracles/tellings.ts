/**
 * I5: a switch is in the table before anybody is told of it, in a log or as the answer to a client. And of two words of one
 * process the later bears the higher number, so that one which reaches the table late cannot stand for it.
 */
import { isLater, nodeId, type Observation } from '../../../src/core/model.ts';
import type { Host } from '../world/host.ts';
import type { OracleOf } from './oracle.ts';

export const laterWordsCountHigher: OracleOf = (facts) => {
  const words = new Map<Host, { readonly sentAt: number; readonly observation: Observation }>();
  return {
    observationWritten(observation, by, sentAt) {
      if (!by) return;
      const before = words.get(by.host);
      words.set(by.host, { sentAt, observation });
      const later = before === undefined || isLater(observation, before.observation);
      facts.promise(
        later && sentAt >= (before?.sentAt ?? sentAt),
        () => `a word of ${by.host.name} stands in place of a later one`,
      );
    },
  };
};

export const writtenBeforeItIsTold: OracleOf = (facts) => ({
  told(by, line) {
    if (!line.startsWith('+switch-master ')) return;
    const payload = line.slice('+switch-master '.length);
    const written = facts.states.some(({ state }) =>
      state.events.some((event) => event.type === '+switch-master' && event.payload === payload),
    );
    facts.promise(written, () => `${by.host.name} told "${line}" before it was written`);
  },
  answered(node) {
    const named = facts.states.some(({ state }) => nodeId(state.master.address) === node);
    facts.promise(named, () => `a client was sent to ${node}, which no state named`);
  },
});
