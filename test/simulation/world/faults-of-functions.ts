/** What befalls the functions, their clocks and their schedules. */
import type { Known } from './facts.ts';
import { type Draw, none } from './fault.ts';
import type { Fleet } from './fleet.ts';

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

function isBusy(fleet: Fleet, { host }: Known): boolean {
  return fleet.processes.some((process) => process.host === host && process.busy);
}
