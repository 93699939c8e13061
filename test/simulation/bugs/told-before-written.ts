/** A switch is logged before its write is known to have succeeded. */
import type { Bug } from './bug.ts';

export const toldBeforeWritten: Bug = {
  name: 'told before written',
  shownBy: 1,
  edits: [
    {
      file: 'src/sentinel/tick.ts',
      find: '  const outcome = await store.compareAndSet(before, next);',
      replace: `  for (const { type, payload } of next.events) telemetry.log('warn', \`\${type} \${payload}\`);
  const outcome = await store.compareAndSet(before, next);`,
    },
  ],
};
