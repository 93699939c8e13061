/** What each function's environment says, as infra/ sets it, with AWS' services on this machine. */
import type { BundleName } from '../../infra/bundles.ts';
import { type Surroundings, TOPIC } from './surroundings.ts';

export const MASTER = 'mymaster';
export const ZONES = ['a', 'b', 'c'];
export const PULSE_MS = 1000;
export const DNS_NAME = 'mymaster.example.com';
const NETWORKS = '127.0.0.0/8';

type Environment = Readonly<Record<string, string>>;

/** Where the SDK finds the services; every function has the table's name. */
export function servicesFor(
  { table, servicesEndpoint, queueEndpoint }: Surroundings,
  lambdaEndpoint: string,
): Environment {
  return {
    TABLE_NAME: table.tableName,
    AWS_ENDPOINT_URL: servicesEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambdaEndpoint,
    AWS_ENDPOINT_URL_SQS: queueEndpoint,
  };
}

export function sentinelOf(zone: string): string {
  return `sentinel-${zone}`;
}

export function sentinelSettings(zone: string, pulseMs = PULSE_MS): Environment {
  return { SENTINEL_ID: zone, PULSE_MS: String(pulseMs), ALLOWED_NETWORKS: NETWORKS };
}

export function settingsOf(bundle: Exclude<BundleName, 'sentinel'>, { queueUrl }: Surroundings): Environment {
  const zones = JSON.stringify(Object.fromEntries(ZONES.map((zone) => [zone, sentinelOf(zone)])));
  switch (bundle) {
    case 'pacemaker':
      return { FLEET: 'default', PULSE_MS: String(PULSE_MS), QUEUE_URL: queueUrl, ZONES: zones };
    case 'relay': {
      const record = { hostedZoneId: 'Z1', recordName: DNS_NAME, ttlSeconds: 5 };
      const dns = JSON.stringify({ [MASTER]: record });
      return { ZONES: zones, EVENT_BUS_NAME: 'events-bus', TOPIC_ARN: TOPIC, DNS: dns };
    }
    case 'configure':
      return { ALLOWED_NETWORKS: NETWORKS };
    case 'operate':
      return { ALLOWED_NETWORKS: NETWORKS, PULSE_MS: String(PULSE_MS) };
    case 'read':
      return {};
  }
}
