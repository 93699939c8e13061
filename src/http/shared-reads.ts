/**
 * One read for all who ask before it is sent. When a master dies all its clients ask at once, and the table should be
 * free for the failover. No answer is older than its question.
 */
import type { Clock } from '../ports.ts';

/** One read that does not come back holds up those after it for so long. */
const PATIENCE_MS = 20;

export class SharedReads<T> {
  readonly #read: (key: string) => Promise<T>;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #lastSent = new Map<string, Promise<T>>();
  readonly #notYetSent = new Map<string, Promise<T>>();

  constructor(read: (key: string) => Promise<T>, clock: Pick<Clock, 'sleep'>) {
    this.#read = read;
    this.#clock = clock;
  }

  /** @throws what the read throws: to each who shared it */
  read(key: string): Promise<T> {
    const shared = this.#notYetSent.get(key);
    if (shared) return shared;
    const underWay = this.#lastSent.get(key);
    if (!underWay) return this.#send(key);
    const next = this.#after(underWay, key);
    this.#notYetSent.set(key, next);
    return next;
  }

  async #after(underWay: Promise<T>, key: string): Promise<T> {
    const over = new AbortController();
    const settled = () => {};
    await Promise.race([underWay.then(settled, settled), this.#clock.sleep(PATIENCE_MS, over.signal)]);
    over.abort();
    this.#notYetSent.delete(key);
    return this.#send(key);
  }

  #send(key: string): Promise<T> {
    const sent = this.#read(key);
    this.#lastSent.set(key, sent);
    const settled = () => {
      if (this.#lastSent.get(key) === sent) this.#lastSent.delete(key);
    };
    sent.then(settled, settled);
    return sent;
  }
}
