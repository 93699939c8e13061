/** What the published package holds: the functions, and the construct as plain JavaScript with its types. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap, ROOT, runNode } from './bootstrap.mjs';
import { build } from './build.mjs';

/** Throws when a part does not build. */
export async function buildPackage() {
  await build();
  rmSync(join(ROOT, 'dist', 'infra'), { recursive: true, force: true });
  // npm reads the standard output of what it runs to pack
  const options = { stdio: ['ignore', 2, 2] };
  const status = await runNode('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.package.json'], options);
  if (status !== 0) throw new Error(`tsc ended with status ${status}: dist/infra was not built`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await bootstrap({ redis: false });
  await buildPackage();
}
