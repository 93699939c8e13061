/** `npm test [-- vitest arguments]`: types, lint, bundles, tests, and one closing line that counts them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap, runNode } from './bootstrap.mjs';
import { CHECKS } from './checks.mjs';
import { closingLine, outcomeOf } from './closing-line.mjs';
import { buildPackage } from './package.mjs';

const selection = process.argv.slice(2);
await bootstrap({ redis: true });

const failedSteps = [];
for (const check of CHECKS) {
  console.log(`\n— ${check.name}`);
  if ((await check.run()) !== 0) failedSteps.push(check.name);
}

console.log('\n— build');
await buildPackage().catch((error) => {
  console.error(error.message);
  failedSteps.push('build');
});

console.log('\n— tests');
const outcome = outcomeOf(await runTests(), failedSteps);
for (const failure of outcome.failures) console.log(`failed: ${failure}`);
console.log(closingLine(outcome));
process.exitCode = outcome.ok ? 0 : 1;

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'lambda-sentinel-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const status = await runNode('node_modules/vitest/vitest.mjs', ['run', ...reporters, ...selection]);
    return { status, report: readReport(file) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    console.error(`vitest left no report: ${error.message}`);
    return undefined;
  }
}
