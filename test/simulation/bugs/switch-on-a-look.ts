/** That the chosen node says master is taken for the reply to this leader’s promotion. */
import type { Bug } from './bug.ts';

export const switchOnALook: Bug = {
  name: 'switch on a look',
  shownBy: 10,
  edits: [
    {
      file: 'src/core/promotion.ts',
      find: `  if (reply?.outcome === 'done') return simulatedCrash(s)`,
      replace: `  const seen = memory.nodes[name];
  if (reached(seen) && seen.info.role === 'master')
    return switchMasterTo(s, intent.node, reply ?? ({ at: now.mono, detail: 'says master' } as CommandReply));
  if (reply?.outcome === 'done') return simulatedCrash(s)`,
    },
  ],
};
