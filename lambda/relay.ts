/**
 * The relay: what changed in the table wakes the zones it concerns, and is then told outside. Environment: `ZONES`, a
 * JSON object from each sentinel's id to its function's name. Optional: `TABLE_NAME`, for the history, which keeps
 * events for `HISTORY_DAYS` (90); `EVENT_BUS_NAME`; `TOPIC_ARN`; `DNS`, a JSON object from masters to
 * `{"hostedZoneId", "recordName", "ttlSeconds"}`; `DEPLOYMENT`, under which events are counted. None of these: it only
 * wakes.
 */
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { BOUNDED } from '../src/adapters/aws/bounds.ts';
import { isFinal } from '../src/adapters/aws/failures.ts';
import { relaySettings } from '../src/adapters/aws/relay-settings.ts';
import { targetsOf } from '../src/adapters/aws/targets.ts';
import { readChange, type StreamRecord, sequenceNumber } from '../src/adapters/dynamodb/stream.ts';
import { invokeAsynchronously } from '../src/adapters/lambda/wake.ts';
import { systemClock as clock } from '../src/adapters/system/clock.ts';
import { stringMap } from '../src/adapters/system/environment.ts';
import { deploymentMetrics } from '../src/adapters/system/metrics-settings.ts';
import { jsonTelemetry } from '../src/adapters/system/telemetry.ts';
import { Unreadable } from '../src/ports.ts';
import type { BatchRecord } from '../src/relay/batch.ts';
import { EventCounts } from '../src/relay/event-counts.ts';
import { Relay } from '../src/relay/relay.ts';

const zones = stringMap('ZONES');
const lambda = new LambdaClient(BOUNDED);
const telemetry = jsonTelemetry('info', { function: 'relay' });
const targets = targetsOf(relaySettings());
const metrics = deploymentMetrics();
const publishers = [...(metrics ? [new EventCounts(metrics)] : []), ...targets.publishers];
const relay = new Relay({ clock, telemetry, wake, ...targets, publishers }, zones.keys());

/** Lambda gives what failed again, and all that came after it. */
export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const records: unknown = (event as DynamoDBStreamEvent | null)?.Records;
  if (!Array.isArray(records)) {
    throw new TypeError(
      `the relay takes a DynamoDB stream's events, with a list of Records; found ${typeof records}`,
    );
  }
  const failed = await relay.relay(records.flatMap((record) => read(record) ?? []));
  return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.sequenceNumber })) };
}

/** A record that cannot be read wakes nobody, and holds up nobody behind it. */
function read(record: StreamRecord): BatchRecord | undefined {
  try {
    const change = readChange(record);
    return change && { sequenceNumber: sequenceNumber(record), change };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    telemetry.log('error', `a stream record was passed over: ${error.message}`);
    return undefined;
  }
}

/** One that cannot be woken is only told of: trying it again would hold up the next wakes and help nobody. */
async function wake(zone: string, reason: string): Promise<void> {
  const functionName = zones.get(zone);
  if (!functionName) return telemetry.log('warn', `no function is known for sentinel ${zone}`);
  try {
    await invokeAsynchronously(lambda, functionName, { kind: 'wake', reason });
  } catch (error) {
    if (!isFinal(error)) throw error;
    telemetry.log('error', `zone ${zone} cannot be woken: ${(error as Error).message}`);
  }
}
