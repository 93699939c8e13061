/** What befalls one world: drawn from its seed, each at a time or at a step of a failover. */
import type { MasterState } from '../../../src/core/model.ts';
import { type Draw, type Drawn, FAULTS_FROM_MS, type Fault, none, type Setting } from './fault.ts';
import { calls, clock, freeze, head } from './faults-of-functions.ts';
import {
  ail,
  blackout,
  chosen,
  chosenEmptied,
  kill,
  killMaster,
  lag,
  meddle,
  stop,
  stopMaster,
  stranger,
} from './faults-of-nodes.ts';
import { asked, fidget, handOver, operator, set } from './faults-of-operators.ts';
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
  [1, chosenEmptied],
  [1, blackout],
  [5, freeze],
  [2, calls],
  [2, clock],
  [2, meddle],
  [1, stranger],
  [3, operator],
  [2, set],
  [6, handOver],
  [2, fidget],
];
const LOTS = DRAWS.flatMap(([weight, draw]) => Array<Draw>(weight).fill(draw));

/** How many are drawn at random; those that make a failover come about are on top of that. */
export interface Amount {
  readonly atLeast: number;
  readonly atMost: number;
  /** By then the last of them is over. */
  readonly until: number;
}

/** The faults of one world, or of a storm in it. */
export function drawFaults(random: Random, setting: Setting, { atLeast, atMost, until }: Amount): Fault[] {
  const from = FAULTS_FROM_MS;
  const faults: Fault[] = [];
  const count = random.between(atLeast, atMost);
  if (random.chance(0.6)) {
    const first = random.pick([kill, kill, stop])(random, setting);
    faults.push({ at: from, forMs: random.between(500, until - from), ...first });
  }
  for (let i = 0; i < count; i++) {
    const drawn = random.pick(LOTS)(random, setting);
    if (random.chance(drawn.armed ?? 0.25)) {
      const step = random.pick(STEPS);
      const trigger = triggerOf(step, random, setting);
      const at = random.between(from, from + 1500);
      faults.push({ at: from, forMs: until - from, ...armed(drawn, step, random.between(100, 5000)) });
      faults.push({ at, forMs: random.between(500, until - at), ...trigger });
      continue;
    }
    const at = drawn.fromTheStart ? from : random.between(from, until - 500);
    faults.push({ at, forMs: drawn.fromTheStart ? until - at : random.between(100, until - at), ...drawn });
  }
  return faults;
}

/** What makes a failover come to that step: without one most that wait would wait in vain. */
function triggerOf(step: (typeof STEPS)[number], random: Random, setting: Setting): Drawn {
  if (step === 'handing over') return asked(random, 'coordinated');
  if (step !== 'election' && random.chance(0.4)) return asked(random, random.pick(['coordinated', 'forced']));
  return random.pick([killMaster, killMaster, stopMaster])(random, setting);
}

/** It strikes at the moment at which a failover takes that step, if one does, and lasts for so long from there. */
function armed({ what, begin }: Drawn, step: (typeof STEPS)[number], forMs: number): Drawn {
  return {
    what: `${what}, when "${step}" is written, for ${forMs} ms`,
    begin(reach) {
      let lift = none;
      const end = () => {
        lift();
        lift = none;
      };
      const unwatch = reach.whenState(
        (state) => stepOf(state) === step,
        () => {
          unwatch();
          reach.facts.struck += 1;
          lift = begin(reach);
          reach.facts.timeline.after(forMs, end);
        },
      );
      return () => {
        unwatch();
        end();
      };
    },
  };
}
