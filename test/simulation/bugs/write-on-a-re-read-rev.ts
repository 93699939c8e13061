/** The state is read again before it is written, and written over whatever came in between. */
import type { Bug } from './bug.ts';

export const writeOnAReReadRev: Bug = {
  name: 'write on a re read rev',
  shownBy: 4,
  edits: [
    {
      file: 'src/sentinel/tick.ts',
      find: '  const outcome = await store.compareAndSet(before, next);',
      replace:
        '  const outcome = await store.compareAndSet((await store.readState(before.name)) ?? before, next);',
    },
  ],
};
