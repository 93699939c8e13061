/** One name, asked for on behalf of all who follow it: slowly while all is well, fast while a failover is open. */
import { isSettled, type Resolution } from './resolution.ts';

export interface Follower {
  /** Nothing is told from here on. It may be called twice. */
  end(): void;
}

export interface FollowListener {
  onAnswer(resolution: Resolution): void;
  /** No answer came; it is asked on. */
  onTrouble?(error: Error): void;
}

export interface Paces {
  readonly pollMs: number;
  readonly alertPollMs: number;
}

export class Following {
  readonly #ask: () => Promise<unknown>;
  readonly #paces: Paces;
  readonly #listeners = new Set<FollowListener>();
  #timer: NodeJS.Timeout | undefined;
  #paceMs: number;

  /** @param ask - its outcome is to be told by {@link answered} or {@link troubled} */
  constructor(ask: () => Promise<unknown>, paces: Paces) {
    this.#ask = ask;
    this.#paces = paces;
    this.#paceMs = paces.pollMs;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  add(listener: FollowListener): Follower {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#schedule();
    return {
      end: () => {
        this.#listeners.delete(listener);
        if (this.isEmpty) clearTimeout(this.#timer);
      },
    };
  }

  /** Whoever asked: all who follow hear it. */
  answered(resolution: Resolution): void {
    const paceMs = isSettled(resolution) ? this.#paces.pollMs : this.#paces.alertPollMs;
    const faster = paceMs < this.#paceMs;
    this.#paceMs = paceMs;
    if (faster && !this.isEmpty) this.#schedule();
    for (const listener of [...this.#listeners]) listener.onAnswer(resolution);
  }

  troubled(error: Error): void {
    this.#paceMs = this.#paces.pollMs;
    for (const listener of [...this.#listeners]) listener.onTrouble?.(error);
  }

  /** It keeps no process alive. */
  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tick(), this.#paceMs).unref();
  }

  async #tick(): Promise<void> {
    await this.#ask().catch(() => {}); // told to the listeners
    if (!this.isEmpty) this.#schedule();
  }
}
