/** A node that says master, and that the others follow, becomes the master of the state. */
import type { Bug } from './bug.ts';

export const adoptWithoutAnIntent: Bug = {
  name: 'adopt without an intent',
  shownBy: 140,
  edits: [
    {
      file: 'src/core/adoption.ts',
      find: 'if (!s.state.directives.observeOnly || s.state.paused) return undefined;',
      replace: 'if (s.state.paused) return undefined;',
    },
    {
      file: 'src/core/decide.ts',
      find: 'acceptLoss(s) ?? (standsBack(state) === undefined ? undefined : adopt(s));',
      replace: 'acceptLoss(s) ?? adopt(s);',
    },
    {
      file: 'src/core/decide.ts',
      find: '(back === undefined ? repair(s) : adopt(s));',
      replace: '(adopt(s) ?? repair(s));',
    },
  ],
};
