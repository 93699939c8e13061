/**
 * The Python tools that rehearse a deployment: cfn-lint, which knows CloudFormation's schemas, and moto, which answers
 * as AWS does. In a virtual environment of their own, in the git-ignored `.cache`. Nobody who uses the project needs
 * them, so 60 MB of them are installed only where nothing may be skipped, or when this file is run directly. Plain
 * JavaScript for any Node from 18.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url));
const PINNED = fileURLToPath(new URL('python-tools.txt', import.meta.url));
const INSTALL_TIMEOUT_MS = 600_000;

/**
 * @returns {{ python: string } | { missing: string }} the interpreter that has the modules `cfnlint` and `moto`, or
 *   what is lacking and how to get it.
 */
export function findPythonTools() {
  const { python } = place();
  if (existsSync(python)) return { python };
  return {
    missing: 'cfn-lint and moto are not installed: run `node scripts/python-tools.mjs` (60 MB from PyPI)',
  };
}

/** The same, and installs them where they are missing. */
export function ensurePythonTools() {
  const found = findPythonTools();
  return 'python' in found ? found : install(place());
}

/** Another pin is another place: what is there is never half of one and half of another. */
function place() {
  const digest = createHash('sha256').update(readFileSync(PINNED)).digest('hex').slice(0, 12);
  const dir = join(CACHE, `python-tools-${digest}`);
  return { dir, python: join(dir, 'bin', 'python') };
}

/** Beside its place, and moved there in one step: modules are run by the interpreter, which does not mind. */
function install({ dir, python }) {
  mkdirSync(CACHE, { recursive: true });
  const temporary = mkdtempSync(join(CACHE, 'python-tools-'));
  try {
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-input',
      '--disable-pip-version-check',
      '-r',
      PINNED,
    ];
    const failure = run('python3', ['-m', 'venv', temporary]) ?? run(join(temporary, 'bin', 'python'), pip);
    if (failure) return { missing: `cfn-lint and moto could not be installed: ${failure}` };
    moveUnlessThere(temporary, dir, python);
    return { python };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Another process may have installed them meanwhile; one copy is as good as the other. */
function moveUnlessThere(installed, dir, python) {
  try {
    renameSync(installed, dir);
  } catch (error) {
    if (!existsSync(python)) throw error;
  }
}

/** @returns {string | undefined} why it failed, if it did; Debian's `venv` says there what is to be installed. */
function run(command, args) {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: INSTALL_TIMEOUT_MS,
  });
  if (error?.code === 'ENOENT') return `${command} is not on the PATH: install Python 3.11 or later`;
  if (error) return `${command}: ${error.message}`;
  const told = `${stdout}${stderr}`.trim().slice(-500);
  return status === 0 ? undefined : `${command} ${args.slice(0, 3).join(' ')} ended with ${status}: ${told}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = ensurePythonTools();
  console.log('python' in found ? found.python : found.missing);
  process.exitCode = 'python' in found ? 0 : 1;
}
