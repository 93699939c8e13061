/** Which operations on the table fail, and how. */
import { keyIn, type Operation, type Reply } from './table-operation.ts';

export type Fault =
  /** Answered 503: it had no effect and its caller knows. */
  | { readonly kind: 'refuse' }
  /** Answered 400 as DynamoDB does when too much is asked of it: no effect, and its caller knows. */
  | { readonly kind: 'throttle' }
  /** Never answered: it had no effect, and its caller finds out by its own time-out. */
  | { readonly kind: 'hang' }
  /** The connection breaks before the table heard of it. */
  | { readonly kind: 'cut' }
  /** It takes effect, and the connection breaks before the reply. */
  | { readonly kind: 'loseReply' }
  /** It reaches the table so much later. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** It takes effect, and the reply's date is that of a table whose clock is so far ahead (below 0: behind). */
  | { readonly kind: 'clock'; readonly aheadMs: number };

/** What is not named matches everything. The first rule that matches a request strikes it. */
export interface FaultRule {
  readonly caller?: string;
  /** Such as `PutItem` or `Query`. */
  readonly operation?: string;
  /** How the sort key of the item begins, for operations on one item. */
  readonly sk?: string;
  /** Strikes so often, then never again. @default until it is cleared */
  readonly times?: number;
  readonly fault: Fault;
}

export class FaultRules {
  /** Each with how often it may still strike. */
  readonly #left = new Map<FaultRule, number>();

  /** @returns the function that clears the rule. */
  add(rule: FaultRule): () => void {
    this.#left.set(rule, rule.times ?? Number.POSITIVE_INFINITY);
    return () => this.#left.delete(rule);
  }

  strike(operation: Operation): Fault | undefined {
    for (const [rule, left] of this.#left) {
      if (left <= 0 || !matches(rule, operation)) continue;
      this.#left.set(rule, left - 1);
      return rule.fault;
    }
    return undefined;
  }
}

function matches(rule: FaultRule, operation: Operation): boolean {
  if (rule.caller !== undefined && rule.caller !== operation.caller) return false;
  if (rule.operation !== undefined && rule.operation !== operation.operation) return false;
  return rule.sk === undefined || (keyIn(operation)?.sk.startsWith(rule.sk) ?? false);
}

/** What the door answers in the table's place. */
export function answerInstead(fault: Fault): Reply | undefined {
  if (fault.kind === 'refuse') return failure(503, 'ServiceUnavailable', 'refused by a fault rule');
  if (fault.kind === 'throttle') {
    return failure(400, 'ProvisionedThroughputExceededException', 'throttled by a fault rule');
  }
  return undefined;
}

function failure(status: number, name: string, message: string): Reply {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: Buffer.from(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message })),
  };
}

/** The reply with the date of a clock that is so far ahead of this machine's. */
export function datedAhead(reply: Reply, aheadMs: number): Reply {
  const date = new Date(Date.now() + aheadMs).toUTCString();
  return { ...reply, headers: { ...reply.headers, date } };
}
