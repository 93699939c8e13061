/** The replica that has least is promoted. */
import type { Bug } from './bug.ts';

export const theWorstReplica: Bug = {
  name: 'the worst replica',
  edits: [
    {
      file: 'src/core/selection.ts',
      find: '    b.offset - a.offset ||',
      replace: '    a.offset - b.offset ||',
    },
  ],
};
