/** What the gateway asks of the system for commands that change something. */
import type { CommandOutcome, MasterState, SentinelId, SimulatedFailure } from '../core/model.ts';
import type { FailoverRequest } from '../core/operations/failover.ts';
import type { MonitorRequest } from '../core/operations/monitor-request.ts';
import type { Refusal } from '../core/operations/outcome.ts';

/** `command`: a sentinel has yet to carry it out. */
export interface Done {
  readonly kind: 'done';
  readonly state: MasterState;
  readonly command?: string;
}

export type Answer = Done | Refusal;

export type CommandStatus =
  | { readonly kind: 'begun' | 'refused'; readonly outcome: CommandOutcome }
  | { readonly kind: 'pending' }
  | { readonly kind: 'gone' };

/** Every method throws Unavailable when the table does not answer. `by` whom as the events say. */
export interface Operations {
  monitor(request: MonitorRequest, by: SentinelId): Promise<Answer>;
  set(name: string, given: Readonly<Record<string, unknown>>, by: SentinelId): Promise<Answer>;
  remove(name: string, by: SentinelId): Promise<Answer>;
  reset(
    pattern: string,
    by: SentinelId,
  ): Promise<Readonly<Record<'reset' | 'inProgress' | 'contended', readonly string[]>>>;
  failover(name: string, request: FailoverRequest, by: SentinelId): Promise<Answer>;
  simulateFailure(failure: SimulatedFailure): Promise<readonly Answer[]>;
  awaitOutcome(name: string, command: string, waiting: { readonly limitMs: number }): Promise<CommandStatus>;
}
