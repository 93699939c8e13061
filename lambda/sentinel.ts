/**
 * The sentinel of one zone. Environment: `TABLE_NAME`, `SENTINEL_ID` (the zone), `PULSE_MS`, and of the nodes, each
 * optional: `ALLOWED_NETWORKS`, the CIDRs they lie in, with commas between; `REDIS_TLS`, a JSON object of `ca`, `cert`,
 * `key` (PEM, or `file:PATH` of it) and `servername`; for nodes behind NAT `ADDRESS_MAP`, a JSON object from the address
 * a node announces to the one it is reached at. `SECRETS_KEY`, 32 bytes in base64 or hex, opens the passwords that were
 * given at run time; references `env:NAME` name further variables. `DEPLOYMENT` is what metrics are told under; without it
 * none are. `CONTINUOUS_METRICS` is `worst` (the default), `perMaster` or `none`.
 */
import type { Context } from 'aws-lambda';
import { secretsManagerReader } from '../src/adapters/aws/secrets-manager.ts';
import { dynamoClient } from '../src/adapters/dynamodb/client.ts';
import { DynamoSealedSecrets } from '../src/adapters/dynamodb/sealed-secrets.ts';
import { DynamoStore } from '../src/adapters/dynamodb/store.ts';
import { addressMap } from '../src/adapters/redis/address-map.ts';
import { IoredisNodes } from '../src/adapters/redis/nodes.ts';
import { secretsKeyFrom } from '../src/adapters/secrets/key.ts';
import { createSecrets } from '../src/adapters/secrets/secrets.ts';
import { systemClock as clock } from '../src/adapters/system/clock.ts';
import { list, milliseconds, required, stringMap, tlsSettings } from '../src/adapters/system/environment.ts';
import { continuousMetrics, deploymentMetrics } from '../src/adapters/system/metrics-settings.ts';
import { jsonTelemetry } from '../src/adapters/system/telemetry.ts';
import { tellingOutages } from '../src/sentinel/table-outage.ts';
import { type Invocation, Zone } from '../src/sentinel/zone.ts';

/** `pulse`: the schedule's. `wake`: something stands in the table that this zone should look at. */
export interface SentinelEvent {
  readonly kind?: 'pulse' | 'wake';
  readonly reason?: string;
}

/** As redis-sentinel ends when it simulates a crash. */
const CRASH_STATUS = 99;

const id = required('SENTINEL_ID');
const telemetry = jsonTelemetry('info', { sentinel: id });
const allowed = list('ALLOWED_NETWORKS');
const tls = tlsSettings('REDIS_TLS');
const table = { client: dynamoClient(), tableName: required('TABLE_NAME') };
const store = new DynamoStore({ ...table, telemetry });
const metrics = deploymentMetrics();
const zone = new Zone(
  {
    clock,
    telemetry,
    nodes: new IoredisNodes({
      clock,
      connectTo: addressMap(stringMap('ADDRESS_MAP')),
      ...(allowed && { allowed }),
      ...(tls && { tls }),
    }),
    store: metrics ? tellingOutages(store, id, { clock, metrics }) : store,
    ...(metrics && { metrics }),
    secrets: createSecrets({
      clock,
      key: secretsKeyFrom(process.env),
      sealed: new DynamoSealedSecrets(table),
      fetchSecret: secretsManagerReader(),
    }),
    crash(why) {
      telemetry.log('error', `ending this process: ${why}`);
      process.exit(CRASH_STATUS);
    },
  },
  { id, pulseMs: milliseconds('PULSE_MS', 1000), continuousMetrics: continuousMetrics() },
);

export async function handler(event: SentinelEvent, context: Context): Promise<Invocation> {
  const deadline = clock.now().mono + context.getRemainingTimeInMillis();
  return zone.invoke(event?.kind === 'wake', deadline);
}
