/**
 * The function behind the read endpoint: its role can read the table and nothing else. Environment: `TABLE_NAME`, and
 * `READ_TOKENS` where bearer tokens are asked for: `sha256:<hex>` of each, with commas between.
 */
import { handle } from 'hono/aws-lambda';
import { dynamoClient } from '../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../src/adapters/dynamodb/store.ts';
import { systemClock as clock } from '../src/adapters/system/clock.ts';
import { required } from '../src/adapters/system/environment.ts';
import { jsonTelemetry } from '../src/adapters/system/telemetry.ts';
import { tokenDigests } from '../src/adapters/system/token-digests.ts';
import { createReadApp } from '../src/http/read-app.ts';

const telemetry = jsonTelemetry('info');
const store = new DynamoStore({ client: dynamoClient(), tableName: required('TABLE_NAME'), telemetry });

const digests = tokenDigests('READ_TOKENS');
const tokens = digests && { digests: () => digests };

const answer = handle(createReadApp({ store, clock, telemetry, ...(tokens && { tokens }) }));

/** Without its body, which nobody reads: a GET that has one is no request at all to the adapter. */
export const handler: typeof answer = (event, context) => answer({ ...event, body: null }, context);
