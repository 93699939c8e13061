import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { importedFiles, wrongImports } from './architecture/imports.ts';
import { impurities } from './architecture/purity.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = globSync('{src,lambda,infra,bench,test}/**/*.ts', { cwd: ROOT }).sort();

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

describe('the sources', () => {
  test('are found', () => {
    expect(SOURCES).toEqual(expect.arrayContaining(['src/core/model.ts', 'src/ports.ts', 'infra/app.ts']));
  });

  test('import one way only', () => {
    expect(
      SOURCES.flatMap((file) => wrongImports(file, read(file)).map((fault) => `${file}:${fault}`)),
    ).toEqual([]);
  });

  test('import nothing that does not exist', () => {
    const missing = SOURCES.flatMap((file) =>
      importedFiles(file, read(file))
        .filter((target) => !existsSync(join(ROOT, target)))
        .map((target) => `${file}: ${target}`),
    );
    expect(missing).toEqual([]);
  });

  test('of the core are pure', () => {
    const core = SOURCES.filter((file) => file.startsWith('src/core/'));
    expect(core.flatMap((file) => impurities(read(file)).map((fault) => `${file}:${fault}`))).toEqual([]);
  });
});

describe('an import that points the wrong way is caught', () => {
  test.each([
    ['src/core/decide.ts', `import type { Clock } from '../ports.ts';`],
    ['src/core/decide.ts', `import { createHash } from 'node:crypto';`],
    ['src/core/decide.ts', `import * as v from 'valibot';`],
    ['src/core/decide.ts', `export * from '../sentinel/zone.ts';`],
    ['src/core/decide.ts', `type C = import('../ports.ts').Clock;`],
    ['src/core/decide.ts', `const name = 'x';\nawait import(name);`],
    ['src/core/decide.ts', `import x = require('node:fs');`],
    ['src/ports.ts', `import { zone } from './sentinel/zone.ts';`],
    ['src/sentinel/zone.ts', `import { DynamoStore } from '../adapters/dynamodb/store.ts';`],
    ['src/sentinel/zone.ts', `import Redis from 'ioredis';`],
    ['src/relay/relay.ts', `import { Route53 } from '../adapters/aws/route53.ts';`],
    ['src/relay/relay.ts', `import { tick } from '../sentinel/tick.ts';`],
    ['src/adapters/redis/nodes.ts', `import { zone } from '../../sentinel/zone.ts';`],
    ['src/adapters/aws/topic.ts', `import { publish } from '../../relay/publishing.ts';`],
    ['src/adapters/redis/nodes.ts', `import { app } from '../../http/read-app.ts';`],
    ['src/http/read-app.ts', `import { DynamoStore } from '../adapters/dynamodb/store.ts';`],
    ['src/http/read-app.ts', `import { tick } from '../sentinel/tick.ts';`],
    ['src/http/read-app.ts', `import Redis from 'ioredis';`],
    ['src/http/read-app.ts', `import { serve } from '@hono/node-server';`],
    ['src/resp/server.ts', `import { app } from '../http/read-app.ts';`],
    ['lambda/read.ts', `import { Processes } from '../src/local/processes.ts';`],
    ['infra/app.ts', `import { readDirectives } from '../src/core/directives.ts';`],
    ['infra/app.ts', `import type { MasterState } from '../src/core/model.ts';`],
    ['infra/app.ts', `import { Hono } from 'hono';`],
    ['src/local/demo.ts', `import { monitored } from '../../test/http/state.ts';`],
    ['bench/failover.ts', `import { monitored } from '../test/http/state.ts';`],
    ['src/strange/thing.ts', `export const x = 1;`],
  ])('in %s: %s', (file, source) => {
    expect(wrongImports(file, source)).toHaveLength(1);
  });

  test('and named with its line', () => {
    const source = `import type { Address } from './model.ts';\n// a comment\nimport { x } from '../ports.ts';`;
    expect(wrongImports('src/core/decide.ts', source)).toEqual(['3: src/core/ may not import ../ports.ts']);
  });
});

test.each([
  ['src/core/decide.ts', `import { x } from './view.ts'; // import { y } from '../ports.ts'`],
  ['src/core/decide.ts', `const text = "import { y } from '../ports.ts'";`],
  [
    'src/sentinel/zone.ts',
    `import { decide } from '../core/decide.ts'; import { Unavailable } from '../ports.ts';`,
  ],
  ['src/adapters/redis/nodes.ts', `import Redis from 'ioredis'; import { once } from 'node:events';`],
  ['src/http/read-app.ts', `import { Hono } from 'hono'; import { parseAccept } from 'hono/utils/accept';`],
  ['src/client/connector.ts', `import { AbstractConnector } from 'ioredis';`],
  ['lambda/read.ts', `import { a } from '../src/http/a.ts'; import { b } from '../src/adapters/b.ts';`],
  [
    'infra/app.ts',
    `import type { Fault } from '../src/core/directives.ts'; import { App } from 'aws-cdk-lib';`,
  ],
  ['src/local/demo.ts', `import { handler } from '../../lambda/read.ts';`],
  ['bench/failover.ts', `import { startPeer } from '../test/faults/peer-start.ts';`],
])('an import that points the right way is not: in %s: %s', (file, source) => {
  expect(wrongImports(file, source)).toEqual([]);
});

describe('an impurity is caught', () => {
  test.each([
    ['async function f() {}', 'async'],
    ['const f = async () => 1;', 'async'],
    ['const o = { async f() {} };', 'async'],
    ['await f();', 'await'],
    ['for await (const x of y) {}', 'for await'],
    ['let p: Promise<void>;', 'Promise'],
    ['Promise.resolve();', 'Promise'],
    ['const now = Date.now();', 'Date'],
    ['const now = new Date();', 'Date'],
    [`const text = \`at \${Date.now()}\`;`, 'Date'],
    ['const clock = { Date };', 'Date'],
    ['const at = times[Date];', 'Date'],
    ['Math.random();', 'Math.random'],
    ['const { random } = Math;', 'Math as a value'],
    [`Math['random']();`, 'Math as a value'],
    ['process.exit();', 'process'],
    ['performance.now();', 'performance'],
    ['setTimeout(f, 1);', 'setTimeout'],
    ['console.log(1);', 'console'],
    [`fetch('http://x');`, 'fetch'],
    ['globalThis.x;', 'globalThis'],
    ['import.meta.url;', 'import.meta'],
    [`import('./x.ts');`, 'import()'],
    ['x / 2 / Date.now();', 'Date'],
    ['const pattern = /"/; Date.now(); const q = /"/;', 'Date'],
  ])('in %s', (source, what) => {
    expect(impurities(source)).toContain(`1: ${what}`);
  });
});

test.each([
  ['// Date.now() and await', 'a comment'],
  ['/** @returns a Promise, never */', 'a doc comment'],
  [`const text = 'Date, process and async';`, 'a string'],
  ['const pattern = /Date|process/;', 'a pattern'],
  [`const text = \`Date \${name} Promise\`;`, 'the text of a template'],
  ['const x = record.process;', 'a property'],
  ['const x = { Date: 1 }; type T = { process: string };', 'a key'],
  ['Math.max(1, 2);', 'arithmetic'],
  ['interface Work { console: Console2; fetch(): void }', 'a member of a type'],
])('no impurity is seen in %s (%s)', (source) => {
  expect(impurities(source)).toEqual([]);
});
