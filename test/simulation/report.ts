/** What a run of many worlds came to, and a failure made small enough to be read. */
import type { Simulators } from './fleet-of-workers.ts';
import type { Measures } from './world/meter.ts';
import type { Outcome } from './world/world.ts';

export type Totals = Record<keyof Measures, number>;

export function add(totals: Partial<Totals>, measures: Measures): void {
  for (const [what, much] of Object.entries(measures)) {
    const key = what as keyof Measures;
    totals[key] = (totals[key] ?? 0) + much;
  }
}

export function describe(totals: Partial<Totals>, worlds: number): string {
  const { failovers = 0, automatic, forced, coordinated, resumed, aborted, repairs } = totals;
  const { begun, vetoed, cooledDown, heldBack, unequal, writesLost, dataLost, struck } = totals;
  const { acknowledged = 0, lost = 0, acknowledgedGuarded = 0, lostGuarded = 0 } = totals;
  const { twoMastersMs = 0, healedMs = 0, virtualMs = 0 } = totals;
  return [
    `${failovers} switches (${automatic} automatic, ${forced} forced, ${coordinated} coordinated), ${resumed} resumed, ${aborted} aborted, ${repairs} repairs`,
    `${begun} elections begun; held back ${vetoed} times by replicas, ${cooledDown} by a cool-down, ${heldBack} by an operator`,
    `${unequal} hand-overs not equal in time, ${writesLost} that lost writes; data lost ${dataLost} times; ${struck} faults struck at a step`,
    `${acknowledged - acknowledgedGuarded} writes acknowledged, ${lost - lostGuarded} of them lost; with min-replicas-to-write ${acknowledgedGuarded}, ${lostGuarded} lost`,
    `two masters for ${Math.round(twoMastersMs / worlds)} ms a world`,
    `in order ${Math.round(healedMs / worlds)} ms after the last fault; ${(virtualMs / 3_600_000).toFixed(1)} hours lived`,
  ].join('\n');
}

/** That world once more, smaller and with all that happened in it, and how to have it again. */
export async function explain(simulators: Simulators, failure: Outcome): Promise<string> {
  const { seed, storm } = failure;
  const without = await shrink(simulators, failure);
  return describeFailure(await simulators.one({ seeds: [seed], storm, without, traced: true }), without);
}

/** Leaves out one fault after the other as long as a promise still breaks. */
async function shrink(simulators: Simulators, { seed, storm, plan }: Outcome): Promise<readonly number[]> {
  let without: readonly number[] = [];
  for (let i = 0; i < plan.length; i++) {
    const fewer = [...without, i];
    const { broken } = await simulators.one({ seeds: [seed], storm, without: fewer });
    if (broken.length > 0) without = fewer;
  }
  return without;
}

const TRACE_SHOWN = 80;

function describeFailure({ seed, storm, broken, plan, trace }: Outcome, without: readonly number[]): string {
  const left = plan.filter((_, i) => !without.includes(i));
  const command = `npm run simulate -- --seed ${seed}${storm ? ' --storm' : ''}${without.length > 0 ? ` --without ${without.join()}` : ''}`;
  return [
    `seed ${seed} breaks a promise:`,
    ...broken.map((line) => `  ${line}`),
    'what befell the world:',
    ...left.map((line) => `  ${line}`),
    'the last that happened:',
    ...trace.slice(-TRACE_SHOWN).map((line) => `  ${line}`),
    `again: ${command}`,
  ].join('\n');
}
