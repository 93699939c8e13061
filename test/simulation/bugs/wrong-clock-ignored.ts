/** A sentinel trusts its clock, however far it is from the table’s. */
import type { Bug } from './bug.ts';

export const wrongClockIgnored: Bug = {
  name: 'wrong clock ignored',
  shownBy: 71,
  edits: [
    {
      file: 'src/sentinel/tilt.ts',
      find: 'Math.abs(skewMs) <= CLOCK_MS_MAX',
      replace: 'Math.abs(skewMs) <= CLOCK_MS_MAX * 1000',
    },
  ],
};
