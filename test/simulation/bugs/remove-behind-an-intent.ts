/** REMOVE takes the failover away while a promotion may be on its way. */
import type { Bug } from './bug.ts';

export const removeBehindAnIntent: Bug = {
  name: 'remove behind an intent',
  shownBy: 114,
  edits: [
    {
      file: 'src/core/operations/remove.ts',
      find: `  if (committed(state) && (unreachableMs ?? 0) < state.directives.failoverTimeoutMs) return inProgress();
`,
      replace: '',
    },
  ],
};
