/**
 * The function behind the read endpoint: its role can read the table and nothing else. Environment: `TABLE_NAME`, and
 * each optional: `PULSE_MS`, how often the zones look (60000, the longest, where it is not set); `READ_TOKENS` where
 * bearer tokens are asked for: `sha256:<hex>` of each, with commas between; `WAIT_MS`, the longest that
 * `GET /masters/{name}?wait=…` may wait, 1000 to 25000: without it nobody may, for each caller that waits holds an
 * environment of its own.
 */
import { handle } from 'hono/aws-lambda';
import { dynamoClient } from '../src/adapters/dynamodb/client.ts';
import { KeptEvents } from '../src/adapters/dynamodb/history.ts';
import { Items } from '../src/adapters/dynamodb/items.ts';
import { DynamoStore } from '../src/adapters/dynamodb/store.ts';
import { systemClock as clock } from '../src/adapters/system/clock.ts';
import { milliseconds, required } from '../src/adapters/system/environment.ts';
import { jsonTelemetry } from '../src/adapters/system/telemetry.ts';
import { tokenDigests } from '../src/adapters/system/token-digests.ts';
import { createReadApp } from '../src/http/read-app.ts';

const telemetry = jsonTelemetry('info');
const table = { client: dynamoClient(), tableName: required('TABLE_NAME') };
const store = new DynamoStore({ ...table, telemetry });
const history = new KeptEvents(new Items({ ...table, readBackMs: 0 }));

const digests = tokenDigests('READ_TOKENS');
const tokens = digests && { digests: () => digests };
const pulseMs = milliseconds('PULSE_MS', 60_000);
const mostMs = milliseconds('WAIT_MS', 0, { least: 1000, most: 25_000 });
const waiting = mostMs > 0 && { waiting: { mostMs } };

const app = createReadApp({
  ...{ store, clock, telemetry, history, pulseMs },
  ...waiting,
  ...(tokens && { tokens }),
});
const answer = handle(app);

/** Without its body, which nobody reads: a GET that has one is no request at all to the adapter. */
export const handler: typeof answer = (event, context) => answer({ ...event, body: null }, context);
