/** The old master is demoted before its successor has everything. */
import type { Bug } from './bug.ts';

export const handOverAtUnequalOffsets: Bug = {
  name: 'hand over at unequal offsets',
  shownBy: 13,
  edits: [
    {
      file: 'src/core/handover.ts',
      find: 'if (!fresh || !follows || successor.info.offset !== old.info.offset) {',
      replace: 'if (!fresh || !follows) {',
    },
  ],
};
