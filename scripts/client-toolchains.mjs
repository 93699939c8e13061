/**
 * What the clients in other languages than JavaScript are run with (`npm run test:clients`): each at a pinned version, in
 * a place of its own in the git-ignored `.cache`. Nobody who uses the project needs them, so they are installed only
 * where nothing may be skipped, by `npm run test:clients`, or when this file is run directly. Plain JavaScript for any
 * Node from 18.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const CACHE = fileURLToPath(new URL('../.cache/clients/', import.meta.url));
const SOURCES = fileURLToPath(new URL('../test/clients/', import.meta.url));
const COMMAND = 'node scripts/client-toolchains.mjs';
const INSTALL_TIMEOUT_MS = 600_000;
/** A machine with two cores runs several of them: the second compiler of a virtual machine would take one. */
const SMALL = ['-Xmx96m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const java = {
  tools: {
    java: ['java', '-version', 'a Java runtime, 17 or later: apt-get install default-jdk-headless'],
    javac: ['javac', '-version', 'a Java compiler, 17 or later: apt-get install default-jdk-headless'],
    mvn: ['mvn', '--version', 'Maven: apt-get install maven'],
  },
  /** The jars beside the compiled program. */
  build: (source, target) =>
    run('mvn', [
      ...[
        '--quiet',
        '--batch-mode',
        '-f',
        join(source, 'pom.xml'),
        `-Dmaven.repo.local=${join(CACHE, 'maven')}`,
      ],
      ...['dependency:copy-dependencies', `-DoutputDirectory=${target}`],
    ]) ?? run('javac', ['-nowarn', '-cp', join(target, '*'), '-d', target, join(source, 'Writer.java')]),
  command: (dir) => ['java', ...SMALL, '-cp', [dir, join(dir, '*')].join(delimiter), 'Writer'],
};

/** By the folder of each in test/clients/. */
const CLIENTS = {
  'redis-py': {
    tools: {
      python3: ['python3', '--version', 'Python, 3.10 or later: apt-get install python3'],
      venv: ['python3', '-c', 'import ensurepip, venv', 'its venv: apt-get install python3-venv'],
    },
    build: (source, target) =>
      run('python3', ['-m', 'venv', target]) ??
      run(join(target, 'bin', 'python'), [
        ...['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'],
        ...['-r', join(source, 'requirements.txt')],
      ]),
    command: (dir, source) => [join(dir, 'bin', 'python'), join(source, 'writer.py')],
  },
  'go-redis': {
    tools: { go: ['go', 'version', 'Go, 1.21 or later: https://go.dev/dl/'] },
    build: (source, target) =>
      run('go', ['build', '-mod=readonly', '-o', join(target, 'writer'), '.'], {
        cwd: source,
        env: {
          ...process.env,
          CGO_ENABLED: '0',
          GOPATH: join(CACHE, 'go'),
          GOMODCACHE: join(CACHE, 'go', 'mod'),
          GOCACHE: join(CACHE, 'go', 'build'),
          GOFLAGS: '-modcacherw', // else nobody but `go clean` can remove it
        },
      }),
    command: (dir) => [join(dir, 'writer')],
  },
  jedis: java,
  lettuce: java,
};

export const OTHER_CLIENTS = Object.keys(CLIENTS);

/**
 * @param {string} name
 * @returns {{ command: string[] } | { missing: string, toolchain: boolean }} how its program is run, or what is lacking
 *   and how to get it; `toolchain`: whether the machine has what it is installed with.
 */
export function findClient(name) {
  const { tools, command } = clientOf(name);
  for (const [tool, [program, ...rest]] of Object.entries(tools)) {
    const needed = rest.at(-1);
    const { error, status } = spawnSync(program, rest.slice(0, -1), { stdio: 'ignore' });
    if (error || status !== 0)
      return { missing: `${tool} cannot be run; ${name} needs ${needed}`, toolchain: false };
  }
  const { dir, source } = place(name);
  if (existsSync(dir)) return { command: command(dir, source) };
  return { missing: `${name} is not installed: run \`${COMMAND}\``, toolchain: true };
}

/** The same, and installs it where it is missing. */
export function ensureClient(name) {
  const found = findClient(name);
  if ('command' in found || !found.toolchain) return found;
  console.error(`installing ${name} into .cache/clients …`);
  const failure = install(name);
  return failure === undefined ? findClient(name) : { missing: failure, toolchain: true };
}

/** Another pin or program is another place: what is there is never half of one and half of another. */
function place(name) {
  const source = join(SOURCES, name);
  const digest = createHash('sha256');
  for (const file of readdirSync(source).sort()) digest.update(file).update(readFileSync(join(source, file)));
  return { source, dir: join(CACHE, `${name}-${digest.digest('hex').slice(0, 12)}`) };
}

/**
 * Beside its place, and moved there in one step.
 * @returns {string | undefined} why it failed, if it did.
 */
function install(name) {
  const { source, dir } = place(name);
  mkdirSync(CACHE, { recursive: true });
  const temporary = mkdtempSync(join(CACHE, `${name}-`));
  try {
    const failure = clientOf(name).build(source, temporary);
    if (failure !== undefined) return `${name} could not be installed: ${failure}`;
    moveUnlessThere(temporary, dir);
    return undefined;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Another process may have installed it meanwhile; one copy is as good as the other. */
function moveUnlessThere(installed, dir) {
  try {
    renameSync(installed, dir);
  } catch (error) {
    if (!existsSync(dir)) throw error;
  }
}

function clientOf(name) {
  const client = CLIENTS[name];
  if (!client) throw new Error(`no client "${name}": there are ${OTHER_CLIENTS.join(', ')}`);
  return client;
}

/** @returns {string | undefined} why it failed, if it did. */
function run(command, args, options = {}) {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) return `${command}: ${error.message}`;
  if (status === 0) return undefined;
  return `${command} ${args[0]} ended with ${status}: ${`${stdout}${stderr}`.trim().slice(-1000)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const name of OTHER_CLIENTS) {
    const found = ensureClient(name);
    console.log(`${name}: ${'command' in found ? found.command.join(' ') : found.missing}`);
    // a machine without Go or Maven skips those clients; one that has them runs them
    if ('missing' in found && found.toolchain) process.exitCode = 1;
  }
}
