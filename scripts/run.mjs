/**
 * `run.mjs [--build] <file.ts> [args]` runs a file on the functions' own Node, on bundles that were built before;
 * `run.mjs --check` only checks the sources.
 */
import { bootstrap, runNode } from './bootstrap.mjs';
import { build } from './build.mjs';
import { CHECKS } from './checks.mjs';

const words = process.argv.slice(2);
const builds = words[0] === '--build';
const [file, ...args] = builds ? words.slice(1) : words;
if (file === undefined) {
  console.error(
    'usage: node scripts/run.mjs [--build] <file.ts> [args]\n       node scripts/run.mjs --check',
  );
  process.exitCode = 2;
} else if (file === '--check') {
  await bootstrap({ redis: false });
  for (const check of CHECKS) {
    const status = await check.run();
    if (status === 0) continue;
    console.error(`${check.name} failed`);
    process.exitCode = 1;
  }
} else {
  await bootstrap({ redis: true });
  if (builds) await build();
  process.exitCode = await runNode(file, args);
}
