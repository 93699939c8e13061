/** Long polls: an answer that is held back until it is another one than the caller has. */
import type { Context } from 'hono';
import { printable } from './printable.ts';

export interface Waiting {
  /**
   * The longest that a caller may wait, in milliseconds. Below what stands between bears: 30 s at an API Gateway, and
   * the function's own time-out.
   */
  readonly mostMs: number;
  /**
   * How often the table is asked while somebody waits, in milliseconds; every 100 ms while a failover is open.
   * @default 500
   */
  readonly askEveryMs?: number;
}

export const ASK_EVERY_MS = 500;
export const ASK_EVERY_IN_FAILOVER_MS = 100;
/** Of one process. A function has one caller at a time. */
export const WAITING_MAX = 200;

export type Wait =
  | { readonly ok: true; readonly waitMs: number }
  | { readonly ok: false; readonly detail: string };

/** `?wait=25s` or `?wait=25`, in whole seconds; without it nobody waits. */
export function readLongWait(c: Context, waiting: Waiting | undefined): Wait {
  const given = c.req.query('wait');
  if (given === undefined) return { ok: true, waitMs: 0 };
  const asked = `wait "${printable(given)}"`;
  // passed over in silence it would make a loop without a pause of who relies on it
  if (!waiting) return { ok: false, detail: `${asked}: nobody may wait here. Poll with If-None-Match.` };
  const mostSeconds = Math.floor(waiting.mostMs / 1000);
  const [, seconds] = /^(\d{1,4})s?$/.exec(given) ?? [];
  if (seconds === undefined || Number(seconds) > mostSeconds) {
    return { ok: false, detail: `${asked}: allowed are 0s to ${mostSeconds}s, in whole seconds.` };
  }
  return { ok: true, waitMs: Number(seconds) * 1000 };
}
