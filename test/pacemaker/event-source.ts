/** Plays Lambda's SQS event source: hands a function what it receives, and deletes what the function has done. */
import { setTimeout as wait } from 'node:timers/promises';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

const POLL_EVERY_MS = 20;

export interface EventSourceOptions {
  readonly sqs: SQSClient;
  readonly lambda: LambdaClient;
  readonly queueUrl: string;
  readonly functionName: string;
}

export class EventSource {
  readonly #options: EventSourceOptions;
  readonly #batches = new Set<Promise<void>>();
  readonly #ending = new AbortController();
  readonly #polling: Promise<void>;

  constructor(options: EventSourceOptions) {
    this.#options = options;
    this.#polling = this.#poll();
  }

  /** @throws what went wrong meanwhile */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#polling;
    await Promise.all(this.#batches);
  }

  async #poll(): Promise<void> {
    const { sqs, queueUrl } = this.#options;
    while (!this.#ending.signal.aborted) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['All'],
        }),
      );
      // not awaited: a slot whose zones are being waited for must not hold up the next
      if (Messages.length > 0) this.#batches.add(this.#deliver(Messages));
      else await wait(POLL_EVERY_MS);
    }
  }

  async #deliver(messages: readonly Message[]): Promise<void> {
    const { sqs, lambda, queueUrl, functionName } = this.#options;
    const event: SQSEvent = { Records: messages.map(recordOf) };
    const reply = await lambda.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
    );
    const text = new TextDecoder().decode(reply.Payload);
    if (reply.FunctionError) throw new Error(text);
    const { batchItemFailures } = JSON.parse(text) as SQSBatchResponse;
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = messages.filter(({ MessageId }) => !failed.has(MessageId ?? ''));
    if (done.length === 0) return;
    const Entries = done.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

function recordOf({ MessageId, ReceiptHandle, Body, Attributes, MD5OfBody }: Message): SQSRecord {
  return {
    messageId: MessageId ?? '',
    receiptHandle: ReceiptHandle ?? '',
    body: Body ?? '',
    attributes: Attributes as unknown as SQSRecord['attributes'],
    messageAttributes: {},
    md5OfBody: MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:slots',
    awsRegion: 'us-east-1',
  };
}
