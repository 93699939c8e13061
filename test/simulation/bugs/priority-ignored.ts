/** A replica of priority 0 is promoted like any other. */
import type { Bug } from './bug.ts';

export const priorityIgnored: Bug = {
  name: 'priority ignored',
  shownBy: 1,
  edits: [
    {
      file: 'src/core/selection.ts',
      find: `  if (upstream.priority === 0) return NEVER;
`,
      replace: '',
    },
  ],
};
