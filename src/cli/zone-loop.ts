/** The life of a zone in a process: a look every pulse, at once when it is woken, and as long as an alert lasts. */
import type { Clock, Telemetry } from '../ports.ts';
import type { Zone } from '../sentinel/zone.ts';

export interface ZoneLoopOptions {
  readonly zone: Pick<Zone, 'invoke'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly pulseMs: number;
}

export class ZoneLoop {
  readonly #options: ZoneLoopOptions;
  #woken = false;
  #sleeping = new AbortController();

  constructor(options: ZoneLoopOptions) {
    this.#options = options;
  }

  /** Heard at once while it sleeps; an alert reads for itself, each second. */
  wake(): void {
    this.#woken = true;
    this.#sleeping.abort();
  }

  /** Until it is aborted; an alert that is under way is not waited for. */
  async run(signal: AbortSignal): Promise<void> {
    const { zone, clock, telemetry, pulseMs } = this.#options;
    const wakeUp = () => this.#sleeping.abort();
    signal.addEventListener('abort', wakeUp);
    let slot = clock.now().mono;
    while (!signal.aborted) {
      const woken = this.#woken;
      this.#woken = false;
      try {
        // nobody ends this process at a deadline: an alert has all the time it needs
        await zone.invoke(woken, Number.POSITIVE_INFINITY);
      } catch (error) {
        telemetry.log('error', `a pulse failed: ${(error as Error).message}`);
      }
      slot = nextSlot(slot, pulseMs, clock.now().mono);
      this.#sleeping = new AbortController();
      if (this.#woken || signal.aborted) continue;
      await clock.sleep(slot - clock.now().mono, this.#sleeping.signal);
    }
    signal.removeEventListener('abort', wakeUp);
  }
}

/** Slots that passed while an alert lasted are dropped, not caught up. */
function nextSlot(slot: number, pulseMs: number, now: number): number {
  return slot + (Math.floor(Math.max(0, now - slot) / pulseMs) + 1) * pulseMs;
}
