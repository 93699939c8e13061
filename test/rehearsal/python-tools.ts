/** Tests that need cfn-lint or moto: skipped where these are not installed, and failed where nothing may be skipped. */
import { describe, expect, test } from 'vitest';
import { ensurePythonTools, findPythonTools } from '../../scripts/python-tools.mjs';

/** A loaded machine takes minutes for what takes seconds. */
export const PATIENCE_MS = 240_000;

/** @param define - is given the interpreter that has the modules `cfnlint` and `moto` */
export function withPythonTools(subject: string, define: (python: string) => void): void {
  const required = process.env['LAMBDA_SENTINEL_REQUIRE_ALL'] === '1';
  const found = required ? ensurePythonTools() : findPythonTools();
  if ('python' in found) {
    describe(subject, { timeout: PATIENCE_MS }, () => define(found.python));
    return;
  }
  if (!required) console.warn(`SKIPPED: ${subject}: ${found.missing}`);
  describe(subject, () => {
    test.skipIf(!required)('is rehearsed', () => {
      expect.fail(`cfn-lint and moto are required and missing: ${found.missing}`);
    });
  });
}
