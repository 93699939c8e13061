/**
 * AWS' own runtime interface client, for the tests that run the bundles as Lambda does. A part of it is compiled, which
 * takes a minute or two and a C++ compiler: no dependency of this package, but installed apart, once, into the
 * git-ignored `.cache`. Run directly it does that, and prints where it is. Plain JavaScript for any Node from 18.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap, ROOT } from './bootstrap.mjs';

const PACKAGE = 'aws-lambda-ric';
const VERSION = '4.0.2';
const CACHE = join(ROOT, '.cache');
const DIR = join(CACHE, `${PACKAGE}-${VERSION}-${process.platform}-${process.arch}`);
const COMMAND = 'node scripts/runtime-interface-client.mjs';
/** Debian's package of each program that the build runs. */
const TOOLS = { cmake: 'cmake', 'g++': 'g++', make: 'make', python3: 'python3', xz: 'xz-utils' };
const BUILD_TIMEOUT_MS = 900_000;

/** @returns {{ entry: string } | { missing: string }} */
export function findRuntimeInterfaceClient() {
  if (isIn(DIR)) return { entry: join(DIR, 'index.mjs') };
  return { missing: `${PACKAGE} ${VERSION} is not installed: run \`${COMMAND}\` once` };
}

/** @returns {{ entry: string } | { missing: string }} */
export function ensureRuntimeInterfaceClient() {
  const found = findRuntimeInterfaceClient();
  if ('entry' in found) return found;
  if (process.platform !== 'linux')
    return { missing: `${PACKAGE} is for Linux, not for ${process.platform}` };
  const lacking = Object.keys(TOOLS).filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  if (lacking.length > 0) {
    const packages = lacking.map((tool) => TOOLS[tool]).join(' ');
    return { missing: `${PACKAGE} is built with ${lacking.join(', ')}: apt-get install -y ${packages}` };
  }
  return build();
}

/** Beside its place, and moved there in one step: a build cut short leaves nothing half there. */
function build() {
  console.error(`building ${PACKAGE} ${VERSION}, which takes a minute or two …`);
  mkdirSync(CACHE, { recursive: true });
  const temporary = mkdtempSync(join(CACHE, `${PACKAGE}-`));
  try {
    // npm 12 runs no script of a package that is not named here
    const manifest = { private: true, allowScripts: { [PACKAGE]: true } };
    writeFileSync(join(temporary, 'package.json'), JSON.stringify(manifest));
    const built = join(temporary, 'node_modules', PACKAGE);
    const failure = install(temporary) ?? load(built);
    if (failure) return { missing: `${PACKAGE} ${VERSION} could not be built: ${failure}` };
    moveUnlessThere(built);
    return findRuntimeInterfaceClient();
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** @returns {string | undefined} why it failed, if it did. */
function install(cwd) {
  // the functions' own Node in front: it is the one that will load what is compiled
  const PATH = [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const nodedir = headers();
  const env = { ...process.env, PATH, ...(nodedir && { npm_config_nodedir: nodedir }) };
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts=false', '--foreground-scripts'];
  return run('npm', ['install', ...flags, `${PACKAGE}@${VERSION}`], { cwd, env });
}

/** Node-API is the same for every Node: the machine's own headers do, and nothing is fetched from nodejs.org. */
function headers() {
  const machines = dirname(dirname(realpathSync(process.execPath)));
  return [machines, '/usr', '/usr/local'].find((dir) => existsSync(join(dir, 'include/node/node_api.h')));
}

function load(dir) {
  const node = join(ROOT, 'node_modules', '.bin', 'node');
  // it asks nothing of that address before it is used, but ends the process where there is none
  const env = { ...process.env, AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1' };
  return run(node, ['-e', `require(${JSON.stringify(join(dir, 'rapid-client.node'))})`], { cwd: ROOT, env });
}

/** Another process may have built it meanwhile; one copy is as good as the other. */
function moveUnlessThere(built) {
  try {
    renameSync(built, DIR);
  } catch (error) {
    if (!isIn(DIR)) throw error;
  }
}

function isIn(dir) {
  return ['index.mjs', 'rapid-client.node'].every((file) => existsSync(join(dir, file)));
}

function run(command, args, options) {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) return `${command}: ${error.message}`;
  if (status === 0) return undefined;
  return `${command} ${args[0]} ended with ${status}: ${`${stdout}${stderr}`.trim().slice(-2000)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await bootstrap({ redis: false });
  const found = ensureRuntimeInterfaceClient();
  console.log('entry' in found ? found.entry : found.missing);
  process.exitCode = 'entry' in found ? 0 : 1;
}
