/** Lambda's event source mappings, played: moto would hand what they bring to functions in Docker. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  LambdaClient,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
} from '@aws-sdk/client-sqs';
import type { DynamoDBRecord, DynamoDBStreamEvent, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { TableStream } from '../../src/local/stream.ts';
import type { Moto } from './moto.ts';
import type { Rehearsal } from './rehearsal.ts';

/** Else moto takes the messages out of the queue itself. */
export async function disableMappings({ client: settings }: Moto): Promise<void> {
  const client = new LambdaClient(settings);
  try {
    for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings({ client }, {})) {
      for (const { UUID } of EventSourceMappings) {
        await client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
      }
    }
  } finally {
    client.destroy();
  }
}

/** The table's stream to the relay, through the mapping's filter. */
export async function playStream(rehearsal: Rehearsal): Promise<TableStream> {
  const { functions, moto } = rehearsal;
  const relay = functions.the('SentinelRelayFunction').functionName;
  const [tableName = ''] = rehearsal.ids('DynamoDB::Table');
  const stream = new TableStream({
    endpoint: moto.endpoint,
    tableName,
    table: { onWrite: () => () => {} },
    delayMs: 0,
    async deliver({ Records }: DynamoDBStreamEvent) {
      const concerned = Records.filter(passesFilter);
      if (concerned.length > 0) await functions.invoke(relay, { Records: concerned });
    },
  });
  await stream.start();
  return stream;
}

function passesFilter({ dynamodb }: DynamoDBRecord): boolean {
  const { pk, sk } = dynamodb?.Keys ?? {};
  const key = `${pk?.S} ${sk?.S}`;
  return dynamodb?.NewImage !== undefined && /^MASTER#.* (STATE$|OBS#|VOTE#)/.test(key);
}

/** The pacemaker's queue to the pacemaker. */
export function playSlots(rehearsal: Rehearsal): AsyncDisposable {
  const ending = new AbortController();
  const playing = play(rehearsal, ending.signal);
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await playing;
    },
  };
}

async function play(rehearsal: Rehearsal, signal: AbortSignal): Promise<void> {
  const { functions, surroundings, log } = rehearsal;
  const pacemaker = functions.the('SentinelPacemakerFunction').functionName;
  const [QueueUrl] = rehearsal.ids('SQS::Queue', 'SentinelPacemakerSlots');
  const receive: ReceiveMessageCommandInput = {
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All'],
  };
  while (!signal.aborted) {
    try {
      const { Messages = [] } = await surroundings.sqs.send(new ReceiveMessageCommand(receive));
      if (Messages.length > 0) {
        await functions.invoke<SQSBatchResponse>(pacemaker, { Records: Messages.map(recordOf) });
      }
      for (const { ReceiptHandle } of Messages) {
        await surroundings.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    } catch (error) {
      log.push(`the queue of slots: ${(error as Error).message}`);
    }
    await wait(100);
  }
}

function recordOf({ MessageId, ReceiptHandle, Body, Attributes }: Message): Partial<SQSRecord> {
  return {
    messageId: MessageId ?? '',
    receiptHandle: ReceiptHandle ?? '',
    body: Body ?? '',
    attributes: Attributes as unknown as SQSRecord['attributes'],
  };
}
