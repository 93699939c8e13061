/** What every path of the read endpoint is answered from, and how. */
import type { Context } from 'hono';
import { isMasterName } from '../core/operations/address.ts';
import type { Clock, EventHistory, StateStore, Telemetry } from '../ports.ts';
import type { Answer } from './last-answers.ts';
import { printable } from './printable.ts';
import { problem } from './problem.ts';
import { negotiate, type Rendered, type Representation, renderJson, respond } from './representation.ts';
import type { Waiting } from './wait.ts';

export interface Reading {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** How often a sentinel is seen at least. */
  readonly heartbeatMs: number;
  readonly history: EventHistory | undefined;
  readonly waiting: Waiting | undefined;
}

export type Named =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly answer: Response };

/** The name in the path, before anything is read. */
export function readName(c: Context, name = c.req.param('name') ?? ''): Named {
  if (isMasterName(name)) return { ok: true, name };
  const answer = problem(c, 'invalid-name', `"${printable(name)}" is not a master's name.`);
  return { ok: false, answer };
}

export function unknownMaster(c: Context, name: string): Response {
  return problem(c, 'unknown-master', `No master named "${name}" is monitored.`);
}

/** @returns a problem when the caller takes none of the forms there are */
export function readForm(
  c: Context,
  forms: readonly Representation[],
): { readonly ok: true; readonly form: Representation } | { readonly ok: false; readonly answer: Response } {
  const form = negotiate(c, forms);
  if (form !== undefined) return { ok: true, form };
  const onlyJson = 'The Accept header excludes all there is: application/json.';
  return { ok: false, answer: problem(c, 'not-acceptable', forms.includes('text') ? undefined : onlyJson) };
}

/** One master's answer in JSON, from the table or from memory. */
export async function tellJson<T>(
  c: Context,
  read: (name: string) => Promise<Answer<T> | undefined>,
  describe: (value: T) => unknown = (value) => value,
): Promise<Response> {
  return tell(c, ['json'], read, (value) => renderJson(describe(value)));
}

export async function tell<T>(
  c: Context,
  forms: readonly Representation[],
  read: (name: string) => Promise<Answer<T> | undefined>,
  render: (value: T, form: Representation) => Rendered,
): Promise<Response> {
  const named = readName(c);
  if (!named.ok) return named.answer;
  const chosen = readForm(c, forms);
  if (!chosen.ok) return chosen.answer;
  const answer = await read(named.name);
  return answer ? respond(c, answer, render(answer.value, chosen.form)) : unknownMaster(c, named.name);
}
