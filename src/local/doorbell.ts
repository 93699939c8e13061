/** Remembers that it rang, however often, until somebody waits for it. */
export class Doorbell {
  #rang = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rang = true;
    this.#wake?.();
  }

  /** Resolves when it has rung, after `timeoutMs`, or when `signal` is aborted. */
  async rung(signal: AbortSignal, timeoutMs?: number): Promise<void> {
    if (!this.#rang && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = timeoutMs === undefined ? undefined : setTimeout(done, timeoutMs);
        function done() {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        }
        signal.addEventListener('abort', done);
        this.#wake = done;
      });
      this.#wake = undefined;
    }
    this.#rang = false;
  }
}
