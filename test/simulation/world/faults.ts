/** What befalls one world: drawn from its seed, each at a time or at a step of a failover. */
import type { MasterState } from '../../../src/core/model.ts';
import { type Draw, type Drawn, type Fault, none, type Setting } from './fault.ts';
import { calls, clock, fidget, freeze, head, operator } from './faults-of-functions.ts';
import { ail, chosen, kill, lag, meddle, stop, stranger } from './faults-of-nodes.ts';
import { partition, table, way } from './faults-of-ways.ts';
import type { Random } from './random.ts';

const STEPS = ['election', 'selecting', 'handing over', 'promoting', 'reconfiguring'] as const;

function stepOf({ election, failover }: MasterState): string | undefined {
  return election ? 'election' : failover?.step;
}

const DRAWS: readonly (readonly [weight: number, Draw])[] = [
  [5, kill],
  [4, stop],
  [2, ail],
  [2, lag],
  [5, way],
  [2, partition],
  [4, table],
  [5, head],
  [2, chosen],
  [5, freeze],
  [2, calls],
  [2, clock],
  [2, meddle],
  [1, stranger],
  [5, operator],
  [2, fidget],
];
const LOTS = DRAWS.flatMap(([weight, draw]) => Array<Draw>(weight).fill(draw));

/** The faults of one world, soonest first. */
export function drawFaults(random: Random, setting: Setting, from: number, until: number): Fault[] {
  const faults: Fault[] = [];
  const count = random.between(1, 6);
  if (random.chance(0.6)) {
    const first = random.pick([kill, kill, stop])(random, setting);
    faults.push({ at: from, forMs: random.between(500, until - from), ...first });
  }
  for (let i = 0; i < count; i++) {
    const draw = random.pick(LOTS);
    const at = random.between(from, until - 500);
    const drawn = draw(random, setting);
    const fault = random.chance(drawn.armed ?? 0.25) ? armed(drawn, random.pick(STEPS)) : drawn;
    faults.push({ at, forMs: random.between(100, until - at), ...fault });
  }
  return faults.sort((a, b) => a.at - b.at);
}

/** It strikes at the moment at which a failover takes that step, if one does in its time. */
function armed({ what, begin }: Drawn, step: (typeof STEPS)[number]): Drawn {
  return {
    what: `${what}, when "${step}" is written`,
    begin(reach) {
      let lift = none;
      const unwatch = reach.whenState(
        (state) => stepOf(state) === step,
        () => {
          unwatch();
          lift = begin(reach);
        },
      );
      return () => {
        unwatch();
        lift();
      };
    },
  };
}
