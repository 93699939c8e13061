/** A sentinel goes on as if its clock had not jumped. */
import type { Bug } from './bug.ts';

export const jumpIgnored: Bug = {
  name: 'jump ignored',
  shownBy: 1313,
  edits: [
    {
      file: 'src/sentinel/vigil.ts',
      find: 'else if (Math.abs(jumpMs) > JUMP_MS_MAX)',
      replace: 'else if (Math.abs(jumpMs) > JUMP_MS_MAX * 1000)',
    },
  ],
};
