/** A coordinated failover promotes first, and demotes the old master afterwards. */
import type { Bug } from './bug.ts';

export const promoteBeforeTheDemotion: Bug = {
  name: 'promote before the demotion',
  shownBy: 27,
  edits: [
    {
      file: 'src/core/promotion.ts',
      find: `commands: failover.kind === 'coordinated' ? [] : [promotion(node, chosen.link, failover.epoch)],`,
      replace: 'commands: [promotion(node, chosen.link, failover.epoch)],',
    },
  ],
};
