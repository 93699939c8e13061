/** While the table cannot be reached, readers answer from their last answer and mark its age (I8). */
import type { Instant } from '../core/model.ts';
import { type Clock, type Telemetry, Unavailable } from '../ports.ts';

export type Answer<T> =
  | { readonly kind: 'current'; readonly value: T }
  /** `ageMs` counts from when the read that brought it was sent. */
  | { readonly kind: 'stale'; readonly value: T; readonly ageMs: number };

interface Kept<T> {
  readonly value: T;
  readonly askedAt: Instant;
}

/** Only what exists is kept, so this bounds a process that serves names which come and go. */
const MOST_KEPT = 1000;

/** What this process last read under each key. */
export class LastAnswers<T> {
  readonly #kept = new Map<string, Kept<T>>();
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #mostKept: number;

  constructor(clock: Clock, telemetry: Telemetry, mostKept = MOST_KEPT) {
    this.#clock = clock;
    this.#telemetry = telemetry;
    this.#mostKept = mostKept;
  }

  /**
   * @returns undefined when there is no such thing in the table
   * @throws Unavailable when the table cannot be reached and was never read under this key
   */
  async answer(key: string, read: () => Promise<T | undefined>): Promise<Answer<T> | undefined> {
    const askedAt = this.#clock.now();
    try {
      const value = await read();
      this.#keep(key, value, askedAt);
      return value === undefined ? undefined : { kind: 'current', value };
    } catch (error) {
      const last = this.#kept.get(key);
      if (!(error instanceof Unavailable) || last === undefined) throw error;
      const ageMs = elapsed(last.askedAt, this.#clock.now());
      this.#telemetry.log('warn', `answered from memory: ${error.message}`, { key, ageMs });
      return { kind: 'stale', value: last.value, ageMs };
    }
  }

  #keep(key: string, value: T | undefined, askedAt: Instant): void {
    const last = this.#kept.get(key);
    // Of two requests side by side the older read may return last.
    if (last !== undefined && last.askedAt.mono > askedAt.mono) return;
    this.#kept.delete(key);
    if (value === undefined) return;
    this.#kept.set(key, { value, askedAt });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** The larger of both: a frozen function's monotonic clock may stand still, a wall clock may be set back. */
function elapsed(from: Instant, to: Instant): number {
  return Math.max(to.mono - from.mono, to.wall - from.wall, 0);
}
