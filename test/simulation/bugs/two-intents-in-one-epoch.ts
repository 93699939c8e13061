/** A node that does not answer is replaced by another in the same epoch. */
import type { Bug } from './bug.ts';

export const twoIntentsInOneEpoch: Bug = {
  name: 'two intents in one epoch',
  shownBy: 56,
  edits: [
    {
      file: 'src/core/promotion.ts',
      find: `if (outOfReach(s, intent.node)) return takeNextEpoch(s, \`\${name} is out of reach\`, failover);`,
      replace: `if (outOfReach(s, intent.node)) { const [best] = othersToPromote(s).ranked; if (best) return intend(s, best, {}, 'another'); }`,
    },
  ],
};
