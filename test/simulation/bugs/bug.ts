/** A deliberate mistake in the sources: the simulator that does not notice it lacks an oracle or a fault. */
import type { Edit } from '../bundle.ts';

export interface Bug {
  readonly name: string;
  readonly edits: readonly Edit[];
}
