/** Who resumes promotes the best node, whichever was intended. */
import type { Bug } from './bug.ts';

export const resumeWithAnother: Bug = {
  name: 'resume with another',
  shownBy: 7,
  edits: [
    {
      file: 'src/core/promotion.ts',
      find: '  if (before && !lost) {',
      replace: '  if (before && !lost && othersToPromote(s).ranked.length === 0) {',
    },
    {
      file: 'src/core/promotion.ts',
      find: '  if (best && before && lost) {',
      replace: '  if (best && before) {',
    },
  ],
};
