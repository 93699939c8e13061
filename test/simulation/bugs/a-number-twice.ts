/** A word that got no answer, and the next one, bear one number: whichever reaches the table last stands. */
import type { Bug } from './bug.ts';

export const aNumberTwice: Bug = {
  name: 'a number twice',
  shownBy: 39,
  edits: [
    {
      file: 'src/sentinel/tick.ts',
      find: 'seq: Math.max(word.seq, seq + 1),',
      replace: 'seq: word.seq',
    },
  ],
};
