/** Reading the table for many who ask at once: one read at a time of each thing, and none that is fresher than needed. */
import type { MonoMs } from '../../core/model.ts';
import type { Clock } from '../../ports.ts';

/** How long who asks waits for a read while there is an older answer. */
const PATIENCE_MS = 1000;

export class Reading {
  readonly #clock: Clock;
  readonly #read: () => Promise<void>;
  #running: Promise<void> | undefined;
  #readAt: MonoMs | undefined;
  #outdatedAt: MonoMs = Number.NEGATIVE_INFINITY;
  #failing = false;

  /** @param read - takes in what it reads; it throws when there is nothing to take in */
  constructor(clock: Clock, read: () => Promise<void>) {
    this.#clock = clock;
    this.#read = read;
  }

  /** When the last read that succeeded was sent. */
  get readAt(): MonoMs | undefined {
    return this.#readAt;
  }

  get failing(): boolean {
    return this.#failing;
  }

  /** What was read, or is being read, is not to be told without asking again. */
  outdate(): void {
    this.#running = undefined;
    this.#readAt = undefined;
    this.#outdatedAt = this.#clock.now().mono;
  }

  /** The same was read by another way. @param sentAt - when */
  readElsewhere(sentAt: MonoMs): void {
    if (sentAt > this.#outdatedAt) this.#readAt = Math.max(sentAt, this.#readAt ?? sentAt);
  }

  /** @throws whatever the read throws */
  now(): Promise<void> {
    if (this.#running) return this.#running;
    const sentAt = this.#clock.now().mono;
    const running = this.#read().then(
      () => {
        this.#failing = false;
        if (this.#running === running) this.#readAt = Math.max(sentAt, this.#readAt ?? sentAt);
      },
      (error: unknown) => {
        this.#failing = true;
        throw error;
      },
    );
    this.#running = running;
    const done = () => {
      if (this.#running === running) this.#running = undefined;
    };
    running.then(done, done);
    return running;
  }

  /**
   * Resolves when what was read is at most so old, or when it cannot be had: then what was read before is all there is.
   * While reads fail nobody waits for one.
   */
  async notOlderThan(ageMs: number, hasAnswer: boolean): Promise<void> {
    if (this.#readAt !== undefined && this.#clock.now().mono - this.#readAt <= ageMs) return;
    const read = this.now().catch(() => {});
    if (!hasAnswer) return read;
    if (this.#failing) return;
    const waiting = new AbortController();
    await Promise.race([read, this.#clock.sleep(PATIENCE_MS, waiting.signal)]);
    waiting.abort();
  }
}
