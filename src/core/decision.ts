/** What a decision may ask of the shell. Written first, sent second; with no write succeeding, nothing is sent. */
import type { NodeCommand } from './commands.ts';
import type { MasterState, Vote } from './model.ts';

/** How soon and how closely to look again. */
export type Pace =
  /** Nothing that looking faster would change: the schedule is enough. */
  | { readonly kind: 'pulse' }
  /**
   * Stay and look again after `afterMs`. `full` asks every node for full INFO; `poll` asks the table alone as long as
   * the last look is younger than the alert interval. `own`: what stands is the decider's own last write, which the
   * next compare-and-set proves or refutes; it need not be read again.
   */
  | {
      readonly kind: 'alert';
      readonly afterMs: number;
      readonly full?: true;
      readonly poll?: true;
      readonly own?: true;
    }
  /** Decide again at once from what was just written and answered, without a new look. */
  | { readonly kind: 'again' };

export interface Decision {
  /** The sentence that explains it, for the log and the status page. */
  readonly reason: string;
  readonly write?: MasterState;
  readonly vote?: Vote;
  readonly commands: readonly NodeCommand[];
  readonly pace: Pace;
  /** SIMULATE-FAILURE: when the write has succeeded, this process ends. */
  readonly crash?: string;
}

export const PULSE: Pace = { kind: 'pulse' };
export const AGAIN: Pace = { kind: 'again' };

export function nothing(reason: string, pace: Pace = PULSE): Decision {
  return { reason, commands: [], pace };
}
