/** A record of Lambda's SQS event, as far as it can be made sense of. */
import type { SQSRecord } from 'aws-lambda';

export interface ReceivedMessage {
  readonly body: string;
  /** By the queue's clock, in ms since 1970, as the next one. */
  readonly sentAt?: number;
  readonly firstReceivedAt?: number;
  readonly receives?: number;
}

export function deliveryOf(record: SQSRecord): ReceivedMessage {
  const { body, attributes } = (record ?? {}) as Partial<SQSRecord>;
  const sentAt = whole(attributes?.SentTimestamp);
  const firstReceivedAt = whole(attributes?.ApproximateFirstReceiveTimestamp);
  const receives = whole(attributes?.ApproximateReceiveCount);
  return {
    body: typeof body === 'string' ? body : '',
    ...(sentAt !== undefined && { sentAt }),
    ...(firstReceivedAt !== undefined && { firstReceivedAt }),
    ...(receives !== undefined && { receives }),
  };
}

function whole(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
