/** A hand-over that comes to nothing leaves its writers held back. */
import type { Bug } from './bug.ts';

export const writersNotLetGo: Bug = {
  name: 'writers not let go',
  shownBy: 13,
  edits: [
    {
      file: 'src/core/handover.ts',
      find: `if (!mayBePaused || !reached(node) || ownReply(s, 'unpause', oldMaster)) return undefined;`,
      replace: `if (mayBePaused || !reached(node) || ownReply(s, 'unpause', oldMaster)) return undefined;`,
    },
  ],
};
