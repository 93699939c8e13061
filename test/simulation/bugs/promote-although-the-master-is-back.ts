/** A failover goes on although its leader sees the master healthy again. */
import type { Bug } from './bug.ts';

export const promoteAlthoughTheMasterIsBack: Bug = {
  name: 'promote although the master is back',
  shownBy: 64,
  edits: [
    {
      file: 'src/core/failover.ts',
      find: `if (!s.masterDown && failover.kind === 'automatic') {`,
      replace: `if (!s.masterDown && failover.kind === 'automatic' && Number.isNaN(state.rev)) {`,
    },
  ],
};
