/** Errors as RFC 9457 problem documents. */
import type { Context } from 'hono';
import { printable } from './printable.ts';

const PROBLEMS = {
  'invalid-name': {
    status: 400,
    title: 'Not a valid name',
    detail: 'The name is not valid.',
    hint: 'A name is 1 to 128 of the characters A-Z a-z 0-9 . _ -',
  },
  'not-found': { status: 404, title: 'Not Found', detail: 'There is nothing at this path.' },
  'unknown-master': { status: 404, title: 'Unknown master', detail: 'No such master is monitored.' },
  'method-not-allowed': {
    status: 405,
    title: 'Method Not Allowed',
    detail: 'This endpoint only reads: GET and HEAD.',
  },
  unauthorized: {
    status: 401,
    title: 'Unauthorized',
    detail: 'This endpoint asks for a bearer token: Authorization: Bearer TOKEN.',
  },
  'malformed-body': {
    status: 400,
    title: 'Malformed body',
    detail: 'The body is a JSON object, in UTF-8.',
  },
  'invalid-parameter': { status: 400, title: 'Invalid parameter', detail: 'A parameter is not valid.' },
  'body-too-large': { status: 413, title: 'Content Too Large', detail: 'A body has 64 KiB at most.' },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported Media Type',
    detail: 'A body is sent with Content-Type: application/json.',
  },
  faults: { status: 422, title: 'Not what is allowed', detail: 'Nothing was changed: see faults.' },
  'unknown-sentinel': { status: 404, title: 'Unknown sentinel', detail: 'No such sentinel votes.' },
  'unknown-command': {
    status: 404,
    title: 'Unknown command',
    detail: 'Another command took its place, or it never was, or the master was removed.',
  },
  duplicate: {
    status: 409,
    title: 'Duplicated master name',
    detail: 'The name is taken.',
    hint: 'PATCH changes its directives; DELETE it first to monitor another group under its name.',
  },
  'in-progress': {
    status: 409,
    title: 'Failover in progress',
    detail: 'A failover is in progress.',
    hint: 'Ask again when it has ended, which takes seconds.',
  },
  'no-good-replica': { status: 409, title: 'No good replica', detail: 'No suitable replica to promote.' },
  paused: { status: 409, title: 'Paused', detail: 'No failover is begun.' },
  'is-a-replica': { status: 409, title: 'A replica', detail: 'The node is a replica.' },
  'is-the-master': { status: 409, title: 'The master already', detail: 'The node is the master.' },
  'no-quorum': { status: 409, title: 'No quorum', detail: 'Too few sentinels live.' },
  contended: {
    status: 409,
    title: 'Changed by others',
    detail: 'Others changed it at each try.',
    hint: 'Nothing was changed by this request: send it again.',
  },
  'command-refused': {
    status: 409,
    title: 'Refused by the sentinels',
    detail: 'No sentinel carried the command out.',
  },
  'not-acceptable': {
    status: 406,
    title: 'Not Acceptable',
    detail: 'The Accept header excludes all there is: application/json and text/plain.',
  },
  unhealthy: { status: 503, title: 'Not healthy', detail: 'The master is not looked after as it should be.' },
  'not-primary': { status: 503, title: 'Not a primary', detail: 'No monitored master is this node.' },
  'not-replica': { status: 503, title: 'Not a replica', detail: 'No monitored master has this replica.' },
  'too-many-waiting': {
    status: 503,
    title: 'Too many waiting',
    detail: 'As many callers wait here as may.',
    hint: 'Ask again without ?wait, or later.',
  },
  'internal-error': {
    status: 500,
    title: 'Internal Server Error',
    detail: 'The log of the function says why.',
  },
  'unreadable-item': { status: 500, title: 'Unreadable item', detail: 'An item cannot be understood.' },
  'table-unavailable': {
    status: 503,
    title: 'Table unavailable',
    detail: 'The table did not answer in time, and this process has no earlier answer.',
  },
} as const;

export type ProblemType = keyof typeof PROBLEMS;

/** What may stand as `type`. */
export const PROBLEM_URNS: readonly string[] = Object.keys(PROBLEMS).map(urn);

/**
 * `members` are those that a type of problem has beyond RFC 9457's own. The path as the caller sent it, still
 * percent-encoded, is the document's `instance`.
 */
export function problem(
  c: Context,
  type: ProblemType,
  detail: string = PROBLEMS[type].detail,
  headers: Readonly<Record<string, string>> = {},
  members: Readonly<Record<string, unknown>> = {},
): Response {
  const { status, title, ...more } = PROBLEMS[type];
  const document = {
    type: urn(type),
    title,
    status,
    detail: 'hint' in more ? `${detail} ${more.hint}` : detail,
    instance: printable(new URL(c.req.url).pathname),
    ...members,
  };
  return c.body(`${JSON.stringify(document)}\n`, status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...headers,
  });
}

function urn(type: string): string {
  return `urn:problem-type:lambda-sentinel:${type}`;
}
