/**
 * `npm run simulate -- [--seeds 1000] [--base N] [--minutes M] [--failures 3] [--storm]`: so many worlds, each from a seed
 * of its own, until so many have broken a promise; every one in a storm of faults, or only some.
 * `npm run simulate -- --seed N [--storm] [--without 1,3]`: one world, and everything that happened in it.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startSimulators } from './fleet-of-workers.ts';
import { add, describe, explain, type Totals } from './report.ts';
import type { Outcome } from './world/world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    base: { type: 'string' },
    seed: { type: 'string' },
    without: { type: 'string', default: '' },
    minutes: { type: 'string' },
    failures: { type: 'string', default: '3' },
    storm: { type: 'boolean', default: false },
  },
});
const { storm } = values;
const FAILURES_SHOWN = 3;

const simulators = await startSimulators();
try {
  process.exitCode = values.seed === undefined ? await many() : await one(whole('seed', values.seed));
} finally {
  await simulators.end();
}

async function one(seed: number): Promise<number> {
  const without = values.without === '' ? [] : values.without.split(',').map((i) => whole('without', i));
  const outcome = await simulators.one({ seeds: [seed], storm, without, traced: true });
  console.log(outcome.trace.join('\n'));
  console.log(`\n${outcome.plan.filter((_, i) => !without.includes(i)).join('\n')}\n`);
  console.log(outcome.broken.length > 0 ? outcome.broken.join('\n') : 'every promise is kept');
  return outcome.broken.length > 0 ? 1 : 0;
}

async function many(): Promise<number> {
  const base = values.base === undefined ? randomInt(2 ** 40) : whole('base', values.base);
  const endless = values.minutes !== undefined;
  const count = endless ? Number.MAX_SAFE_INTEGER - base : whole('seeds', values.seeds);
  const endsAt = endless ? performance.now() + Number(values.minutes) * 60_000 : Number.POSITIVE_INFINITY;
  console.log(`seeds from ${base}`);
  const failuresMax = whole('failures', values.failures);
  const totals: Partial<Totals> = {};
  const failures: Outcome[] = [];
  let worlds = 0;
  const startedAt = performance.now();
  let saidAt = startedAt;
  const told = (outcome: Outcome) => {
    worlds += 1;
    add(totals, outcome.measures);
    if (outcome.broken.length > 0) {
      failures.push(outcome);
      console.log(`seed ${outcome.seed}: ${outcome.broken[0]}`); // at once: the run may take hours yet
    }
    if (performance.now() - saidAt < 10_000) return;
    saidAt = performance.now();
    console.log(`${worlds} worlds, ${failures.length} failed, ${seconds()} s`);
  };
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
  await simulators.run(
    { from: base, count, storm },
    told,
    () => failures.length >= failuresMax || performance.now() > endsAt,
  );
  for (const failure of failures.slice(0, FAILURES_SHOWN)) console.log(await explain(simulators, failure));
  console.log(`${worlds} worlds in ${seconds()} s\n${describe(totals, worlds)}`);
  console.log(`${worlds - failures.length} passed, ${failures.length} failed`);
  return failures.length > 0 ? 1 : 0;
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`--${name} is ${text}: a whole number, 0 or more, is wanted`);
  process.exit(2);
}
