/** The operate endpoint over the operator it is deployed with, and a store in memory whose network can be cut. */
import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { MemorySealedSecrets } from '../../src/adapters/memory/sealed-secrets.ts';
import { MemoryStore } from '../../src/adapters/memory/store.ts';
import { createSecrets } from '../../src/adapters/secrets/secrets.ts';
import type { MasterState } from '../../src/core/model.ts';
import { createOperateApp, type OperateAppOptions } from '../../src/http/operate-app.ts';
import type { Telemetry } from '../../src/ports.ts';
import { Operator } from '../../src/sentinel/operate.ts';
import { HandClock, Network } from './endpoint.ts';

export interface OperateEndpoint {
  readonly app: Hono;
  readonly store: MemoryStore;
  readonly clock: WakingClock;
  readonly network: Network;
  /** Everything logged, with its fields. */
  readonly log: string[];
  stateOf(name: string): Promise<MasterState>;
  /** A change that is none of the endpoint's. */
  having(name: string, change: (state: MasterState) => MasterState): Promise<void>;
  /** A request with a JSON body; a text is sent as it is. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** What happens elsewhere while somebody waits. */
export class WakingClock extends HandClock {
  readonly meanwhile: (() => Promise<unknown>)[] = [];

  override async sleep(ms: number): Promise<void> {
    await super.sleep(ms);
    await this.meanwhile.shift()?.();
  }
}

export interface EndpointOptions extends Pick<OperateAppOptions, 'tokens'> {
  /** @default true */
  readonly keepsPasswords?: boolean;
}

export function createOperateEndpoint({
  keepsPasswords = true,
  ...options
}: EndpointOptions = {}): OperateEndpoint {
  const log: string[] = [];
  const telemetry: Telemetry = {
    log: (level, message, fields) => log.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
  };
  const store = new MemoryStore({ newWriteId: randomUUID, telemetry });
  const [clock, network] = [new WakingClock(), new Network()];
  const sealed = new MemorySealedSecrets(store);
  const secrets = createSecrets({ clock, key: { bytes: Buffer.alloc(32, 9), id: 'k' }, sealed });
  const operations = new Operator({ store: network.to(store), clock, ...(keepsPasswords && { secrets }) });
  const app = createOperateApp({ operations, telemetry, ...options });
  const stateOf = async (name: string) => {
    const state = await store.readState(name);
    if (!state) throw new Error(`${name} is not there`);
    return state;
  };
  return {
    ...{ app, store, clock, network, log, stateOf },
    async having(name, change) {
      const seen = await stateOf(name);
      await store.compareAndSet(seen, change(seen));
    },
    async ask(method, path, body, headers = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await app.request(path, {
        method,
        headers: { ...(text !== undefined && { 'Content-Type': 'application/json' }), ...headers },
        ...(text !== undefined && { body: text }),
      });
      const answer = await response.text();
      const json = answer === '' ? {} : (JSON.parse(answer) as Record<string, unknown>);
      return { status: response.status, headers: response.headers, text: answer, json };
    },
  };
}
