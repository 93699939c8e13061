/** Retries inside a budget: the SDK's own strategy waits a second after a throttled attempt, and the budget is one. */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

type RetryStrategy = Exclude<
  NonNullable<DynamoDBClientConfig['retryStrategy']>,
  (...args: never[]) => unknown
>;
type RetryStrategyV2 = Extract<RetryStrategy, { acquireInitialRetryToken: unknown }>;
type RetryToken = Awaited<ReturnType<RetryStrategyV2['acquireInitialRetryToken']>>;

const BACKOFF_BASE_MS = 25;

/** At most `maxAttempts`, between them full jitter below 25 ms, 50 ms, … */
export function promptRetries(maxAttempts: number): RetryStrategyV2 {
  return {
    acquireInitialRetryToken: async () => retryToken(0),
    refreshRetryTokenForRetry: async (token, { errorType }) => {
      const retries = token.getRetryCount() + 1;
      if (errorType === 'CLIENT_ERROR' || retries >= maxAttempts) throw new Error('no further attempt');
      return retryToken(retries);
    },
    recordSuccess: () => {},
  };
}

function retryToken(retries: number): RetryToken {
  const belowMs = retries === 0 ? 0 : BACKOFF_BASE_MS * 2 ** (retries - 1);
  const delayMs = Math.random() * belowMs;
  return { getRetryCount: () => retries, getRetryDelay: () => delayMs };
}
