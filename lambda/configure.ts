/**
 * The custom resource: masters declared in code, entered into the table at each deployment. Environment: `TABLE_NAME`,
 * and each optional: `ALLOWED_NETWORKS`, the CIDRs the nodes lie in, with commas between; `SECRETS_KEY`, 32 bytes in
 * base64 or hex, where passwords stand in the code.
 */
import type { Context } from 'aws-lambda';
import { dynamoClient } from '../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../src/adapters/dynamodb/store.ts';
import { allowedNodes } from '../src/adapters/redis/allowed-networks.ts';
import { secretsKeeper } from '../src/adapters/secrets/keeper.ts';
import { systemClock as clock } from '../src/adapters/system/clock.ts';
import { list, required } from '../src/adapters/system/environment.ts';
import { jsonTelemetry } from '../src/adapters/system/telemetry.ts';
import { answerCustomResource, type CustomResourceAnswer } from '../src/sentinel/custom-resource.ts';

/** A promotion that hangs is resumed by another zone within seconds, again and again until it ends. */
const PATIENCE_MS = 120_000;
/** A function that is cut off tells CloudFormation nothing of why. */
const TO_SAY_WHY_MS = 15_000;

const telemetry = jsonTelemetry('info', { function: 'configure' });
const table = { client: dynamoClient(), tableName: required('TABLE_NAME') };
const store = new DynamoStore({ ...table, telemetry });
const secrets = secretsKeeper(table, clock);
const allows = allowedNodes(list('ALLOWED_NETWORKS'));

export function handler(event: unknown, context: Context): Promise<CustomResourceAnswer> {
  const patienceMs = Math.min(PATIENCE_MS, Math.max(0, context.getRemainingTimeInMillis() - TO_SAY_WHY_MS));
  return answerCustomResource(
    { store, clock, telemetry, allows, patienceMs, ...(secrets && { secrets }) },
    event,
  );
}
