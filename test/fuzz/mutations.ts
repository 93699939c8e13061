/** Valid input made invalid, a little or beyond recognition: what comes from outside looks like that when it is wrong. */
import fc from 'fast-check';
import { type Json, odd, oddNumber, oddText } from './odd-values.ts';

/** `strain` keeps the type: where every type is checked, it is the values that get in. */
const CHANGES = ['strain', 'replace', 'drop', 'twice', 'swap', 'truncate', 'nest', 'grow', 'rename'] as const;

interface Mutation {
  readonly change: (typeof CHANGES)[number];
  /** Which of the places, counted in walking order; taken modulo how many there are. */
  readonly at: number;
  readonly with: Json;
  readonly number: number;
  readonly text: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  change: fc.constantFrom(...CHANGES, ...Array<'strain'>(6).fill('strain')),
  at: fc.nat(),
  ...{ with: odd, number: oddNumber, text: oddText },
});

/** `valid` with up to `most` places changed; at least one, unless `least` is 0. */
export function mutated(valid: Json, least = 1, most = 4): fc.Arbitrary<Json> {
  return fc
    .array(mutation, { minLength: least, maxLength: most })
    .map((mutations) => mutations.reduce(mutate, valid));
}

function mutate(value: Json, { change, at, with: other, number, text }: Mutation): Json {
  const paths = [...pathsOf(value)];
  const path = paths[at % paths.length] ?? [];
  return edit(value, path, (found, siblings) => {
    switch (change) {
      case 'strain':
        return { keep: [typeof found === 'number' ? number : typeof found === 'string' ? text : other] };
      case 'replace':
        return { keep: [other] };
      case 'drop':
        return { keep: [] };
      case 'twice':
        return { keep: [found, found] };
      case 'swap':
        return { keep: [siblings[at % Math.max(1, siblings.length)] ?? null] };
      case 'truncate':
        return { keep: [truncated(found)] };
      case 'nest':
        return { keep: [at % 2 === 0 ? [found] : { of: found }] };
      case 'grow':
        return { keep: [grown(found, other)] };
      case 'rename':
        return { keep: [found], as: typeof other === 'string' ? other : 'later' };
    }
  });
}

function truncated(value: Json): Json {
  if (typeof value === 'string' || Array.isArray(value)) return value.slice(0, value.length >> 1) as Json;
  if (typeof value === 'number') return Math.trunc(value / 1000);
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).slice(0, Object.keys(value).length >> 1))
    : '';
}

function grown(value: Json, other: Json): Json {
  if (typeof value === 'string') return value.repeat(50);
  if (typeof value === 'number') return -value * 1e6;
  if (Array.isArray(value)) return [...value, other, ...value];
  return typeof value === 'object' && value !== null ? { ...value, later: other } : [value];
}

type Path = readonly string[];

function* pathsOf(value: Json, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) yield* pathsOf(member, [...path, key]);
}

interface Edited {
  readonly keep: readonly Json[];
  readonly as?: string;
}

function edit(value: Json, path: Path, by: (found: Json, siblings: Json[]) => Edited): Json {
  const [key, ...rest] = path;
  if (key === undefined || typeof value !== 'object' || value === null) return by(value, []).keep[0] ?? null;
  const siblings = Object.values(value) as Json[];
  const entries = Object.entries(value).flatMap(([name, member]): [string, Json][] => {
    if (name !== key) return [[name, member]];
    if (rest.length > 0) return [[name, edit(member, rest, by)]];
    const { keep, as = name } = by(member, siblings);
    return keep.map((one, i) => [i === 0 ? as : `${as}${i}`, one]);
  });
  return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
}
