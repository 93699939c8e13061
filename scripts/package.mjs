/** What the published package holds: the functions, the command line, the construct and the clients as plain JavaScript, with types. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap, ROOT, runNode } from './bootstrap.mjs';
import { build } from './build.mjs';

/** Throws when a part does not build. */
export async function buildPackage() {
  await build();
  for (const folder of ['infra', 'types'])
    rmSync(join(ROOT, 'dist', folder), { recursive: true, force: true });
  // npm reads the standard output of what it runs to pack
  const options = { stdio: ['ignore', 2, 2] };
  for (const project of ['tsconfig.package.json', 'tsconfig.client.json']) {
    const status = await runNode('node_modules/typescript/bin/tsc', ['-p', project], options);
    if (status !== 0) throw new Error(`tsc -p ${project} ended with status ${status}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await bootstrap({ redis: false });
  await buildPackage();
}
