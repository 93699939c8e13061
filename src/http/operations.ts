/** What the operate endpoint asks of the system. */
import type { CommandOutcome, MasterState, SentinelId } from '../core/model.ts';
import type { FailoverRequest } from '../core/operations/failover.ts';
import type { MonitorRequest } from '../core/operations/monitor-request.ts';
import type { Refusal } from '../core/operations/outcome.ts';

/** `command`: a sentinel has yet to carry it out. */
export interface Done {
  readonly kind: 'done';
  readonly changed: boolean;
  readonly created?: boolean;
  readonly state: MasterState;
  readonly command?: string;
}

export type Answer = Done | Refusal;

export type CommandStatus =
  | { readonly kind: 'begun' | 'refused'; readonly outcome: CommandOutcome; readonly state: MasterState }
  | { readonly kind: 'pending'; readonly state: MasterState }
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
  removeSentinel(
    id: SentinelId,
    by: SentinelId,
  ): Promise<{ readonly kind: 'done'; readonly from: readonly string[] } | Refusal>;
  failover(name: string, request: FailoverRequest, by: SentinelId): Promise<Answer>;
  pause(name: string, by: SentinelId): Promise<Answer>;
  resume(name: string, id: string, by: SentinelId): Promise<Answer>;
  awaitOutcome(name: string, command: string, waiting: { readonly limitMs: number }): Promise<CommandStatus>;
}
