/** Tries again what is refused for a moment only: a promotion under way, others who write, a table that is silent. */
import type { Refusal, RefusedWhy } from '../core/operations/outcome.ts';
import { type Clock, Unavailable } from '../ports.ts';

const BETWEEN_TRIES_MS = 1000;
const PASSING: readonly RefusedWhy[] = ['in-progress', 'contended'];

/** Whether to wait may help. */
export function passes(answer: { readonly kind: string } | Refusal): boolean {
  return 'why' in answer && PASSING.includes(answer.why);
}

export class Patience {
  readonly #clock: Clock;
  readonly #until: number;

  /** @param forMs - for everything that is asked of it, together; each is tried once at least */
  constructor(clock: Clock, forMs: number) {
    this.#clock = clock;
    this.#until = clock.now().mono + forMs;
  }

  /** @returns the last answer. @throws Unavailable when the table was silent to the end */
  async with<Answer extends { readonly kind: string }>(attempt: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const answer = await attempt().catch((error: unknown) => {
        if (error instanceof Unavailable && this.#leftMs() > 0) return undefined;
        throw error;
      });
      if (answer && (!passes(answer) || this.#leftMs() <= 0)) return answer;
      await this.#clock.sleep(Math.min(BETWEEN_TRIES_MS, Math.max(1, this.#leftMs())));
    }
  }

  #leftMs(): number {
    return this.#until - this.#clock.now().mono;
  }
}
