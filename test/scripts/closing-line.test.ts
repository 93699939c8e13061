import { expect, test } from 'vitest';

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
  readonly ok: boolean;
}

interface ClosingLine {
  outcomeOf(run: { status: number; report: unknown }, failedSteps: readonly string[]): Outcome;
  closingLine(outcome: Outcome): string;
}

// Plain JavaScript without types: it runs before TypeScript is installed.
const path = new URL('../../scripts/closing-line.mjs', import.meta.url).href;
const { outcomeOf, closingLine } = (await import(path)) as ClosingLine;

const passedFile = { name: 'a.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] };
const failedFile = { name: 'b.test.ts', status: 'failed', assertionResults: [{ status: 'failed' }] };
const brokenFile = {
  name: 'c.test.ts',
  status: 'failed',
  message: 'cannot find x\nat c',
  assertionResults: [],
};

function report(counts: object, ...testResults: object[]): object {
  return {
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    ...counts,
    testResults,
  };
}

test.each([
  ['everything passes', 0, report({ numPassedTests: 12 }, passedFile), [], '12 passed, 0 failed', true],
  [
    'some are skipped',
    0,
    report({ numPassedTests: 2, numPendingTests: 2, numTodoTests: 1 }, passedFile),
    [],
    '2 passed, 0 failed, 3 skipped',
    true,
  ],
  [
    'a test fails',
    1,
    report({ numPassedTests: 2, numFailedTests: 1 }, passedFile, failedFile),
    [],
    '2 passed, 1 failed',
    false,
  ],
  [
    'a file cannot be imported',
    1,
    report({ numPassedTests: 2 }, passedFile, brokenFile),
    [],
    '2 passed, 1 failed',
    false,
  ],
  [
    'the run fails and no test does',
    1,
    report({ numPassedTests: 2 }, passedFile),
    [],
    '2 passed, 1 failed',
    false,
  ],
  [
    'the types do not fit',
    0,
    report({ numPassedTests: 2 }, passedFile),
    ['typecheck'],
    '2 passed, 1 failed',
    false,
  ],
  ['no test ran', 0, report({}), [], '0 passed, 1 failed', false],
  ['every test was skipped', 0, report({ numPendingTests: 4 }), [], '0 passed, 1 failed, 4 skipped', false],
  ['vitest left no report', 1, undefined, [], '0 passed, 1 failed', false],
])('when %s the closing line says so', (_what, status, found, failedSteps, line, ok) => {
  const outcome = outcomeOf({ status, report: found }, failedSteps);
  expect(closingLine(outcome)).toBe(line);
  expect(outcome.ok).toBe(ok);
  expect(outcome.failures.length === 0).toBe(ok);
});

test('a file that cannot be imported is named with the reason', () => {
  const outcome = outcomeOf({ status: 1, report: report({}, brokenFile) }, []);
  expect(outcome.failures).toEqual(['c.test.ts: cannot find x']);
});
