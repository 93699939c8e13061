/** Refusals of the core as problem documents: its words, and what to do. */
import type { Context } from 'hono';
import { describeFault, type Fault } from '../core/directives.ts';
import type { Refusal, RefusedWhy } from '../core/operations/outcome.ts';
import { printable } from './printable.ts';
import { type ProblemType, problem } from './problem.ts';

const TYPES: Readonly<Record<Exclude<RefusedWhy, 'faults'>, ProblemType>> = {
  'no-such-master': 'unknown-master',
  'no-such-sentinel': 'unknown-sentinel',
  duplicate: 'duplicate',
  'in-progress': 'in-progress',
  'no-good-replica': 'no-good-replica',
  paused: 'paused',
  'is-a-replica': 'is-a-replica',
  'is-the-master': 'is-the-master',
  'no-quorum': 'no-quorum',
  contended: 'contended',
};
/** Those that pass by themselves, in seconds. */
const RETRY_AFTER: Partial<Record<RefusedWhy, string>> = { 'in-progress': '5', contended: '1' };

export function refusalProblem(c: Context, { why, message, faults }: Refusal): Response {
  if (why === 'faults') return faultsProblem(c, faults);
  const after = RETRY_AFTER[why];
  return problem(c, TYPES[why], `${printable(message)}.`, after ? { 'Retry-After': after } : {});
}

/** Faults that are told: a body of 64 KiB has room for thousands. */
const TOLD_MAX = 50;

export function faultsProblem(c: Context, faults: readonly Fault[]): Response {
  const told = faults.slice(0, TOLD_MAX);
  const [first] = told;
  const others = faults.length > 1 ? ` And ${faults.length - 1} more: see faults.` : '';
  const detail = `Nothing was changed. ${first ? printable(describeFault(first)) : ''}.${others}`;
  return problem(c, 'faults', detail, {}, { faults: told.map(describe) });
}

/** What is no plain value is told as its text. */
function describe({ directive, value, allowed }: Fault): Fault {
  const plain = value === null || typeof value === 'number' || typeof value === 'boolean';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return {
    directive: printable(directive),
    value: plain ? value : value === undefined ? undefined : printable(text),
    allowed,
  };
}
