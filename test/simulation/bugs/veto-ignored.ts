/** What the replicas hear of the master is not asked for. */
import type { Bug } from './bug.ts';

export const vetoIgnored: Bug = {
  name: 'veto ignored',
  shownBy: 11,
  edits: [
    {
      file: 'src/core/limitation.ts',
      find: `  if (vetoed !== undefined) return vetoed;
`,
      replace: '',
    },
    {
      file: 'src/core/limitation.ts',
      find: 'if (unheard.length > 0) return',
      replace: 'if (unheard.length > 99) return',
    },
  ],
};
