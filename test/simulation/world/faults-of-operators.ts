/** What people ask for, and what they ask for at a bad time. */
import { nodeId } from '../../../src/core/model.ts';
import { type Draw, type Drawn, none } from './fault.ts';
import type { Random } from './random.ts';

export const operator: Draw = (random, { nodes }) => {
  const asks = random.pick([
    'coordinated',
    'coordinated',
    'forced',
    'reset',
    'set',
    'pause',
    'remove',
    'monitor',
  ] as const);
  const to = random.chance(0.3) ? random.pick(nodes) : undefined;
  return {
    armed: 0.4,
    what: `an operator: ${asks}${to && (asks === 'coordinated' || asks === 'forced') ? ` to ${to}` : ''}`,
    begin: ({ operators }) => operators.ask(asks, to),
  };
};

/** The best replica, as the leader sees it. */
export function asked(_: Random, asks: 'coordinated' | 'forced'): Drawn {
  return { what: `an operator: ${asks}`, begin: ({ operators }) => operators.ask(asks) };
}

/** Directives that hold failovers back, or choose for them, for a while. */
export const set: Draw = (random, { zones }) => {
  const [name, value, after] = random.pick<readonly [string, unknown, unknown]>([
    ['observe-only', 'yes', 'no'],
    ['prefer-zone', random.pick(zones), ''],
    ['min-replicas-visible', random.between(1, 3), 0],
    ['master-reboot-down-after-period', random.between(100, 1000), 0],
  ]);
  return {
    armed: 0.1,
    what: `an operator: sets ${name} ${value}`,
    begin({ operators }) {
      operators.set({ [name]: value });
      return () => operators.set({ [name]: after });
    },
  };
};

/** A way on which a look is fresh still, and EXEC takes its time. */
const SLOW_MS = 100;

/** A hand-over is asked for while the replicas lag and the ways to the master are slow, or the replicas get nothing. */
export const handOver: Draw = (random, { zones }) => {
  const still = random.chance(0.4);
  const ms = random.between(200, 2500);
  return {
    armed: 0,
    what: `an operator: coordinated, while ${still ? `replication stands still for ${ms} ms` : `every replica lags by up to ${ms} ms`}`,
    begin({ cluster: { network, nodes, replication }, facts, operators }) {
      const { state } = facts;
      if (!state) return none;
      operators.ask('coordinated');
      const master = nodeId(state.master.address);
      if (!still) {
        const slow = zones.map((zone) => network.way(zone, master));
        for (const { id } of nodes) replication.lagMs.set(id, ms);
        for (const way of slow) way.set('open', SLOW_MS);
        return () => {
          replication.lagMs.clear();
          for (const way of slow) way.set('open');
        };
      }
      const ways = nodes.flatMap(({ id }) => (id === master ? [] : [network.way(id, master)]));
      for (const way of ways) way.set('silent');
      facts.timeline.after(ms, () => {
        for (const way of ways) way.set('open');
      });
      return none;
    },
  };
};

export const fidget: Draw = () => ({
  what: 'an operator who changes something every half second, and does not stop',
  begin: ({ operators }) => operators.ask('fidget'),
});
