/** `run.mjs <file.ts> [args]` runs a file on the functions' own Node; `run.mjs --check` only checks the sources. */
import { bootstrap, runNode } from './bootstrap.mjs';
import { CHECKS } from './checks.mjs';

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node scripts/run.mjs <file.ts> [args]\n       node scripts/run.mjs --check');
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
  process.exitCode = await runNode(file, args);
}
