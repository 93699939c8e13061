/**
 * `npm run test:clients [-- --only NAME] [--docs]`: every client through both failovers, in the groups that the tests
 * have, and the table of what was measured; `--docs` also writes it into docs/CLIENTS.md. A client whose toolchain this
 * machine has not is skipped, and said to be.
 */
import { parseArgs } from 'node:util';
import { descendants } from '../faults/left-behind.ts';
import { type Client, JAVASCRIPT, OTHERS, runnable, title } from './catalogue.ts';
import { writeDocument } from './document.ts';
import { type Candidate, passThrough, type Result } from './passages.ts';
import { problems, table } from './table.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, docs: { type: 'boolean', default: false } },
});
if (values.docs && values.only !== undefined) throw new Error('--docs takes all clients: leave --only out');
const print = (line: string) => process.stdout.write(`${line}\n`);

const chosen = (clients: readonly Client[]) =>
  clients.filter((one) => title(one).includes(values.only ?? ''));
const results: Result[] = [];
let failed = 0;
for (const group of [JAVASCRIPT, OTHERS]) {
  const candidates = chosen(group).flatMap((client): Candidate[] => {
    const found = runnable(client, true);
    if ('command' in found) return [{ client, command: found.command }];
    print(`${found.toolchain ? 'FAILED' : 'SKIPPED'}: ${title(client)}: ${found.missing}`);
    if (found.toolchain) failed += 1;
    return [];
  });
  if (candidates.length > 0) results.push(...(await passThrough(candidates, print)));
}
if (results.length === 0 && failed === 0) throw new Error(`no client is "${values.only}"`);
print(`\n${table(results)}\n`);
const wrong = [...problems(results), ...descendants().map((left) => `left behind: ${left}`)];
for (const line of wrong) print(line);
failed += wrong.length;
if (values.docs && failed === 0 && results.length === JAVASCRIPT.length + OTHERS.length)
  writeDocument(results);
else if (values.docs) print('docs/CLIENTS.md is left as it was: it takes every client, each without a fault');
process.exitCode = failed === 0 ? 0 : 1;
