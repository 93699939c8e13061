/** Turns what the SDK throws into the port's {@link Unavailable}, saying which of its many reasons it was. */
import { Unavailable } from '../../ports.ts';

export interface Attempted {
  /** The API's name of it, such as `PutItem`. */
  readonly operation: string;
  readonly tableName: string;
  /** `performance.now()` when it was begun. */
  readonly startedAt: number;
}

export function unavailable(attempted: Attempted, error: unknown): Unavailable {
  const { operation, tableName, startedAt } = attempted;
  const tookMs = Math.round(performance.now() - startedAt);
  const attempts = shapeOf(error).$metadata?.attempts;
  const effort = attempts === undefined ? `${tookMs} ms` : `${tookMs} ms and ${attempts} attempt(s)`;
  return new Unavailable(`${operation} on table ${tableName} failed after ${effort}: ${reason(error)}`, {
    cause: error,
  });
}

/**
 * A status of 4xx: the table turned the last attempt away. Of an earlier one it says nothing: that may have taken
 * effect and lost its reply.
 */
export function answeredNo(error: unknown): boolean {
  const status = shapeOf(error).$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500;
}

const THROTTLED = /Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|LimitExceeded/;
const DENIED =
  /AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|MissingAuthentication|Credentials/;
const NO_ANSWER = /Timeout|OutOfTime|AbortError/;

function reason(error: unknown): string {
  const { name, message, code, $metadata } = shapeOf(error);
  const told = message || code || 'no message';
  if (name === 'ResourceNotFoundException') {
    return `the table does not exist in this account and region (${told}); check its name, or create it`;
  }
  if (THROTTLED.test(name)) return `throttled (${name}: ${told})`;
  if (DENIED.test(name)) return `access denied (${name}: ${told}); check the role and its policy`;
  if (NO_ANSWER.test(name)) return `timed out (${told})`;
  if (code) return `cannot be reached (${code}: ${told})`;
  if (($metadata?.httpStatusCode ?? 0) >= 500) {
    return `the service failed with status ${$metadata?.httpStatusCode} (${name}: ${told})`;
  }
  return `${name}: ${told}`;
}

interface SdkError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

function shapeOf(error: unknown): SdkError {
  return error instanceof Error ? (error as SdkError) : { name: 'Error', message: String(error) };
}
