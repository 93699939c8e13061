/** Events are numbered without a gap, never changed, and come in an order that Sentinel's have. */
import type { RecordedEvent } from '../../../src/core/model.ts';
import type { OracleOf } from './oracle.ts';

/** What must have been told since the last `+try-failover` before each of these. */
const AFTER: Readonly<Record<string, readonly string[]>> = {
  '+elected-leader': ['+try-failover'],
  '+failover-state-select-slave': ['+elected-leader'],
  '+selected-slave': ['+elected-leader'],
  '+failover-state-send-slaveof-noone': ['+selected-slave'],
  '+failover-state-wait-promotion': ['+failover-state-send-slaveof-noone'],
  '+promoted-slave': ['+failover-state-wait-promotion'],
  '+failover-state-reconf-slaves': ['+promoted-slave'],
};

export const eventsInOrder: OracleOf = (facts) => {
  const all: RecordedEvent[] = [];
  return {
    stateWritten({ before, after }) {
      const first = after.lastSeq - after.events.length + 1;
      const numbered = after.events.every(({ seq }, i) => seq === first + i);
      facts.promise(
        numbered,
        () => `events ${after.events.map(({ seq }) => seq).join()} up to ${after.lastSeq}`,
      );
      const news = after.events.filter(({ seq }) => seq > (before?.lastSeq ?? 0));
      facts.promise(
        news.length === after.lastSeq - (before?.lastSeq ?? 0),
        () => `${news.length} events, ${after.lastSeq} after ${before?.lastSeq}`,
      );
      for (const event of after.events) {
        const known = all[event.seq - 1];
        const same = known === undefined || (known.type === event.type && known.payload === event.payload);
        facts.promise(same, () => `event ${event.seq} was ${known?.type}, and is ${event.type}`);
      }
      for (const event of news) {
        all[event.seq - 1] = event;
        for (const type of AFTER[event.type] ?? []) {
          const begun = all.findLastIndex((one) => one?.type === '+try-failover' && one.seq <= event.seq);
          const told = all.slice(Math.max(0, begun)).some((one) => one?.type === type);
          const earlier = all.some((one) => one?.type === type); // what a leader before had told stands, when it is resumed
          facts.promise(told || earlier, () => `${event.type} without ${type}`);
        }
        if (event.type !== '+switch-master') continue;
        const beside = news.some(({ type }) => type === '+promoted-slave' || type === '+config-update');
        facts.promise(beside, () => `+switch-master ${event.payload} without a promotion`);
      }
    },
  };
};
