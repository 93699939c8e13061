/** A clock on which a process can be made to have stalled: its monotonic time leaps, and nothing happened in it. */
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { LoopClock } from '../../src/ports.ts';

export class LeapingClock implements LoopClock {
  readonly #clock: LoopClock;
  #aheadMs = 0;

  constructor(clock: LoopClock = systemClock) {
    this.#clock = clock;
  }

  leap(ms: number): void {
    this.#aheadMs += ms;
  }

  now() {
    const { wall, mono } = this.#clock.now();
    return { wall, mono: mono + this.#aheadMs };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal);
  }

  turn(): Promise<void> {
    return this.#clock.turn();
  }
}
