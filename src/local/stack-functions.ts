/** The functions of the local stack: one for each zone and the relay, from the built bundles. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SentinelId } from '../core/model.ts';
import { BARE } from './delays.ts';
import { LocalFunctions } from './functions.ts';
import type { Processes } from './processes.ts';
import type { RedisServer } from './redis-server.ts';
import { PULSE_MS } from './schedule.ts';
import type { StackOptions } from './stack.ts';
import type { LocalTable } from './table.ts';

export const RELAY = 'relay';
const MEMORY_MB = 512;
const ZONE_TIMEOUT_MS = 300_000;
/** The alert, a pulse, a wake and one more: a machine that is too slow is not helped by ever more environments. */
const ZONE_CONCURRENCY = 4;
const RELAY_TIMEOUT_MS = 30_000;

export function functionNameOf(zone: SentinelId): string {
  return `sentinel-${zone}`;
}

/** @returns the functions behind Lambda's Invoke API, and where that listens */
export async function startFunctions(
  options: StackOptions,
  zones: readonly SentinelId[],
  nodes: readonly RedisServer[],
  table: LocalTable,
  processes: Processes,
  secretsKey: string,
): Promise<{ functions: LocalFunctions; endpoint: string }> {
  const { delays = BARE, pulseMs = PULSE_MS, timeoutMs = ZONE_TIMEOUT_MS, onLog } = options;
  const functions = new LocalFunctions({
    processes,
    delays: { invokeMs: delays.invokeMs, coldStartMs: delays.coldStartMs },
    freeze: true,
    cpuShare: delays.cpuShare,
    ...(onLog && { onLog }),
    onCrash: ({ functionName, pid, reason, error }) =>
      onLog?.(functionName, pid, `invocation failed: ${reason}: ${error.errorMessage}`),
  });
  const endpoint = await functions.start();
  const common = { handler: 'handler', memoryMb: MEMORY_MB };
  const maps = options.addressMaps?.(nodes) ?? {};
  for (const zone of zones) {
    const environment = {
      SENTINEL_ID: zone,
      TABLE_NAME: table.tableName,
      PULSE_MS: String(pulseMs),
      ADDRESS_MAP: JSON.stringify(maps[zone] ?? {}),
      SECRETS_KEY: secretsKey,
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
      ...options.zoneEnvironment,
    };
    functions.register(functionNameOf(zone), {
      ...common,
      bundle: bundle('sentinel'),
      timeoutMs,
      maxConcurrency: ZONE_CONCURRENCY,
      environment,
    });
  }
  const environment = {
    ZONES: JSON.stringify(Object.fromEntries(zones.map((zone) => [zone, functionNameOf(zone)]))),
    AWS_ENDPOINT_URL_LAMBDA: endpoint,
  };
  functions.register(RELAY, { ...common, bundle: bundle('relay'), timeoutMs: RELAY_TIMEOUT_MS, environment });
  return { functions, endpoint };
}

/** @throws Error that names the build command when the bundle is not there. */
function bundle(name: string): string {
  const file = fileURLToPath(new URL(`../../dist/lambda/${name}.mjs`, import.meta.url));
  if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run build" first`);
  return file;
}
