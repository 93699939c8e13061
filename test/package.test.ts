import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Package {
  readonly scripts: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly license: string;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Package;

test('the tests run on the functions’ own Node', () => {
  expect(process.versions.node.split('.')[0]).toBe('24');
});

test('npm may run the install scripts that bring Node 24 and esbuild', () => {
  expect(manifest.allowScripts).toMatchObject({ node: true, esbuild: true });
});

test.each(Object.entries(manifest.scripts))('npm run %s names only files that exist', (_name, command) => {
  const files = command.split(/\s+/).filter((word) => /\.(mjs|ts|json)$/.test(word));
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test.each(['demo', 'test', 'build', 'check'])('npm run %s starts on the machine’s own Node', (name) => {
  expect(manifest.scripts[name]).toMatch(/^node scripts\/[a-z-]+\.mjs/);
});

test('the licence is the one the package names, in full', () => {
  const text = readFileSync(join(ROOT, 'LICENSE'), 'utf8');
  expect(manifest.license).toBe('Apache-2.0');
  expect(text).toContain('Apache License');
  expect(text).toContain('Version 2.0, January 2004');
  expect(text).toContain('END OF TERMS AND CONDITIONS');
});

test('there is a changelog with an unreleased section', () => {
  expect(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')).toContain('## [Unreleased]');
});

test('.ci/run is a program, and its shell can read it', () => {
  const file = join(ROOT, '.ci', 'run');
  expect(statSync(file).mode & 0o111).toBe(0o111);
  execFileSync('bash', ['-n', file]);
});

/** What a cold start reads and parses. `npm test` builds the bundles before the tests run. */
test('the sentinel’s bundle stays below 600 KiB', () => {
  expect(statSync(join(ROOT, 'dist', 'lambda', 'sentinel.mjs')).size).toBeLessThan(600 * 1024);
});
