/** The SDK's client with a bound on everything: a sentinel that waits for the table watches nothing (I8). */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { promptRetries } from './retries.ts';

export interface DynamoClientOptions {
  /** Another endpoint than the region's own, such as the embedded table's `http://127.0.0.1:<port>`. */
  readonly endpoint?: string;
  /** @default - the SDK's chain: AWS_REGION, the shared configuration. */
  readonly region?: string;
  /** @default - the SDK's chain. A local table takes any. */
  readonly credentials?: NonNullable<DynamoDBClientConfig['credentials']>;
  /** For the connection of one attempt, in milliseconds. @default 300 */
  readonly connectionTimeoutMs?: number;
  /** For one attempt, connection included, in milliseconds. @default 300 */
  readonly requestTimeoutMs?: number;
  /** The first attempt counts. @default 3 */
  readonly maxAttempts?: number;
}

export function dynamoClient(options: DynamoClientOptions = {}): DynamoDBClient {
  const { endpoint, region, credentials } = options;
  return new DynamoDBClient({
    ...(endpoint && { endpoint }),
    ...(region && { region }),
    ...(credentials && { credentials }),
    retryStrategy: promptRetries(options.maxAttempts ?? 3),
    // The SDK's own Node handler, which keeps its connections alive; without throwOnRequestTimeout it only warns.
    requestHandler: {
      connectionTimeout: options.connectionTimeoutMs ?? 300,
      requestTimeout: options.requestTimeoutMs ?? 300,
      throwOnRequestTimeout: true,
    },
  });
}
