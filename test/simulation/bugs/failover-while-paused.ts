/** A paused master is failed over. */
import type { Bug } from './bug.ts';

export const failoverWhilePaused: Bug = {
  name: 'failover while paused',
  shownBy: 193,
  edits: [
    {
      file: 'src/core/limitation.ts',
      find: '  if (paused) return',
      replace: "  if (paused?.refused === 'never') return",
    },
  ],
};
