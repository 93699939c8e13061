/**
 * Whether this very process stalled, or its clock jumped (I9). It means to come by twice a second, whatever it waits for,
 * and is late for that only when it did not run: a table or a node that keeps it waiting is no stall.
 */
import type { Instant } from '../core/model.ts';
import type { Clock } from '../ports.ts';

const COMES_BY_MS = 500;
const STALL_MS = 2000;
const JUMP_MS_MAX = 2000;

export class Vigil {
  readonly #clock: Clock;
  #cameBy: Instant;
  #troubles = 0;
  #last = '';

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#cameBy = clock.now();
  }

  /** Comes by until `signal` is aborted. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#comeBy();
      await this.#clock.sleep(COMES_BY_MS, signal);
    }
  }

  /**
   * Asked before each decision too: after a thaw, an answer that came meanwhile may be read before a timer fires.
   * @returns how often it found something wrong, and what the last time
   */
  trouble(): { readonly count: number; readonly what: string } {
    this.#comeBy();
    return { count: this.#troubles, what: this.#last };
  }

  #comeBy(): void {
    const now = this.#clock.now();
    const lateMs = now.mono - this.#cameBy.mono - COMES_BY_MS;
    const jumpMs = now.wall - now.mono - (this.#cameBy.wall - this.#cameBy.mono);
    this.#cameBy = now;
    if (lateMs > STALL_MS) this.#note(`stalled for ${Math.round(lateMs)} ms`);
    else if (Math.abs(jumpMs) > JUMP_MS_MAX) this.#note(`the clock jumped by ${Math.round(jumpMs)} ms`);
  }

  #note(what: string): void {
    this.#troubles += 1;
    this.#last = what;
  }
}
