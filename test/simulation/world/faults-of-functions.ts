/** What befalls the functions, their clocks and their schedules. */
import type { SentinelId } from '../../../src/core/model.ts';
import type { Known } from './facts.ts';
import { type Draw, FAULTS_FROM_MS, type Fault, named, none } from './fault.ts';
import type { Fleet } from './fleet.ts';
import type { Way } from './network.ts';
import type { Random } from './random.ts';

/** The head of the election or failover. */
export const head: Draw = (random) => {
  const how = random.pick(['killed', 'frozen', 'frozen'] as const);
  return {
    what: `whoever leads is ${how}`,
    armed: 0.7,
    begin({ facts, fleet }) {
      const struck = facts.head();
      if (!struck || struck.host.frozen) return none;
      if (how === 'killed') struck.host.kill();
      else struck.host.freeze(true);
      return () => {
        if (how === 'frozen' && isBusy(fleet, struck)) struck.host.thaw();
      };
    },
  };
};

export const freeze: Draw = (random, { zones }) => {
  const zone = random.pick(zones);
  const how = random.pick(['frozen', 'frozen', 'killed'] as const);
  return {
    what: `the processes of ${zone} at work are ${how}`,
    begin({ fleet }) {
      const struck = fleet.processes.filter(({ host, busy }) => busy && host.zone === zone && !host.frozen);
      for (const { host } of struck) {
        if (how === 'killed') host.kill();
        else host.freeze(true);
      }
      return () => {
        for (const process of struck) if (process.busy && how === 'frozen') process.host.thaw();
      };
    },
  };
};

export const calls: Draw = (random) => {
  const [lost, doubled] = [random.pick([0, 0.3, 0.8]), random.pick([0, 0.5])];
  return {
    what: `calls of functions: ${lost} lost, ${doubled} doubled`,
    begin({ fleet }) {
      Object.assign(fleet.trouble, { lost, doubled });
      return () => Object.assign(fleet.trouble, { lost: 0, doubled: 0 });
    },
  };
};

export const clock: Draw = (random, { zones }) => {
  const zone = random.pick(zones);
  const ms = random.pick([-1, 1]) * random.pick([400, 1500, 4000, 20_000]);
  return {
    what: `the clock of ${zone} is ${ms} ms off`,
    begin({ fleet }) {
      fleet.setSkew(zone, ms);
      return () => fleet.setSkew(zone, 0);
    },
  };
};

/** For longer than a report is fresh, whoever read it first. */
const MUTED_MS = 10_000;
const CUT_OFF_MS = 4000;

/**
 * One zone loses the master from sight, tells so, and is heard of no more. When its word is long stale, another begins
 * anew and loses sight of the master too: neither has anybody beside it.
 */
export function muted(random: Random, zones: readonly SentinelId[]): Fault {
  const teller = random.pick(zones);
  const newcomer = random.pick(zones.filter((zone) => zone !== teller));
  return {
    at: FAULTS_FROM_MS,
    forMs: MUTED_MS + 2 * CUT_OFF_MS,
    what: `${teller} does not reach the master, tells so and is gone; ${MUTED_MS} ms later ${newcomer}, begun anew, does not either`,
    begin(reach) {
      const { cluster, facts, fleet } = reach;
      const cut: Way[] = [];
      const cutOff = (zone: SentinelId) => {
        const master = named(reach);
        if (!master) return;
        const way = cluster.network.way(zone, master.id);
        way.set('silent');
        cut.push(way);
      };
      const mend = () => {
        for (const way of cut.splice(0)) way.set('open');
      };
      cutOff(teller);
      facts.timeline.after(CUT_OFF_MS, () => {
        fleet.muted.add(teller);
        fleet.end(teller);
        mend();
      });
      facts.timeline.after(CUT_OFF_MS + MUTED_MS, () => {
        fleet.end(newcomer);
        cutOff(newcomer);
      });
      return () => {
        fleet.muted.delete(teller);
        mend();
      };
    },
  };
}

function isBusy(fleet: Fleet, { host }: Known): boolean {
  return fleet.processes.some((process) => process.host === host && process.busy);
}
