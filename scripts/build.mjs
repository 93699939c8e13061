/** Bundles every function in lambda/ into dist/lambda/<name>.mjs, as it is deployed, and the command line into dist/cli.mjs. */
import { existsSync, readdirSync } from 'node:fs';
import { chmod, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap, ROOT } from './bootstrap.mjs';

const SOURCES = join(ROOT, 'lambda');
const OUTPUT = join(ROOT, 'dist', 'lambda');
const CLIENTS = join(ROOT, 'dist', 'client');
const PROGRAM = join(ROOT, 'dist', 'cli.mjs');

// Parts of the AWS SDK still call require(), which an ES module does not have.
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  // The SDK's CommonJS main cannot be shaken and doubles the bundle and its import time.
  mainFields: ['module', 'main'],
  legalComments: 'none',
  sourcemap: 'external',
  logLevel: 'warning',
};

/** @returns the functions and the program, and the size of each bundle, in bytes. Throws when one does not build. */
export async function build() {
  const names = existsSync(SOURCES) ? readdirSync(SOURCES).filter((file) => file.endsWith('.ts')) : [];
  const esbuild = await import('esbuild');
  await esbuild.build({
    ...COMMON,
    entryPoints: names.map((name) => join(SOURCES, name)),
    outdir: OUTPUT,
    outExtension: { '.js': '.mjs' },
    target: 'node24',
    alias: { '@aws-sdk/credential-provider-node': join(ROOT, 'scripts', 'function-credentials.mjs') },
    banner: { js: REQUIRE },
  });
  const functions = names.map((name) => basename(name, '.ts'));
  await removeAllBut(
    OUTPUT,
    functions.flatMap((name) => [`${name}.mjs`, `${name}.mjs.map`]),
  );
  await buildProgram(esbuild);
  await buildClients(esbuild);
  const bundles = functions.map((name) => ({ name, file: join(OUTPUT, `${name}.mjs`) }));
  return Promise.all([...bundles, { name: 'cli', file: PROGRAM }].map(measure));
}

/** It runs on its user's Node, and takes credentials from wherever the AWS command line does. */
async function buildProgram(esbuild) {
  await esbuild.build({
    ...COMMON,
    entryPoints: [join(ROOT, 'src', 'cli', 'main.ts')],
    outfile: PROGRAM,
    target: 'node22',
    banner: { js: `#!/usr/bin/env node\n${REQUIRE}` },
  });
  await chmod(PROGRAM, 0o755);
}

/** What an application imports: one resolver for all of them, and the application's own ioredis. */
async function buildClients(esbuild) {
  const { metafile } = await esbuild.build({
    ...COMMON,
    entryPoints: {
      ioredis: join(ROOT, 'src', 'client', 'connector.ts'),
      client: join(ROOT, 'src', 'client', 'resolver.ts'),
      table: join(ROOT, 'src', 'adapters', 'dynamodb', 'reader.ts'),
    },
    outdir: CLIENTS,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    external: ['ioredis'],
    target: 'node20',
    minify: false,
    sourcemap: false,
    metafile: true,
    banner: { js: REQUIRE },
  });
  await removeAllBut(
    CLIENTS,
    Object.keys(metafile.outputs).map((file) => basename(file)),
  );
}

/** What is gone must not linger as a bundle; those that stay are never absent, another run may read them. */
async function removeAllBut(folder, kept) {
  const found = existsSync(folder) ? readdirSync(folder) : [];
  await Promise.all(found.filter((file) => !kept.includes(file)).map((file) => rm(join(folder, file))));
}

async function measure({ name, file }) {
  const { size } = await stat(file);
  return { name, size };
}

function table(bundles) {
  return bundles
    .map(({ name, size }) => `${name.padEnd(12)} ${(size / 1024).toFixed(1).padStart(7)} KiB`)
    .join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await bootstrap({ redis: false });
  const bundles = await build();
  console.log(table(bundles));
}
