/** A deliberate mistake in the sources: the simulator that does not notice it lacks an oracle or a fault. */
import type { Edit } from '../bundle.ts';

export interface Bug {
  readonly name: string;
  /** The first world from seed 1 that showed it: tried first, to save time. Worlds change with the code, and then others show it. */
  readonly shownBy: number;
  readonly edits: readonly Edit[];
}
