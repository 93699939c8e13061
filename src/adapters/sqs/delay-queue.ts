/** Delayed messages on a standard queue. What the queue turns away of a batch is sent again, and nothing else of it. */
import {
  type BatchResultErrorEntry,
  SendMessageBatchCommand,
  type SendMessageBatchResult,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { DelayedMessage, DelayQueue, Telemetry } from '../../ports.ts';
import { promptRetries } from '../dynamodb/retries.ts';

const REQUEST_TIMEOUT_MS = 1500;
const BACKOFF_BASE_MS = 50;

export interface SqsDelayQueueOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly telemetry: Telemetry;
  /** How often one message is offered; the SDK's own attempts at one request count as one. @default 3 */
  readonly attempts?: number;
  /** For one batch with all its attempts, in milliseconds. @default 4000 */
  readonly deadlineMs?: number;
}

/** With a bound on each request, which the SDK has not. */
export function sqsClient(): SQSClient {
  return new SQSClient({
    retryStrategy: promptRetries(3),
    requestHandler: {
      connectionTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
}

export class SqsDelayQueue implements DelayQueue {
  readonly #options: SqsDelayQueueOptions;

  constructor(options: SqsDelayQueueOptions) {
    this.#options = options;
  }

  async send<T extends DelayedMessage>(batch: readonly T[]): Promise<readonly T[]> {
    const { attempts = 3, deadlineMs = 4000 } = this.#options;
    const abortSignal = AbortSignal.timeout(deadlineMs);
    let left = batch;
    for (let attempt = 1; left.length > 0 && attempt <= attempts && !abortSignal.aborted; attempt++) {
      if (attempt > 1) await backOff(attempt);
      left = await this.#offer(left, abortSignal);
    }
    return left;
  }

  /**
   * A request whose reply was lost may have been taken: its messages are offered again. The one that arrives twice
   * costs a pulse too many, the one that never arrives is a pulse too few.
   */
  async #offer<T extends DelayedMessage>(
    batch: readonly T[],
    abortSignal: AbortSignal,
  ): Promise<readonly T[]> {
    const { client, queueUrl, telemetry } = this.#options;
    const request = new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: batch.map(({ body, delaySeconds }, index) => ({
        Id: String(index),
        MessageBody: body,
        DelaySeconds: delaySeconds,
      })),
    });
    let reply: Partial<SendMessageBatchResult>;
    try {
      reply = await client.send(request, { abortSignal });
    } catch (error) {
      telemetry.log('warn', `SendMessageBatch failed: ${(error as Error).name}: ${(error as Error).message}`);
      return batch;
    }
    if (reply.Failed?.length) telemetry.log('warn', `the queue turned away ${describe(reply.Failed)}`);
    const accepted = new Set(reply.Successful?.map(({ Id }) => Id));
    return batch.filter((_, index) => !accepted.has(String(index)));
  }
}

function describe(failed: readonly BatchResultErrorEntry[]): string {
  const [first] = failed;
  return `${failed.length} message(s), the first with ${first?.Code}: ${first?.Message ?? 'no message'}`;
}

/** Full jitter, so that racing senders which were throttled together do not come back together. */
function backOff(attempt: number): Promise<void> {
  const belowMs = BACKOFF_BASE_MS * 2 ** (attempt - 1);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * belowMs));
}
