import { globSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { CASES, casesOf, holds, type Kind } from './cases.ts';

const KINDS = Object.keys(CASES) as Kind[];
const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
const ALL = { LAMBDA_SENTINEL_REQUIRE_ALL: '1' };

afterEach(() => fc.resetConfigureGlobal());

test('where nothing may be left out, at least 100,000 cases are run', () => {
  expect(sum(KINDS.map((kind) => casesOf(kind, ALL)))).toBeGreaterThanOrEqual(100_000);
});

test('elsewhere a share of every kind is run', () => {
  for (const kind of KINDS) {
    expect(casesOf(kind, {})).toBeGreaterThanOrEqual(CASES[kind] / 10);
    expect(casesOf(kind, {})).toBeLessThan(CASES[kind]);
  }
});

test('the check of the whole is one where nothing may be left out', () => {
  expect(readFileSync('.ci/run', 'utf8')).toMatch(/^export LAMBDA_SENTINEL_REQUIRE_ALL=1$/m);
});

test('every kind is run by exactly one test, and none of them is told to run fewer', () => {
  const sources = globSync('test/fuzz/*.test.ts')
    .filter((file) => !file.endsWith('cases.test.ts'))
    .map((file) => readFileSync(file, 'utf8'));
  const run = sources.flatMap((text) => [...text.matchAll(/\bholds\(\s*'([^']+)'/g)].map(([, kind]) => kind));
  expect(run.sort()).toEqual([...KINDS].sort());
  for (const text of sources) expect(text).not.toMatch(/numRuns|fc\.assert|\.skip|\.only|fc\.pre\b/);
});

test('a time limit that cuts a run short makes it fail', async () => {
  fc.configureGlobal({ interruptAfterTimeLimit: 50 });
  await expect(holds('globs', fc.nat(), () => wait(5))).rejects.toThrow(/^globs: \d+ of \d+ cases were run$/);
});

test('a case that fails makes the run fail', async () => {
  const failing = holds('globs', fc.nat(), (n) => expect(n).toBeLessThan(5));
  await expect(failing).rejects.toThrow(/seed/);
});
