/** A request's body: a JSON object of known fields, and never more of it in memory than the limit. */
import type { Context } from 'hono';
import { type Fault, fault } from '../core/directives.ts';
import { problem } from './problem.ts';
import { faultsProblem } from './refusals.ts';

export const BODY_BYTES_MAX = 64 * 1024;

export type Fields = Readonly<Record<string, unknown>>;
export type Body =
  | { readonly ok: true; readonly fields: Fields }
  | { readonly ok: false; readonly answer: Response };

/**
 * No body is one without fields. Nothing of a body that is refused is told again, but the names of its fields: it may
 * hold a password anywhere.
 */
export async function readBody(c: Context, known: readonly string[], types = JSON_TYPES): Promise<Body> {
  const bytes = await readBytes(c.req.raw);
  if (bytes === undefined) return { ok: false, answer: problem(c, 'body-too-large') };
  if (bytes.length === 0) return { ok: true, fields: {} };
  const [type = ''] = (c.req.header('Content-Type') ?? '').split(';', 1);
  if (!types.includes(type.trim().toLowerCase())) {
    const detail = `A body is sent with Content-Type: ${types.join(' or ')}.`;
    return { ok: false, answer: problem(c, 'unsupported-media-type', detail, { Accept: types.join(', ') }) };
  }
  const fields = parseFields(bytes);
  if (!fields) return { ok: false, answer: problem(c, 'malformed-body') };
  const unknown = unknownFields(fields, known);
  if (unknown.length > 0) return { ok: false, answer: faultsProblem(c, unknown) };
  return { ok: true, fields };
}

const JSON_TYPES: readonly string[] = ['application/json'];
/** RFC 7396: what is null goes back to what it was before anybody set it. */
export const PATCH_TYPES: readonly string[] = [...JSON_TYPES, 'application/merge-patch+json'];

/** Undefined for more than the limit. */
async function readBytes(request: Request): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get('Content-Length') ?? 0) > BODY_BYTES_MAX) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    length += part.value.length;
    if (length > BODY_BYTES_MAX) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(part.value);
  }
  return Buffer.concat(chunks);
}

function parseFields(bytes: Uint8Array): Fields | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isFields(value) ? value : undefined;
  } catch {
    return undefined; // the parser's own words quote what it could not parse
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownFields(fields: Fields, known: readonly string[]): Fault[] {
  const allowed = known.length > 0 ? `one of ${known.join(', ')}` : 'no field at all';
  return Object.keys(fields).flatMap((field) =>
    known.includes(field) ? [] : [fault(field, UNTOLD, allowed)],
  );
}

const UNTOLD = '…';
