/** A failed attempt is followed by the next one at once. */
import type { Bug } from './bug.ts';

export const coolDownIgnored: Bug = {
  name: 'cool down ignored',
  shownBy: 1906,
  edits: [
    {
      file: 'src/core/limitation.ts',
      find: 'return state.coolDown !== undefined && now.wall < state.coolDown.until;',
      replace: 'return state.coolDown !== undefined && now.wall < state.coolDown.until - 3_600_000;',
    },
  ],
};
