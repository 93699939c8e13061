/** `npm run demo`: the whole system on this machine. What it takes is installed first. */
import { bootstrap, runNode } from './bootstrap.mjs';
import { build } from './build.mjs';

await bootstrap({ redis: true });
await build();
process.exitCode = await runNode('src/local/demo.ts', process.argv.slice(2));
