/** Waits for what others do, by looking; a wait that is too long fails with what was waited for. */
import { setTimeout as wait } from 'node:timers/promises';

export interface UntilOptions {
  readonly timeoutMs: number;
  /** @default 10 */
  readonly everyMs?: number;
  /** Ends the wait early, with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * @returns the first result of `look` that is neither undefined nor false
 * @throws Error that names `what`, and the last error of `look` if it threw
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs, everyMs = 10, signal }: UntilOptions,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  const ended = new AbortController();
  const overdue = wait(timeoutMs, undefined, { signal: ended.signal, ref: false }).then(() => {
    throw new Error('the last look has not come back');
  });
  overdue.catch(() => {}); // told where a look is waited for, or nobody waits any more
  let problem = '';
  try {
    for (;;) {
      signal?.throwIfAborted();
      try {
        const found = await Promise.race([look(), overdue]);
        if (found !== undefined && found !== false) return found as T;
        problem = '';
      } catch (error) {
        problem = `: ${(error as Error).message}`;
      }
      if (performance.now() >= deadline)
        throw new Error(`${what} did not happen in ${timeoutMs} ms${problem}`);
      await wait(everyMs);
    }
  } finally {
    ended.abort();
  }
}
