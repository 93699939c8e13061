/** The replica that has least is promoted. */
import type { Bug } from './bug.ts';

export const theWorstReplica: Bug = {
  name: 'the worst replica',
  shownBy: 170,
  edits: [
    {
      file: 'src/core/selection.ts',
      find: '    b.offset - a.offset ||',
      replace: '    a.offset - b.offset ||',
    },
  ],
};
