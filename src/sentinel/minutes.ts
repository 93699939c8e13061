/** What is said at most once in each minute of the clock, as CloudWatch divides time. */
import type { EpochMs } from '../core/model.ts';

const MINUTE_MS = 60_000;

export class Minutes {
  #begun = Number.NaN;

  /** @returns whether this is another minute than the last one */
  begin(now: EpochMs): boolean {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute === this.#begun) return false;
    this.#begun = minute;
    return true;
  }
}
