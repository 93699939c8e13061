/** What each caller asked of the table. */
import type { Operation, Reply } from './table-operation.ts';

export interface OperationStatistics {
  readonly caller: string;
  readonly operation: string;
  readonly requests: number;
  /** Bodies only. */
  readonly requestBytes: number;
  readonly replyBytes: number;
  /** Writes refused because their condition did not hold. */
  readonly failedConditions: number;
}

export class OperationCounts {
  readonly #counts = new Map<string, OperationStatistics>();

  all(): readonly OperationStatistics[] {
    return [...this.#counts.values()];
  }

  count({ caller, operation, body }: Operation, reply: Reply): void {
    const name = `${caller} ${operation}`;
    const before = this.#counts.get(name);
    const failed = reply.status === 400 && reply.body.includes('ConditionalCheckFailedException');
    this.#counts.set(name, {
      caller,
      operation,
      requests: (before?.requests ?? 0) + 1,
      requestBytes: (before?.requestBytes ?? 0) + body.length,
      replyBytes: (before?.replyBytes ?? 0) + reply.body.length,
      failedConditions: (before?.failedConditions ?? 0) + (failed ? 1 : 0),
    });
  }
}
