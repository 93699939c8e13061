/**
 * From a fresh clone to the functions' own Node. Runs on the machine's Node (18 or newer) and before
 * node_modules exists: it imports nothing that has to be installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './child-process.mjs';
import { ensureRedisServer } from './redis-server.mjs';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** The major of Lambda's nodejs24.x. */
const NODE_MAJOR = 24;
const NODE = join(ROOT, 'node_modules', '.bin', 'node');

/** Installs what is missing; ends this process with status 1 and the cure when it cannot. */
export async function bootstrap({ redis }) {
  for (const ensure of [ensureDependencies, ensureNode, ...(redis ? [ensureRedisServer] : [])]) {
    const problem = await ensure();
    if (problem === undefined) continue;
    console.error(problem);
    process.exit(1);
  }
}

/** Runs a TypeScript or JavaScript file on the functions' own Node. @returns its exit status */
export function runNode(file, args, options = {}) {
  return run(NODE, [join(ROOT, file), ...args], { cwd: ROOT, ...options });
}

async function ensureDependencies() {
  const reason = staleness();
  if (reason === undefined) return undefined;
  console.error(`${reason}: running npm ci, which takes half a minute …`);
  const startedAt = Date.now();
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const status = await run('npm', args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (status !== 0) return `npm ci ended with status ${status}: what it printed above says why`;
  console.error(`npm ci took ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  return undefined;
}

/**
 * What npm wrote down of its last installation is compared entry by entry. Time stamps would not do: a checkout
 * makes package-lock.json newer than an installation that fits it.
 */
function staleness() {
  const installedLock = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return 'node_modules is missing';
  const wanted = packagesOf(join(ROOT, 'package-lock.json'));
  const installed = packagesOf(installedLock);
  for (const [path, { version, optional, devOptional }] of Object.entries(wanted)) {
    if (path === '' || installed[path]?.version === version) continue;
    // Optional ones are for other platforms.
    if (installed[path] === undefined && (optional || devOptional)) continue;
    return `node_modules is older than package-lock.json (${path} ${version})`;
  }
  return undefined;
}

function packagesOf(lockfile) {
  return JSON.parse(readFileSync(lockfile, 'utf8')).packages;
}

function ensureNode() {
  const found = spawnSync(NODE, ['--version'], { encoding: 'utf8' });
  if (found.status === 0 && found.stdout.startsWith(`v${NODE_MAJOR}.`)) return undefined;
  return (
    `node_modules/.bin/node should be Node ${NODE_MAJOR}, the functions' own, and ` +
    `${found.error ? `cannot be run (${found.error.message})` : `says ${found.stdout.trim() || found.stderr.trim()}`}.\n` +
    'It is put there by the install script of the npm package `node`. npm 12 blocks install scripts that\n' +
    '"allowScripts" in package.json does not name, and `ignore-scripts=true` in an .npmrc blocks all of them:\n' +
    'allow it, then run\n' +
    '  rm -rf node_modules && npm ci'
  );
}
