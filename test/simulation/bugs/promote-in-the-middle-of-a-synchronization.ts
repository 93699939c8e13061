/** A replica is promoted that has thrown its data away, and not yet got those of its master. */
import type { Bug } from './bug.ts';

export const promoteInTheMiddleOfASynchronization: Bug = {
  name: 'promote in the middle of a synchronization',
  shownBy: 118,
  edits: [
    {
      file: 'src/core/selection.ts',
      find: `  if (upstream.syncInProgress) return 'in the middle of a synchronization';
`,
      replace: '',
    },
  ],
};
