/** That another node was down before the switch counts against the one that is the master now. */
import type { Bug } from './bug.ts';

export const reportsOfAnotherAddress: Bug = {
  name: 'reports of another address',
  shownBy: 66,
  edits: [
    {
      file: 'src/core/agreement.ts',
      find: `      sameAddress(observation.address, state.master.address) &&
      observation.configEpoch === state.configEpoch &&
      observation.tilt === undefined &&`,
      replace: '      observation.tilt === undefined &&',
    },
  ],
};
