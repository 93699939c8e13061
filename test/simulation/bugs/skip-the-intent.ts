/** The promotion is sent, and nothing that says so was written first. */
import type { Bug } from './bug.ts';

export const skipTheIntent: Bug = {
  name: 'skip the intent',
  shownBy: 1,
  edits: [
    {
      file: 'src/core/promotion.ts',
      find: `      intent: { epoch: failover.epoch, node, ...known },
`,
      replace: '',
    },
  ],
};
