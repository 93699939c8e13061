/** What went wrong with each of several masters, told at once: who deploys mends all of it before the next try. */
import type { Refusal } from '../core/operations/outcome.ts';
import { Unavailable, Unreadable } from '../ports.ts';
import { passes } from './patience.ts';

/** CloudFormation shows the reason of a failure in 4 KB, with more than this in it. */
const TOLD_MAX = 2500;

export class Failures {
  readonly #told: string[] = [];
  readonly #waitedMs: number;

  /** @param waitedMs - for how long a refusal that passes was waited out */
  constructor(waitedMs: number) {
    this.#waitedMs = waitedMs;
  }

  /** @returns the answer, unless it failed */
  async of<Answer extends { readonly kind: string }>(
    name: string,
    attempt: () => Promise<Answer | Refusal>,
  ): Promise<Answer | undefined> {
    try {
      const answer = await attempt();
      if (!isRefusal(answer)) return answer;
      this.#told.push(...this.#words(answer).map((line) => `${name}: ${line}`));
    } catch (error) {
      if (!(error instanceof Unavailable || error instanceof Unreadable)) throw error;
      this.#told.push(`${name}: ${error.message}`);
    }
    return undefined;
  }

  /** @throws Error with all of it, when there is any */
  raise(headline: string): void {
    if (this.#told.length > 0) throw new Error(inOneLine(headline, this.#told));
  }

  #words(refusal: Refusal): string[] {
    if (!passes(refusal)) return refusal.message.split('\n');
    const waited = `it was waited for ${Math.round(this.#waitedMs / 1000)} s: deploy again when it is over`;
    return [`${refusal.message}: ${waited}`];
  }
}

export function inOneLine(headline: string, faults: readonly string[]): string {
  let line = `${headline}:`;
  for (const [i, one] of faults.entries()) {
    const next = `${line}${i === 0 ? ' ' : '; '}${one.replace(/\p{Cc}/gu, '?')}`;
    if (next.length > TOLD_MAX && i > 0) return `${line}; and ${faults.length - i} more`;
    line = next;
  }
  return line;
}

function isRefusal(answer: { readonly kind: string }): answer is Refusal {
  return answer.kind === 'refused';
}
