/** A gateway on a store in memory whose network can be cut, with the operator it is deployed with. */
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { MemorySealedSecrets } from '../../src/adapters/memory/sealed-secrets.ts';
import { MemoryStore } from '../../src/adapters/memory/store.ts';
import { createSecrets } from '../../src/adapters/secrets/secrets.ts';
import { systemClock as clock } from '../../src/adapters/system/clock.ts';
import type { MasterState } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import type { Telemetry } from '../../src/ports.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../../src/resp/gateway.ts';
import { Operator } from '../../src/sentinel/operate.ts';
import { Network } from '../http/endpoint.ts';
import { WireClient } from './wire-client.ts';

export interface Fixture {
  readonly gateway: Gateway;
  readonly port: number;
  readonly store: MemoryStore;
  readonly network: Network;
  readonly operator: Operator;
  /** `level message` of everything logged. */
  readonly log: string[];
  client(): Promise<WireClient>;
  stateOf(name: string): Promise<MasterState>;
  /** A change that is none of the gateway's. */
  having(name: string, change: (state: MasterState) => MasterState): Promise<void>;
}

export interface FixtureOptions extends Partial<GatewayOptions> {
  /** Before the gateway begins. */
  readonly before?: (store: MemoryStore, operator: Operator) => Promise<unknown>;
  readonly cut?: boolean;
}

export async function startFixture({
  before,
  cut = false,
  ...options
}: FixtureOptions = {}): Promise<Fixture> {
  const log: string[] = [];
  const telemetry: Telemetry = { log: (level, message) => log.push(`${level} ${message}`) };
  const store = new MemoryStore({ newWriteId: randomUUID, telemetry });
  const network = new Network();
  const sealed = new MemorySealedSecrets(store);
  const secrets = createSecrets({ clock, key: { bytes: Buffer.alloc(32, 9), id: 'k' }, sealed });
  const operator = new Operator({ store: network.to(store), clock, secrets });
  await before?.(store, operator);
  network.cut = cut;
  const gateway = await startGateway({
    store: network.to(store),
    clock,
    telemetry,
    operations: operator,
    port: await freePort(),
    pollMs: 50,
    ...options,
  });
  onTestFinished(() => gateway.close());
  const stateOf = async (name: string) => {
    const state = await store.readState(name);
    if (!state) throw new Error(`${name} is not there`);
    return state;
  };
  const { port } = gateway.address;
  return {
    ...{ gateway, port, store, network, operator, log, stateOf },
    async client() {
      const client = await WireClient.to(port);
      onTestFinished(() => client.end());
      return client;
    },
    async having(name, change) {
      const seen = await stateOf(name);
      await store.compareAndSet(seen, change(seen));
    },
  };
}

export async function monitored(_store: MemoryStore, operator: Operator): Promise<void> {
  await operator.monitor(
    {
      name: 'mymaster',
      host: '127.0.0.1',
      port: 7000,
      replicas: ['127.0.0.1:7001', '127.0.0.1:7002'],
      directives: { quorum: 2 },
    },
    'test',
  );
}
