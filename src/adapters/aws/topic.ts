/** Tells events to an SNS topic: one call each, for only so a FIFO topic has them in their order whatever fails. */
import { createHash } from 'node:crypto';
import { type MessageAttributeValue, PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Message, Publisher } from '../../ports.ts';
import { detailOf } from './detail.ts';

export class Topic implements Publisher {
  readonly target = 'SNS';
  readonly #client: SNSClient;
  readonly #arn: string;

  constructor(client: SNSClient, arn: string) {
    this.#client = client;
    this.#arn = arn;
  }

  async publish(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    for (const message of messages) {
      const request = new PublishCommand({
        ...{ TopicArn: this.#arn, Message: detailOf(message), MessageAttributes: attributesOf(message) },
        ...(this.#arn.endsWith('.fifo') && {
          MessageGroupId: token(message.master),
          MessageDeduplicationId: token(message.id),
        }),
      });
      await this.#client.send(request, { abortSignal: signal });
    }
  }
}

/** What a subscription can filter by, and de-duplicate by without reading the message. */
function attributesOf({ id, master, event }: Message): Record<string, MessageAttributeValue> {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  return { id: text(id), master: text(master), type: text(event.type) };
}

/** SNS takes 128 printable signs: a longer name is told by its digest, the same each time. */
function token(text: string): string {
  return /^[\x21-\x7e]{1,128}$/.test(text) ? text : createHash('sha256').update(text).digest('hex');
}
