/** A reply that comes too late for its own look is taken for none: a slow node is a dead one. */
import type { Bug } from './bug.ts';

export const lateRepliesIgnored: Bug = {
  name: 'late replies ignored',
  shownBy: 22,
  edits: [
    {
      file: 'src/core/observation.ts',
      find: 'if (!heard || noReplySince === undefined || heard.at <= noReplySince) return node;',
      replace: 'if (heard || !heard) return node;',
    },
  ],
};
