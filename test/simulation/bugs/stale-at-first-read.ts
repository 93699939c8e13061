/** What a process reads for the first time is fresh to it, however old it is. */
import type { Bug } from './bug.ts';

export const staleAtFirstRead: Bug = {
  name: 'stale reports fresh at a first read',
  shownBy: 1009,
  edits: [
    {
      file: 'src/core/agreement.ts',
      find: 'const changedNow = watched || Math.abs(at - now.wall) <= FRESH_MS;',
      replace: 'const changedNow = watched || before === undefined || Math.abs(at - now.wall) <= FRESH_MS;',
    },
  ],
};
