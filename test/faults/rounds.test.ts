/** A few rounds, for every run of the tests; `npm run faults` plays as many as it is asked for. */
import { describe, expect, it } from 'vitest';
import { ensureDynamoDbLocal } from '../../scripts/dynamodb-local.mjs';
import { DIRECTIVES } from './directives.ts';
import { startOurs } from './ours-start.ts';
import { startPeer } from './peer-start.ts';
import { drawPlan, type Plan, sparedZone, tellPlan } from './plan.ts';
import { playRounds, type Run, tellFailure } from './rounds.ts';
import type { Subject } from './subject.ts';

/** What heals late on a busy machine heals; how fast it is, the long run tells. */
const HEAL_MS = 90_000;
const TEST_MS = 300_000;
const seed = Date.now() % 1_000_000;

async function play(start: () => Promise<Subject>, plans: readonly Plan[]): Promise<Run> {
  const onRound = (title: string, plan: Plan) => process.stdout.write(`${title}, ${tellPlan(plan)}\n`);
  return playRounds({ start, plans, healMs: HEAL_MS, onRound });
}

function expectNothingBroken(
  { failures, results, leftBehind }: Run,
  rounds: number,
  table = 'dynalite',
): void {
  const replay = (round: number) =>
    `npm run faults -- --seed ${seed} --from ${round} --rounds 1 --table ${table}`;
  expect(failures.map((failure) => tellFailure(failure, replay(failure.plan.round)))).toEqual([]);
  expect(results).toHaveLength(rounds);
  expect(leftBehind).toEqual([]);
}

describe(`rounds of faults drawn from the seed ${seed}`, () => {
  const ours = { directives: DIRECTIVES, pulseMs: 1000, spared: sparedZone(seed) };

  it('break no promise on the embedded table', { timeout: TEST_MS }, async () => {
    const plans = [1, 2].map((round) => drawPlan(seed, round));
    expectNothingBroken(await play(() => startOurs(ours), plans), plans.length);
  });

  const found = ensureDynamoDbLocal();
  const required = process.env['LAMBDA_SENTINEL_REQUIRE_ALL'] === '1';
  if ('missing' in found && !required)
    console.warn(`SKIPPED: rounds of faults on DynamoDB Local: ${found.missing}`);
  it.skipIf('missing' in found && !required)('nor on DynamoDB Local', { timeout: TEST_MS }, async () => {
    if (!('dir' in found)) expect.fail(`DynamoDB Local is required and missing: ${found.missing}`);
    const start = () => startOurs({ ...ours, dynamoDbLocal: found.dir });
    expectNothingBroken(await play(start, [drawPlan(seed, 3)]), 1, 'dynamodb-local');
  });

  it('fail when a failover was due and the sentinels did not make it', { timeout: TEST_MS }, async () => {
    const killed: Plan = {
      round: 1,
      faults: [{ afterMs: 0, fault: { kind: 'node killed', node: 'the master' } }],
      liftedAfterMs: 5000,
    };
    const neverAgreed = { ...ours, directives: { ...DIRECTIVES, quorum: 4 } };
    const { failures, results } = await play(() => startOurs(neverAgreed), [killed]);
    const why = expect.stringMatching(/^a failover was due and did not come: [^;]+$/);
    expect(failures).toMatchObject([{ plan: killed, why }]);
    expect(results).toMatchObject([{ failovers: 0, missed: true }]);
  });

  it('are played by redis-sentinel too, for the comparison', { timeout: TEST_MS }, async () => {
    const asked: Plan = {
      round: 1,
      faults: [
        { afterMs: 0, fault: { kind: 'no wakes' } },
        { afterMs: 200, fault: { kind: 'asked', how: 'forced' } },
      ],
      liftedAfterMs: 4000,
    };
    const run = await play(() => startPeer(DIRECTIVES), [asked]);
    expectNothingBroken(run, 1);
    expect(run.results[0]).toMatchObject({ failovers: 1, notHere: ['no wakes'] });
  });
});
