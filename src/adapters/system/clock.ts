/** The clocks of this process. */
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { LoopClock } from '../../ports.ts';

export const systemClock: LoopClock = {
  now: () => ({ wall: Date.now(), mono: performance.now() }),
  async sleep(ms, signal) {
    try {
      await delay(Math.max(0, ms), undefined, signal && { signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
  turn: () => turn(),
};
