/** Time that passes only when everybody waits, for promises that run in one process. */
interface Timer {
  readonly at: number;
  readonly ring: () => void;
}

export class VirtualTime {
  #now: number;
  #timers: Timer[] = [];

  constructor(startsAt: number) {
    this.#now = startsAt;
  }

  get now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((ring) => {
      this.#timers.push({ at: this.#now + Math.max(0, ms), ring });
    });
  }

  /** Until nobody waits for a time any more: who hangs for ever, hangs. */
  async run(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve)); // whoever can go on, does
      const [next] = this.#timers.sort((a, b) => a.at - b.at);
      if (!next) return;
      this.#timers = this.#timers.slice(1);
      this.#now = next.at;
      next.ring();
    }
  }
}
