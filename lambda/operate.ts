/**
 * The function behind the operate endpoint: it changes the table, and reaches no node. Environment: `TABLE_NAME`, and
 * each optional: `PULSE_MS`; `ALLOWED_NETWORKS`, the CIDRs the nodes lie in, with commas between; `SECRETS_KEY`, 32 bytes
 * in base64 or hex, where passwords may be given at run time; `OPERATE_TOKENS` where bearer tokens are asked for:
 * `sha256:<hex>` of each, with commas between.
 */
import { handle } from 'hono/aws-lambda';
import { dynamoClient } from '../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../src/adapters/dynamodb/store.ts';
import { allowedNodes } from '../src/adapters/redis/allowed-networks.ts';
import { secretsKeeper } from '../src/adapters/secrets/keeper.ts';
import { systemClock as clock } from '../src/adapters/system/clock.ts';
import { list, milliseconds, required } from '../src/adapters/system/environment.ts';
import { jsonTelemetry } from '../src/adapters/system/telemetry.ts';
import { tokenDigests } from '../src/adapters/system/token-digests.ts';
import { createOperateApp } from '../src/http/operate-app.ts';
import { Operator } from '../src/sentinel/operate.ts';

const telemetry = jsonTelemetry('info', { function: 'operate' });
const table = { client: dynamoClient(), tableName: required('TABLE_NAME') };
const store = new DynamoStore({ ...table, telemetry });
const secrets = secretsKeeper(table, clock);
const pulseMs = milliseconds('PULSE_MS', 1000);
const allows = allowedNodes(list('ALLOWED_NETWORKS'));
const operations = new Operator({ store, clock, pulseMs, allows, ...(secrets && { secrets }) });
const digests = tokenDigests('OPERATE_TOKENS');
const tokens = digests && { digests: () => digests };

const answer = handle(createOperateApp({ operations, telemetry, ...(tokens && { tokens }) }));

/** A GET that has a body is no request at all to the adapter, and nobody reads it. */
export const handler: typeof answer = (event, context) =>
  answer({ ...event, ...(isRead(event) && { body: null }) }, context);

function isRead(event: Parameters<typeof answer>[0]): boolean {
  const { requestContext, httpMethod } = Object(event) as {
    readonly requestContext?: { readonly http?: { readonly method?: unknown } } | null;
    readonly httpMethod?: unknown;
  };
  const method = requestContext?.http?.method ?? httpMethod;
  return method === 'GET' || method === 'HEAD';
}
