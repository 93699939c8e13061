/**
 * What an operator does in a transcript, through the operations that every door shares:
 *
 *   operator asks for a coordinated failover [to n2:6379]
 *   operator asks for a forced failover [to n2:6379]
 *   operator pauses | resumes
 *   operator resets, a b alive
 *   operator simulates crash-after-election | crash-after-promotion
 */
import type { MasterState } from '../../src/core/model.ts';
import { failover } from '../../src/core/operations/failover.ts';
import { errorLine, type Outcome } from '../../src/core/operations/outcome.ts';
import { pause, resume } from '../../src/core/operations/pause.ts';
import { reset } from '../../src/core/operations/reset.ts';
import { simulateFailure } from '../../src/core/operations/simulate-failure.ts';
import { START, type Stage } from './stage.ts';
import { describeWrite } from './transcript-words.ts';

const BY = 'operator';

/** @returns undefined when the line is none of an operator's */
export function playOperator(stage: Stage, line: string): string[] | undefined {
  const request = /^operator (?<request>.+)$/.exec(line)?.groups?.['request'];
  if (request === undefined) return undefined;
  const { state } = stage;
  stage.asked += 1;
  const outcome = ask(stage, request);
  switch (outcome.kind) {
    case 'refused':
      return [`refused: ${errorLine(outcome)}`];
    case 'unchanged':
      return ['it is so already'];
    case 'change':
      stage.state = { ...outcome.next, rev: state.rev + 1 };
      return describeWrite(state, stage.state, START);
  }
}

function ask({ state, now, asked }: Stage, request: string): Outcome {
  const id = `request-${asked}`;
  const wanted = /^asks for a (?<kind>coordinated|forced) failover( to (?<to>\S+))?$/.exec(request)?.groups;
  if (wanted) {
    const { kind, to } = wanted;
    return failover(state, { id, coordinated: kind === 'coordinated', to }, BY, now);
  }
  const alive = /^resets, (?<list>.+) alive$/.exec(request)?.groups?.['list'];
  if (alive !== undefined) return reset(state, { liveVoters: alive.split(' ') }, BY, now);
  switch (request) {
    case 'pauses':
      return pause(state, BY, now);
    case 'resumes':
      return resume(state, id, BY, now);
    case 'simulates crash-after-election':
      return simulate(state, { crashAfterElection: true });
    case 'simulates crash-after-promotion':
      return simulate(state, { crashAfterPromotion: true });
    default:
      throw new Error(`not understood: operator ${request}`);
  }
}

function simulate(state: MasterState, what: Parameters<typeof simulateFailure>[1]): Outcome {
  return simulateFailure(state, what);
}
