/** A role change leaves older commands on their way. */
import type { Bug } from './bug.ts';

export const clientsNotKilled: Bug = {
  name: 'clients not killed',
  shownBy: 1,
  edits: [
    {
      file: 'src/core/commands.ts',
      find: `const TAIL = [['CONFIG', 'REWRITE'], ...KILLS, ['CLIENT', 'UNPAUSE'], ['ROLE']];`,
      replace: `const TAIL = [['CONFIG', 'REWRITE'], ['CLIENT', 'UNPAUSE'], ['ROLE']];`,
    },
  ],
};
