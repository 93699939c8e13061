/**
 * The pacemaker: puts the pulses of the next minutes into a queue when the schedule asks for it, and makes each zone
 * look when one comes out. Environment: `TABLE_NAME`; `FLEET`, the id of its item (default `default`); `PULSE_MS`,
 * 1000 to 60000; `STAGGER`, `yes` to have the zones look one after the other; `QUEUE_URL`; `ZONES`, a JSON object from each sentinel's id to its function's name.
 */
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { dynamoClient } from '../src/adapters/dynamodb/client.ts';
import { DynamoSeeding } from '../src/adapters/dynamodb/seeding.ts';
import { invokeAsynchronously } from '../src/adapters/lambda/wake.ts';
import { SqsDelayQueue, sqsClient } from '../src/adapters/sqs/delay-queue.ts';
import { deliveryOf } from '../src/adapters/sqs/records.ts';
import { systemClock as clock } from '../src/adapters/system/clock.ts';
import { flag, milliseconds, required, stringMap } from '../src/adapters/system/environment.ts';
import { jsonTelemetry } from '../src/adapters/system/telemetry.ts';
import { Pulses } from '../src/pacemaker/pulse.ts';
import { type Seeded, seed } from '../src/pacemaker/seed.ts';

/** The schedule's. */
export interface SeedEvent {
  readonly kind: 'seed';
}

const telemetry = jsonTelemetry('info', { function: 'pacemaker' });
const functions = stringMap('ZONES');
if (functions.size === 0) throw new Error('environment variable ZONES names no zone');
const pulseMs = milliseconds('PULSE_MS', 1000, { least: 1000, most: 60_000 });
const pace = { pulseMs, spanMs: flag('STAGGER') ? pulseMs : 0, zones: [...functions.keys()] };
// Nobody waits for a seeding run, and a cold function of 128 MB is slow: it has seconds where a sentinel has none.
const store = new DynamoSeeding({
  client: dynamoClient({ connectionTimeoutMs: 1000, requestTimeoutMs: 1500 }),
  tableName: required('TABLE_NAME'),
  fleet: process.env['FLEET'] || 'default',
});
const queue = new SqsDelayQueue({ client: sqsClient(), queueUrl: required('QUEUE_URL'), telemetry });
const lambda = new LambdaClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
});
const pulses = new Pulses(
  {
    clock,
    telemetry,
    invoke: (zone, slot) =>
      invokeAsynchronously(lambda, functions.get(zone) ?? zone, { kind: 'pulse', slot }),
  },
  pace,
);

export async function handler(event: SeedEvent | SQSEvent): Promise<Seeded | SQSBatchResponse> {
  const { Records, kind } = (event ?? {}) as Partial<SeedEvent & SQSEvent>;
  if (Array.isArray(Records)) return deliver(Records);
  if (kind === 'seed') return seed({ clock, store, queue, telemetry }, pace);
  throw new TypeError('the pacemaker takes {"kind": "seed"}, or an SQS event with a list of Records');
}

async function deliver(records: readonly SQSRecord[]): Promise<SQSBatchResponse> {
  const done = await Promise.all(records.map((record) => pulses.deliver(deliveryOf(record))));
  const again = records.filter((_, index) => !done[index]);
  return { batchItemFailures: again.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
