/** Counts a test run so that nothing which went wrong can hide: `12 passed, 0 failed, 3 skipped`. */

/**
 * @param run `status` is vitest's exit status, `report` what its JSON reporter wrote, undefined if it wrote nothing
 * @param failedSteps the steps beside the tests that failed; each counts as one failure
 */
export function outcomeOf({ status, report }, failedSteps) {
  const failures = [...failedSteps];
  const passed = report?.numPassedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const failedTests = report?.numFailedTests ?? 0;
  if (failedTests > 0) failures.push(`${failedTests} of ${passed + failedTests} tests`);

  const brokenFiles = (report?.testResults ?? []).filter(brokeOutsideItsTests);
  for (const { name, message } of brokenFiles) failures.push(`${name}: ${firstLine(message)}`);

  // An unhandled rejection or a crash of vitest itself fails the run and no test.
  const brokenRun =
    failedTests === 0 && brokenFiles.length === 0 ? describeBrokenRun(status, passed) : undefined;
  if (brokenRun !== undefined) failures.push(brokenRun);

  const failed = failedSteps.length + failedTests + brokenFiles.length + (brokenRun === undefined ? 0 : 1);
  return { passed, failed, skipped, failures, ok: failed === 0 };
}

export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** A file that cannot be imported, or whose hook throws, is failed without a failed test in it. */
function brokeOutsideItsTests({ status, assertionResults }) {
  return status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
}

function describeBrokenRun(status, passed) {
  if (status !== 0) return `vitest ended with status ${status}`;
  return passed === 0 ? 'no test ran' : undefined;
}

function firstLine(text) {
  return (text ?? '').trim().split('\n', 1)[0];
}
