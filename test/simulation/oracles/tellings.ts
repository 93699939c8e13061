/** I5: a switch is in the table before anybody is told of it, in a log or as the answer to a client. */
import { nodeId } from '../../../src/core/model.ts';
import type { OracleOf } from './oracle.ts';

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
