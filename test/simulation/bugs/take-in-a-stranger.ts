/** A node of another group at a replica's address is pointed to our master, and loses all it has. */
import type { Bug } from './bug.ts';

export const takeInAStranger: Bug = {
  name: 'take in a stranger',
  shownBy: 18,
  edits: [
    {
      file: 'src/core/lineage.ts',
      find: '  if (replica.declared || sameLineage(state, info)',
      replace: '  if (replica || sameLineage(state, info)',
    },
  ],
};
