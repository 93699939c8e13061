/** A node that does not answer is replaced by another in the same epoch. */
import type { Bug } from './bug.ts';

export const twoIntentsInOneEpoch: Bug = {
  name: 'two intents in one epoch',
  shownBy: 10,
  edits: [
    {
      file: 'src/core/promotion.ts',
      find: `if (lost) return takeNextEpoch(s, \`\${name} \${lost}\`, failover);`,
      replace: `if (lost) { const [best] = othersToPromote(s).ranked; if (best) return intend(s, best, {}, 'another'); }`,
    },
  ],
};
