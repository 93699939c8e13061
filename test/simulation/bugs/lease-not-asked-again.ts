/** EXEC leaves however long ago the last write was. */
import type { Bug } from './bug.ts';

export const leaseNotAskedAgain: Bug = {
  name: 'lease not asked again',
  shownBy: 165,
  edits: [
    {
      file: 'src/sentinel/enact.ts',
      find: `objection: () => (clock.now().mono < validUntil ? undefined : 'the right to send it has run out'),`,
      replace: 'objection: () => undefined,',
    },
    {
      file: 'src/sentinel/enact.ts',
      find: 'timeoutMs: Math.max(1, Math.min(TRANSACTION_MS_MAX, validUntil - sentAt)),',
      replace: 'timeoutMs: TRANSACTION_MS_MAX,',
    },
    {
      file: 'src/core/failover.ts',
      find: '  if (decision.write || wroteAgoMs < BEAT_MS) return decision;',
      replace:
        '  if (decision.write || decision.commands.length > 0 || wroteAgoMs < BEAT_MS) return decision;',
    },
  ],
};
