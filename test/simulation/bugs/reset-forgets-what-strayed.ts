/** RESET forgets a replica that still follows the master before: nobody would ever bring it back. */
import type { Bug } from './bug.ts';

export const resetForgetsWhatStrayed: Bug = {
  name: 'reset forgets what strayed',
  shownBy: 1614,
  edits: [
    {
      file: 'src/core/discovery.ts',
      find: 'return follows || sameLineage(state, node.info);',
      replace: 'return follows;',
    },
  ],
};
