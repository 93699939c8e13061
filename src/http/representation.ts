/** Which form of an answer a caller gets, and whether it has that form already. */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { parseAccept } from 'hono/utils/accept';
import type { Answer } from './last-answers.ts';

export type Representation = 'json' | 'text';

/** `tag` tells this body from every other of the same resource; it becomes the strong ETag. */
export interface Rendered {
  readonly tag: string;
  readonly representation: Representation;
  readonly body: string;
}

/** In the order of preference among those a caller likes equally. */
const OFFERED: readonly { readonly representation: Representation; readonly type: string }[] = [
  { representation: 'json', type: 'application/json' },
  { representation: 'text', type: 'text/plain' },
];

const BOTH: readonly Representation[] = ['json', 'text'];

/**
 * @param forms - those there are at this path; without an Accept header the first of them is told
 * @returns undefined when the caller's Accept header excludes every one
 */
export function negotiate(c: Context, forms = BOTH): Representation | undefined {
  const header = c.req.header('Accept')?.trim();
  if (!header) return 'json';
  const ranges = parseAccept(header).map(({ type, q }) => ({ type: type.toLowerCase(), q }));
  const offered = OFFERED.filter(({ representation }) => forms.includes(representation));
  const [best] = offered
    .map(({ representation, type }) => ({ representation, ...liking(type, ranges) }))
    .filter(({ q }) => q > 0)
    // A form the caller names outweighs one that only its `*/*` covers.
    .sort((a, b) => b.q - a.q || b.precision - a.precision);
  return best?.representation;
}

/** The most precise range that covers a type says how much it is liked (RFC 9110 §12.5.1). */
function liking(
  type: string,
  ranges: readonly { type: string; q: number }[],
): { q: number; precision: number } {
  const covering = ['*/*', `${type.slice(0, type.indexOf('/'))}/*`, type];
  for (let precision = covering.length - 1; precision >= 0; precision--) {
    const range = ranges.find((candidate) => candidate.type === covering[precision]);
    if (range) return { q: range.q, precision };
  }
  return { q: 0, precision: 0 };
}

/** For what has no revision of its own: the tag is the body's digest. */
export function rendered(body: string, representation: Representation): Rendered {
  return {
    tag: createHash('sha256').update(body).digest('base64url').slice(0, 22),
    representation,
    body,
  };
}

export function renderJson(told: unknown): Rendered {
  return rendered(`${JSON.stringify(told)}\n`, 'json');
}

const CONTENT_TYPE: Readonly<Record<Representation, string>> = {
  json: 'application/json',
  text: 'text/plain; charset=utf-8',
};

/**
 * 200, or 304 when the caller has it. A stale answer carries its age in `Age` (whole seconds, RFC 9111 §5.1) and in
 * `Cache-Status` (RFC 9211); neither is in the body, so that the same state always has the same ETag.
 */
export function respond(
  c: Context,
  answer: Answer<unknown>,
  { tag, representation, body }: Rendered,
): Response {
  const etag = etagOf({ tag, representation });
  c.header('ETag', etag);
  c.header('Cache-Control', 'no-cache');
  markAge(c, answer);
  if (alreadyHeld(c.req.header('If-None-Match'), etag)) return c.body(null, 304);
  return c.body(body, 200, { 'Content-Type': CONTENT_TYPE[representation] });
}

/** Of an answer from memory (I8). */
export function markAge(c: Context, answer: Answer<unknown>): void {
  if (answer.kind === 'current') return;
  const ageSeconds = Math.ceil(answer.ageMs / 1000);
  c.header('Age', String(ageSeconds));
  c.header('Cache-Status', `lambda-sentinel; hit; ttl=${-ageSeconds}; detail="the table is unavailable"`);
}

export function etagOf({ tag, representation }: Pick<Rendered, 'tag' | 'representation'>): string {
  return `"${tag}-${representation}"`;
}

/** By weak comparison, as RFC 9110 §13.1.2 has it: a proxy that compressed the body made the tag a weak one. */
export function alreadyHeld(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const held: readonly string[] = ifNoneMatch.match(/"[^"]*"/g) ?? [];
  return held.includes(etag);
}
