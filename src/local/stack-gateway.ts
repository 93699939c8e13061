/** The gateway beside the local stack: what speaks to Redis Sentinel is served as `lambda-sentinel gateway` serves it. */
import { IoredisNodes } from '../adapters/redis/nodes.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { jsonTelemetry } from '../adapters/system/telemetry.ts';
import type { StateStore } from '../ports.ts';
import { startGateway } from '../resp/gateway.ts';
import type { Operator } from '../sentinel/operate.ts';
import { freePort } from './ports.ts';

/** It takes what changes something, and asks the nodes itself. @returns its port on loopback */
export async function serveSentinelProtocol(
  store: StateStore,
  operations: Operator,
  pulseMs: number,
  started: AsyncDisposableStack,
): Promise<number> {
  const gateway = await startGateway({
    ...{ store, operations, allowOperate: true, pulseMs, port: await freePort() },
    ...{
      clock: systemClock,
      telemetry: jsonTelemetry('error'),
      nodes: new IoredisNodes({ clock: systemClock }),
    },
  });
  started.defer(() => gateway.close());
  return gateway.address.port;
}
