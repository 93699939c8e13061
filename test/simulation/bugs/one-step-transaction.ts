/** MULTI, the commands and EXEC leave in one go: a stopped node runs them when it wakes. */
import type { Bug } from './bug.ts';

export const oneStepTransaction: Bug = {
  name: 'one step transaction',
  shownBy: 1,
  edits: [
    {
      file: 'src/adapters/redis/transaction.ts',
      find: '    const prepared = request.plain ? undefined : await queueCommands(link, request.commands, inTime);',
      replace: `    if (!request.plain) {
      const all = link.send([['MULTI'], ...request.commands, ['EXEC']]);
      return outcomeOf(link, await inTime(all.at(-1)), clock);
    }
    const prepared = undefined as Awaited<ReturnType<typeof queueCommands>> | undefined;`,
    },
  ],
};
