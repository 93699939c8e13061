/** A sentinel casts its vote whenever it is asked, and the table takes it each time. */
import type { Bug } from './bug.ts';

export const voteTwice: Bug = {
  name: 'vote twice',
  shownBy: 2,
  edits: [
    {
      file: 'src/core/part.ts',
      find: `if (!mine) return cast(s, \`voting for`,
      replace: `if (true) return cast(s, \`voting for`,
    },
    {
      file: 'test/simulation/world/table.ts',
      find: `if (before !== undefined) return false;
    votes.set`,
      replace: 'votes.set',
    },
  ],
};
