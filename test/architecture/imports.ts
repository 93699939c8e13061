/** Which part may import which. Imports point one way: core ← ports ← sentinel, and everything else beside them. */
import { posix } from 'node:path';
import { lineOf, type SyntaxNode, walk } from './syntax.ts';

interface Part {
  /** The files it is made of: a folder, or one file. */
  readonly at: string;
  /** What it may import besides itself. */
  readonly files: readonly string[];
  readonly typesOnly?: readonly string[];
  readonly packages: readonly string[] | 'any';
  readonly node: boolean;
}

const SHELL = ['src/core/', 'src/ports.ts', 'src/sentinel/', 'src/relay/', 'src/pacemaker/'];
const DOORS = ['src/http/', 'src/resp/', 'src/client/', 'src/conf/'];
const door = { files: ['src/core/', 'src/ports.ts'], packages: ['hono', 'valibot'], node: true };

const PARTS: readonly Part[] = [
  { at: 'src/core/', files: [], packages: [], node: false },
  { at: 'src/ports.ts', files: ['src/core/'], packages: [], node: false },
  { at: 'src/sentinel/', files: ['src/core/', 'src/ports.ts'], packages: [], node: false },
  { at: 'src/relay/', files: ['src/core/', 'src/ports.ts'], packages: [], node: false },
  { at: 'src/pacemaker/', files: ['src/core/', 'src/ports.ts'], packages: [], node: false },
  { at: 'src/adapters/', files: ['src/core/', 'src/ports.ts'], packages: 'any', node: true },
  { at: 'src/http/', ...door },
  { at: 'src/resp/', ...door },
  { at: 'src/conf/', ...door },
  { at: 'src/client/', ...door, packages: [...door.packages, 'ioredis'] },
  // What runs in production joins shell and adapters, and knows nothing of the local stack.
  { at: 'lambda/', files: [...SHELL, ...DOORS, 'src/adapters/'], packages: 'any', node: true },
  { at: 'src/local/', files: ['src/', 'lambda/'], packages: 'any', node: true },
  { at: 'src/cli/', files: ['src/', 'lambda/'], packages: 'any', node: true },
  {
    at: 'infra/',
    files: [],
    typesOnly: ['src/core/directives.ts'],
    packages: ['aws-cdk-lib', 'constructs'],
    node: true,
  },
  // What is measured beside redis-sentinel is played by the harness that breaks both.
  { at: 'bench/', files: ['src/', 'lambda/', 'test/faults/'], packages: 'any', node: true },
  { at: 'test/', files: ['src/', 'lambda/', 'infra/', 'bench/', 'scripts/'], packages: 'any', node: true },
];

/**
 * @param file its path from the package's root
 * @returns a line for each import that points the wrong way: `3: src/core/ may not import ../ports.ts`
 */
export function wrongImports(file: string, source: string): string[] {
  const part = PARTS.find(({ at }) => within(file, at));
  if (!part) return [`1: ${file} belongs to no part of the architecture`];
  return importsOf(source)
    .filter(({ to, typeOnly }) => !mayImport(part, file, to, typeOnly))
    .map(({ to, line }) => `${line}: ${part.at} may not import ${to}`);
}

/** The files a source imports, by their paths from the package's root. */
export function importedFiles(file: string, source: string): string[] {
  return importsOf(source)
    .filter(({ to }) => to.startsWith('.'))
    .map(({ to }) => resolve(file, to));
}

function mayImport(part: Part, file: string, to: string, typeOnly: boolean): boolean {
  if (to.startsWith('node:')) return part.node;
  if (!to.startsWith('.')) return part.packages === 'any' || part.packages.includes(packageOf(to));
  const target = resolve(file, to);
  const allowed = [part.at, ...part.files, ...(typeOnly ? (part.typesOnly ?? []) : [])];
  return allowed.some((at) => within(target, at));
}

function within(file: string, at: string): boolean {
  return at.endsWith('/') ? file.startsWith(at) : file === at;
}

function resolve(file: string, to: string): string {
  return posix.join(posix.dirname(file), to);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

interface Import {
  readonly to: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

const WITH_SOURCE = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
  'TSExternalModuleReference',
]);

/** Static and dynamic imports, re-exports and `import('x').T`. A computed import() counts as one of `(computed)`. */
function importsOf(source: string): Import[] {
  const imports: Import[] = [];
  for (const { node } of walk(source)) {
    if (!WITH_SOURCE.has(node.type)) continue;
    const from = (node['source'] ?? node['expression']) as SyntaxNode | null | undefined;
    if (!from) continue; // `export const x`
    const to = typeof from['value'] === 'string' ? from['value'] : '(computed)';
    imports.push({ to, typeOnly: isTypeOnly(node), line: lineOf(source, node) });
  }
  return imports;
}

function isTypeOnly(node: SyntaxNode): boolean {
  return node.type === 'TSImportType' || node['importKind'] === 'type' || node['exportKind'] === 'type';
}
