/** A zone in alert leaves its calm masters to somebody else. */
import type { Bug } from './bug.ts';

export const deafToOtherMasters: Bug = {
  name: 'deaf to other masters',
  shownBy: 78,
  edits: [
    {
      file: 'src/sentinel/alert.ts',
      find: 'Math.min(this.#options.pulseMs, CALM_MS_MAX)',
      replace: '60_000',
    },
  ],
};
