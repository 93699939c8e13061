/** What the core must not touch: a clock, randomness, I/O, or anything that waits. */
import { lineOf, type SyntaxNode, type Visited, walk } from './syntax.ts';

/** Names of the world outside. `Math` is judged by what is taken of it. */
const WORLD = new Set([
  ...['Promise', 'Date', 'performance', 'Temporal', 'process', 'console', 'fetch', 'globalThis', 'global'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'queueMicrotask'],
  ...['crypto', 'require', 'eval', 'Function', 'AbortSignal', 'WebSocket', 'Atomics', 'navigator'],
]);

/** @returns a line for each impurity: `3: Date`. */
export function impurities(source: string): string[] {
  const found: string[] = [];
  for (const visited of walk(source)) {
    const what = impurity(visited);
    if (what !== undefined) found.push(`${lineOf(source, visited.node)}: ${what}`);
  }
  return found;
}

function impurity(visited: Visited): string | undefined {
  const { node, parent } = visited;
  if (node['async'] === true) return 'async';
  switch (node.type) {
    case 'AwaitExpression':
      return 'await';
    case 'ForOfStatement':
      return node['await'] === true ? 'for await' : undefined;
    case 'VariableDeclaration':
      return String(node['kind']).startsWith('await') ? 'await using' : undefined;
    case 'ImportExpression':
      return 'import()';
    case 'MetaProperty':
      return (node['meta'] as SyntaxNode)['name'] === 'import' ? 'import.meta' : undefined;
    case 'Identifier':
      return isReference(visited) ? outsideWorld(String(node['name']), parent) : undefined;
    default:
      return undefined;
  }
}

function outsideWorld(name: string, parent: SyntaxNode | undefined): string | undefined {
  if (WORLD.has(name)) return name;
  if (name !== 'Math') return undefined;
  // Math handed on whole, or asked by a computed name, could be asked for anything.
  if (parent?.type !== 'MemberExpression' || parent['computed'] === true) return 'Math as a value';
  return (parent['property'] as SyntaxNode)['name'] === 'random' ? 'Math.random' : undefined;
}

/** Whether an identifier stands for a binding, and is not the name of a property, an export or a label. */
function isReference({ parent, field }: Visited): boolean {
  if (parent === undefined) return true;
  if (field === 'property') return parent['computed'] === true;
  if (field === 'key') return parent['computed'] === true || parent['shorthand'] === true;
  if (field === 'right' && parent.type === 'TSQualifiedName') return false;
  return field !== 'imported' && field !== 'exported' && field !== 'label';
}
