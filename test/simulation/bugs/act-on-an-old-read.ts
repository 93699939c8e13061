/** What a warm function remembers of the table is acted upon: it is read every ten seconds only. */
import type { Bug } from './bug.ts';

export const actOnAnOldRead: Bug = {
  name: 'act on an old read',
  shownBy: 1,
  edits: [
    {
      file: 'src/sentinel/tick.ts',
      find: 'if (!knowsState) await load(watch, ports);',
      replace:
        'if (!knowsState && (!watch.read || ports.clock.now().mono - watch.read.readAt > 10_000)) await load(watch, ports);',
    },
  ],
};
