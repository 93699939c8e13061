/** The writers of the old master are held back for an hour. */
import type { Bug } from './bug.ts';

export const pauseForAnHour: Bug = {
  name: 'pause for an hour',
  shownBy: 13,
  edits: [
    {
      file: 'src/core/handover.ts',
      find: 'const forMs = Math.min(PAUSE_MS_MAX, state.directives.failoverTimeoutMs);',
      replace: 'const forMs = state.directives.failoverTimeoutMs + 1800 * PAUSE_MS_MAX;',
    },
  ],
};
