/** RESET is granted between the intent and the switch. */
import type { Bug } from './bug.ts';

export const resetDuringAPromotion: Bug = {
  name: 'reset during a promotion',
  shownBy: 993,
  edits: [
    {
      file: 'src/core/operations/reset.ts',
      find: `  if (committed(state)) return inProgress();
`,
      replace: '',
    },
  ],
};
