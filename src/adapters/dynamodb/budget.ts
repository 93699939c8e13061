/** The time one operation may take, shared by all its requests. */
export class Budget {
  readonly #endsAt: number;

  constructor(totalMs: number) {
    this.#endsAt = performance.now() + totalMs;
  }

  /**
   * Runs `call` until the budget, less `reserveMs` for what must follow it, is used up. Then its signal is aborted
   * and the promise rejects, even if `call` heeds no signal (the SDK waits for credentials without one).
   * @throws OutOfTime
   */
  async spend<T>(reserveMs: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const givenMs = Math.max(0, this.#endsAt - performance.now() - reserveMs);
    const controller = new AbortController();
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new OutOfTime(`no answer within ${Math.round(givenMs)} ms`));
      controller.abort();
    }, givenMs);
    try {
      return await Promise.race([call(controller.signal), expired]);
    } finally {
      clearTimeout(timer);
    }
  }
}

export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}
