/** Replies as values, the same for both versions of the protocol; {@link ./encode.ts} writes them. */

export type Reply =
  | { readonly kind: 'simple' | 'error'; readonly text: string }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'bulk'; readonly value: string | Buffer }
  /** In RESP2 a bulk: text for people, such as CLIENT INFO. */
  | { readonly kind: 'verbatim'; readonly text: string }
  /** `nullBulk` and `nullArray` are told apart in RESP2 alone. */
  | { readonly kind: 'nullBulk' | 'nullArray' }
  /** `set` and `push` are arrays in RESP2. */
  | { readonly kind: 'array' | 'set' | 'push'; readonly items: readonly Reply[] }
  /** In RESP2 an array of keys and values in turn. */
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Reply, Reply])[] }
  /** Several replies to one command, or, empty, none at all. */
  | { readonly kind: 'several'; readonly replies: readonly Reply[] };

export const OK: Reply = { kind: 'simple', text: 'OK' };
export const NULL_BULK: Reply = { kind: 'nullBulk' };
export const NULL_ARRAY: Reply = { kind: 'nullArray' };
export const NOTHING: Reply = { kind: 'several', replies: [] };

export function simple(text: string): Reply {
  return { kind: 'simple', text };
}

/** @param text - with its code: `ERR no such thing` */
export function error(text: string): Reply {
  return { kind: 'error', text };
}

export function integer(value: number): Reply {
  return { kind: 'integer', value };
}

export function bulk(value: string | number | Buffer): Reply {
  return { kind: 'bulk', value: typeof value === 'number' ? String(value) : value };
}

export function array(items: readonly Reply[]): Reply {
  return { kind: 'array', items };
}

export function bulks(values: readonly (string | number)[]): Reply {
  return array(values.map(bulk));
}

export function push(items: readonly Reply[]): Reply {
  return { kind: 'push', items };
}

/** A map from names to bulks. */
export function fields(entries: readonly (readonly [string, string | number])[]): Reply {
  return { kind: 'map', entries: entries.map(([name, value]) => [bulk(name), bulk(value)]) };
}
