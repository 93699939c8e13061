/** Every sentinel votes for itself. */
import type { Bug } from './bug.ts';

export const voteForOneself: Bug = {
  name: 'vote for oneself',
  shownBy: 1,
  edits: [
    {
      file: 'src/core/election.ts',
      find: '  return { master: state.name, epoch: election.epoch, sentinel, candidate: election.candidate, at: now.wall };',
      replace: `  const candidate = { ...election.candidate, sentinel };
  return { master: state.name, epoch: election.epoch, sentinel, candidate, at: now.wall };`,
    },
  ],
};
