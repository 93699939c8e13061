/** A process that stood still goes on from what it saw before. */
import type { Bug } from './bug.ts';

export const noVigil: Bug = {
  name: 'no vigil',
  shownBy: 39,
  edits: [
    {
      file: 'src/sentinel/vigil.ts',
      find: `    if (lateMs > STALL_MS) this.#note(\`stalled for \${Math.round(lateMs)} ms\`);
    else if`,
      replace: '    if',
    },
  ],
};
