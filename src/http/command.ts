/** Commands that a sentinel has yet to carry out: named, waited for, and told of. */
import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { describeMaster } from './master.ts';
import type { CommandStatus, Done, Operations } from './operations.ts';
import { printable } from './printable.ts';
import { problem } from './problem.ts';

/** Below what the front doors bear (30 s), and what a caller should. */
const WAIT_SECONDS_MAX = 20;
const KEY = /^[A-Za-z0-9_-]{1,64}$/;

export type Parameter<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly answer: Response };

/** `?wait=5`, in seconds; without it nobody waits. */
export function readWait(c: Context): Parameter<number> {
  const given = c.req.query('wait');
  if (given === undefined) return { ok: true, value: 0 };
  const [, seconds] = /^(\d{1,2})s?$/.exec(given) ?? [];
  if (seconds !== undefined && Number(seconds) <= WAIT_SECONDS_MAX) {
    return { ok: true, value: Number(seconds) * 1000 };
  }
  const detail = `wait "${printable(given)}": allowed are 0 to ${WAIT_SECONDS_MAX} whole seconds.`;
  return { ok: false, answer: problem(c, 'invalid-parameter', detail) };
}

/** The client's own `Idempotency-Key`, with which the same request sent twice is one. */
export function commandId(c: Context): Parameter<string> {
  const given = c.req.header('Idempotency-Key');
  if (given === undefined) return { ok: true, value: randomUUID() };
  if (KEY.test(given)) return { ok: true, value: given };
  const detail = 'Idempotency-Key: allowed are 1 to 64 of the characters A-Z a-z 0-9 _ -';
  return { ok: false, answer: problem(c, 'invalid-parameter', detail) };
}

/** 202 and where to ask on; after a wait what became of it. */
export async function answerCommand(
  c: Context,
  operations: Operations,
  { state, command }: Done & { readonly command: string },
  waitMs: number,
): Promise<Response> {
  if (waitMs === 0) return accepted(c, state.name, command);
  const status = await operations.awaitOutcome(state.name, command, { limitMs: waitMs });
  return answerStatus(c, state.name, command, status);
}

export function answerStatus(c: Context, name: string, command: string, status: CommandStatus): Response {
  if (status.kind === 'pending') return accepted(c, name, command);
  if (status.kind === 'gone') return problem(c, 'unknown-command');
  const { epoch, reason, at } = status.outcome;
  const outcome = { command, at: new Date(at).toISOString(), reason: printable(reason) };
  if (status.kind === 'refused') {
    return problem(c, 'command-refused', `${printable(reason)}.`, {}, { command: outcome });
  }
  return c.json({ status: 'begun', ...outcome, epoch, master: describeMaster(status.state) });
}

function accepted(c: Context, name: string, command: string): Response {
  const location = `/masters/${name}/commands/${command}`;
  return c.json({ command, status: 'pending', location }, 202, { Location: location, 'Retry-After': '1' });
}
