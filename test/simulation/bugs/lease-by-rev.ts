/** A leader is taken for alive as long as anybody writes. */
import type { Bug } from './bug.ts';

export const leaseByRev: Bug = {
  name: 'lease by rev',
  shownBy: 208,
  edits: [
    {
      file: 'src/core/agreement.ts',
      find: `const key = \`\${alive.epoch} \${who?.sentinel} \${who?.incarnation} \${alive.beat}\`;`,
      replace: `const key = \`\${state.rev} \${who?.sentinel}\`;`,
    },
  ],
};
