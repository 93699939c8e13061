/** Who does not lead repairs all the same. */
import type { Bug } from './bug.ts';

export const repairDuringAFailover: Bug = {
  name: 'repair during a failover',
  shownBy: 1,
  edits: [
    {
      file: 'src/core/part.ts',
      find: `import { standsBack } from './limitation.ts';`,
      replace: `import { standsBack } from './limitation.ts';
import { repair } from './topology.ts';`,
    },
    {
      file: 'src/core/part.ts',
      find: `  const stillMs = beatStoodStillMs(s);
  if (stillMs >= s.state.directives.leaseMs) return resume(s, 'leader', stillMs);`,
      replace: `  const repaired = repair(s);
  if (repaired) return repaired;
  const stillMs = beatStoodStillMs(s);
  if (stillMs >= s.state.directives.leaseMs) return resume(s, 'leader', stillMs);`,
    },
  ],
};
