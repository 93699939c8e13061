/** A group of clients as tests: all go through the same failovers, and each is judged by itself. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { descendants } from '../faults/left-behind.ts';
import { type Client, runnable, title } from './catalogue.ts';
import { passThrough, type Result } from './passages.ts';
import { table } from './table.ts';

/** Every wait in there has its own bound, and tells what did not come: this one is never to be reached. */
const WHOLE_MS = 1_500_000;

export function defineGroup(subject: string, clients: readonly Client[]): void {
  const required = process.env['LAMBDA_SENTINEL_REQUIRE_ALL'] === '1';
  const found = clients.map((client) => ({ client, how: runnable(client, required) }));
  const candidates = found.flatMap(({ client, how }) =>
    'command' in how ? [{ client, command: how.command }] : [],
  );
  describe(subject, () => {
    let results: readonly Result[] = [];
    beforeAll(async () => {
      if (candidates.length > 0) results = await passThrough(candidates);
    }, WHOLE_MS);
    afterAll(() => {
      if (results.length > 0) process.stdout.write(`\n${table(results)}\n\n`);
    });

    for (const { client, how } of found) {
      const name = `${title(client)} goes on by itself when the master dies, and when it hands over`;
      if ('command' in how) {
        test(name, () => {
          const result = results.find((one) => one.client === client);
          expect(result?.problems).toEqual([]);
          expect(result?.killed.firstWriteMs).toBeGreaterThan(0);
          expect(result?.handedOver.firstWriteMs).toBeGreaterThan(0);
        });
        continue;
      }
      // a toolchain that this machine lacks is nobody's fault; one that it has must do
      const mayBeSkipped = !required || !how.toolchain;
      if (mayBeSkipped) console.warn(`SKIPPED: ${title(client)}: ${how.missing}`);
      test.skipIf(mayBeSkipped)(name, () => expect.fail(how.missing));
    }

    test('no process is left', () => {
      expect(descendants()).toEqual([]);
    });
  });
}
