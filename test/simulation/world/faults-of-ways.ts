/** What befalls the ways between zones and nodes, and those to the table. */
import type { Draw } from './fault.ts';
import type { Passage } from './network.ts';
import { CUT_OFF, NO_TROUBLE, type TableTrouble } from './store.ts';

export const way: Draw = (random, { nodes, zones }) => {
  const from = random.chance(0.3) ? zones : [random.pick(zones)];
  const to = random.chance(0.4) ? nodes : [random.pick(nodes)];
  const passage = random.pick<Passage>(['refused', 'silent', 'silent', 'deaf', 'open']);
  const delayMs = passage === 'open' ? random.between(50, 2500) : 0;
  return {
    what: `${from.join()} → ${to.join()}: ${passage === 'open' ? `up to ${delayMs} ms late` : passage}`,
    begin({ cluster }) {
      const ways = from.flatMap((zone) => to.map((node) => cluster.network.way(zone, node)));
      for (const one of ways) one.set(passage, delayMs);
      return () => {
        for (const one of ways) one.set('open');
      };
    },
  };
};

export const partition: Draw = (random, { nodes }) => {
  const [a, b] = [random.pick(nodes), random.pick(nodes)];
  return {
    what: `${a} and ${b} do not reach each other`,
    begin({ cluster }) {
      cluster.network.way(a, b).set('silent');
      return () => cluster.network.way(a, b).set('open');
    },
  };
};

export const table: Draw = (random, { zones }) => {
  const whom = random.chance(0.25) ? zones : [random.pick(zones)];
  const trouble = random.pick<TableTrouble>([
    CUT_OFF,
    { ...NO_TROUBLE, throttled: 0.7 },
    { ...NO_TROUBLE, lostAfter: 0.5 },
    { ...NO_TROUBLE, late: 0.4, lostBefore: 0.1 },
    { ...NO_TROUBLE, slowMs: 400 },
  ]);
  const words = Object.entries(trouble).filter(([, much]) => much > 0);
  return {
    what: `the table for ${whom.join()}: ${words.map(([kind, much]) => `${kind} ${much}`).join(', ')}`,
    begin({ tables }) {
      for (const zone of whom) tables.set(zone, trouble);
      return () => {
        for (const zone of whom) tables.delete(zone);
      };
    },
  };
};
