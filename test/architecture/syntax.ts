/** The syntax tree of a source, walked without knowing every kind of node: comments and strings are not in it. */
import { parseAst } from 'vitest/node';

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

export interface Visited {
  readonly node: SyntaxNode;
  /** Absent at the root. */
  readonly parent?: SyntaxNode;
  /** The field of `parent` that holds `node`. */
  readonly field: string;
}

/** Every node of a TypeScript source, parents first. @throws when it does not parse. */
export function* walk(source: string): Generator<Visited> {
  const root = parseAst(source, { lang: 'ts', sourceType: 'module' }) as unknown as SyntaxNode;
  yield* visit({ node: root, field: '' });
}

export function lineOf(source: string, node: SyntaxNode): number {
  return source.slice(0, node.start).split('\n').length;
}

function* visit(visited: Visited): Generator<Visited> {
  yield visited;
  const { node } = visited;
  for (const [field, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) yield* visit({ node: child, parent: node, field });
    }
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';
}
