/**
 * `npm run faults -- --rounds N [--seed S] [--from R] [--table dynalite|dynamodb-local] [--peer] [--log FILE]`: rounds of
 * random faults on real processes; with `--peer` the same rounds on three redis-sentinel processes too, side by side. The
 * file gets the events and the log of every round, not only of one that failed.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ensureDynamoDbLocal } from '../../scripts/dynamodb-local.mjs';
import { DIRECTIVES } from './directives.ts';
import { startOurs } from './ours-start.ts';
import { startPeer } from './peer-start.ts';
import { drawPlan, type Plan, sparedZone, tellPlan } from './plan.ts';
import { report, reportCompared } from './report.ts';
import type { RoundResult } from './round.ts';
import { playRounds, type Run, type RunOptions, tellFailure } from './rounds.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    from: { type: 'string', default: '1' },
    table: { type: 'string', default: 'dynalite' },
    peer: { type: 'boolean', default: false },
    log: { type: 'string' },
  },
});
const rounds = wholeNumber('rounds');
const seed = wholeNumber('seed');
const from = wholeNumber('from');
const HEAL_MS = 60_000;

const print = (line: string) => process.stdout.write(`${line}\n`);
const plans = Array.from({ length: rounds }, (_, i) => drawPlan(seed, from + i));
const replayOf = (round: number) =>
  `npm run faults -- --seed ${seed} --from ${round} --rounds 1 --table ${values.table}`;
const onRound: RunOptions['onRound'] = (title, plan, result, { events, log }) => {
  if (values.log !== undefined) {
    appendFileSync(values.log, `${[`${title}: ${tellPlan(plan)}`, ...events, ...log].join('\n')}\n`);
  }
  print(
    `${title}: ${'why' in result ? tellFailure(result, replayOf(plan.round)) : tellResult(plan, result)}`,
  );
};

print(`seed ${seed}, rounds ${from} to ${from + rounds - 1}, table ${values.table}`);
const runs: Run[] = [];
const dynamoDbLocal = folderOf(values.table);
const ours = {
  directives: DIRECTIVES,
  pulseMs: 1000,
  spared: sparedZone(seed),
  ...(dynamoDbLocal !== undefined && { dynamoDbLocal }),
};
runs.push(await playRounds({ start: () => startOurs(ours), plans, healMs: HEAL_MS, onRound }));
if (values.peer) {
  runs.push(await playRounds({ start: () => startPeer(DIRECTIVES), plans, healMs: HEAL_MS, onRound }));
}
const [own, peer] = runs;
if (own) print(report([own]));
if (own && peer)
  print(
    reportCompared(
      [own, peer],
      plans.map(({ round }) => round),
    ),
  );
const traces = [
  ...(own?.leftBehind ?? []).map((left) => `left behind: ${left}`),
  ...(own?.footprint.grown ?? []),
];
for (const trace of traces) print(trace);
const failed = (own?.failures.length ?? 0) + (traces.length > 0 ? 1 : 0);
print(`${rounds - (own?.failures.length ?? 0)} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function wholeNumber(name: 'rounds' | 'seed' | 'from'): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new Error(`--${name} is a whole number, not ${values[name]}`);
}

function tellResult(plan: Plan, result: RoundResult): string {
  const { failovers, missed, healedAfterMs, withoutMasterMs, twoMastersMs, lost } = result;
  return (
    `${tellPlan(plan)}\n  failovers ${failovers}${missed ? ' (ONE WAS DUE)' : ''}, without a master ${withoutMasterMs} ms, two ${twoMastersMs} ms, ` +
    `lost ${lost}, all well after ${healedAfterMs} ms`
  );
}

/** @returns the folder of DynamoDB Local when that is the table */
function folderOf(table: string): string | undefined {
  if (table === 'dynalite') return undefined;
  if (table !== 'dynamodb-local') throw new Error(`--table is dynalite or dynamodb-local, not ${table}`);
  const found = ensureDynamoDbLocal();
  if ('dir' in found) return found.dir;
  throw new Error(`DynamoDB Local is missing: ${found.missing}`);
}
