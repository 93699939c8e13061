/** What went wrong within, told in general to who asked and in full to the log. */
import type { Context } from 'hono';
import { type Telemetry, Unavailable, Unreadable } from '../ports.ts';
import { printable } from './printable.ts';
import { problem } from './problem.ts';

/** @param unavailable - what the table's silence means for who asked. @default for who only reads */
export function failed(c: Context, error: Error, telemetry: Telemetry, unavailable?: string): Response {
  telemetry.log('error', `${c.req.method} ${printable(c.req.path)} failed: ${printable(error.message)}`, {
    error: error.name,
    stack: error.stack,
  });
  if (error instanceof Unavailable) {
    return problem(c, 'table-unavailable', unavailable, { 'Retry-After': '2' });
  }
  if (error instanceof Unreadable) return problem(c, 'unreadable-item', printable(error.message));
  return problem(c, 'internal-error');
}
