/** Plays the schedule: each zone is invoked once a pulse, evenly staggered, on absolute slots so that nothing drifts. */
import { setTimeout as wait } from 'node:timers/promises';

/** The default time between two pulses of a zone. */
export const PULSE_MS = 1000;

export interface ScheduleOptions {
  readonly pulseMs: number;
  /** In the order of their stagger: the i-th of n runs i × pulse / n after the slot. */
  readonly zones: readonly string[];
  readonly invoke: (zone: string) => Promise<void>;
  readonly onTrouble: (zone: string, error: unknown) => void;
}

export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #ending = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  start(): void {
    const { zones, pulseMs } = this.#options;
    const startedAt = performance.now();
    this.#loops = Promise.all(
      zones.map((zone, i) => this.#run(zone, startedAt + (i * pulseMs) / zones.length)),
    );
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#loops;
  }

  async #run(zone: string, firstAt: number): Promise<void> {
    const { pulseMs, invoke, onTrouble } = this.#options;
    for (let slot = firstAt; !this.#ending.signal.aborted; slot = nextSlot(slot, pulseMs)) {
      await wait(Math.max(0, slot - performance.now()), undefined, { signal: this.#ending.signal }).catch(
        () => {},
      );
      if (this.#ending.signal.aborted) return;
      // not awaited: a pulse that is late must not delay the next one
      invoke(zone).catch((error) => this.#ending.signal.aborted || onTrouble(zone, error));
    }
  }
}

/** Slots that passed while this process was busy are dropped, not caught up. */
function nextSlot(slot: number, pulseMs: number): number {
  const missed = Math.floor(Math.max(0, performance.now() - slot - pulseMs) / pulseMs);
  return slot + (missed + 1) * pulseMs;
}
