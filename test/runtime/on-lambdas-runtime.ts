/** Tests that need AWS' runtime interface client: skipped with the reason where it is not installed, unless all is asked for. */
import { describe, expect, it } from 'vitest';
import { findRuntimeInterfaceClient } from '../../scripts/runtime-interface-client.mjs';

/** Several waits, none of which takes so long where a machine does not stand still. */
const TIMEOUT_MS = 300_000;

export function onLambdasRuntime(what: string, tests: (entry: string) => void): void {
  const found = findRuntimeInterfaceClient();
  if ('entry' in found) {
    describe(what, { timeout: TIMEOUT_MS }, () => tests(found.entry));
    return;
  }
  const required = process.env['LAMBDA_SENTINEL_REQUIRE_ALL'] === '1';
  if (!required) console.warn(`SKIPPED: ${what}: ${found.missing}`);
  describe(what, () => {
    it.skipIf(!required)('run on AWS’ own runtime interface client', () => {
      expect.fail(`the runtime interface client is required and missing: ${found.missing}`);
    });
  });
}
