/** The old master answers again, and the promotion that may be on its way is forgotten. */
import type { Bug } from './bug.ts';

export const abortAfterTheIntent: Bug = {
  name: 'abort after the intent',
  shownBy: 10,
  edits: [
    {
      file: 'src/core/promotion.ts',
      find: `import { naming } from './adoption.ts';`,
      replace: `import { naming } from './adoption.ts';
import { abort } from './endings.ts';`,
    },
    {
      file: 'src/core/promotion.ts',
      find: `  const name = nodeId(intent.node);
  const reply = ownReply(s, 'promote', intent.node);`,
      replace: `  if (!s.masterDown && failover.kind === 'automatic')
    return abort(s, 'it answers', aboutMaster('-failover-abort-master-up', s.state.name, failover.oldMaster));
  const name = nodeId(intent.node);
  const reply = ownReply(s, 'promote', intent.node);`,
    },
  ],
};
