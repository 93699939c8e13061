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
  let problem = '';
  for (;;) {
    signal?.throwIfAborted();
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found as T;
      problem = '';
    } catch (error) {
      problem = `: ${(error as Error).message}`;
    }
    if (performance.now() > deadline) throw new Error(`${what} did not happen in ${timeoutMs} ms${problem}`);
    await wait(everyMs);
  }
}
