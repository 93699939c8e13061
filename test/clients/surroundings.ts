/** The local stack and three gateways, as beside an application, with a failover of each kind. */
import { randomUUID } from 'node:crypto';
import { IoredisNodes } from '../../src/adapters/redis/nodes.ts';
import { systemClock as clock } from '../../src/adapters/system/clock.ts';
import { type Address, nodeId } from '../../src/core/model.ts';
import type { LocalEvent } from '../../src/local/events.ts';
import { freePort } from '../../src/local/ports.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { nodeOf, settled } from '../../src/local/rehearsal.ts';
import { type Stack, startStack } from '../../src/local/stack.ts';
import { until } from '../../src/local/until.ts';
import { startGateway } from '../../src/resp/gateway.ts';

/** What does not come in that time does not come. */
export const LIMIT_MS = 60_000;
const GATEWAYS = 3;
const ATTEMPTS_MAX = 3;
const DIRECTIVES = { quorum: 2, 'down-after-milliseconds': 1000, 'failover-timeout': 10_000 };

export interface Failover {
  /** When the master was killed, or the failover asked for. */
  readonly begunAt: number;
  /** When the switch was written. */
  readonly switchedAt: number;
}

export class Failovers {
  readonly stack: Stack;
  /** Where the gateways listen. */
  readonly sentinels: readonly Address[];
  readonly #events: readonly LocalEvent[];

  private constructor(stack: Stack, sentinels: readonly Address[], events: readonly LocalEvent[]) {
    this.stack = stack;
    this.sentinels = sentinels;
    this.#events = events;
  }

  /** What is started is ended with `started`. */
  static async start(started: AsyncDisposableStack): Promise<Failovers> {
    const events: LocalEvent[] = [];
    const onEvent = (event: LocalEvent) => void events.push(event);
    const stack = await startStack({ name: 'mymaster', directives: DIRECTIVES, onEvent });
    started.defer(() => stack.end());
    await settled(stack, LIMIT_MS);
    const sentinels = await startGateways(stack, started);
    return new Failovers(stack, sentinels, events);
  }

  /** So far; one more than were asked for when the machine left a node no time to answer. */
  get switches(): number {
    return this.#events.filter(isSwitch).length;
  }

  async master(): Promise<RedisServer> {
    const { master } = await this.stack.state();
    return nodeOf(this.stack, nodeId(master.address));
  }

  /** By SIGKILL of the master. */
  async kill(): Promise<Failover> {
    const old = await this.master();
    const from = this.#events.length;
    const begunAt = Date.now();
    await old.kill();
    return this.#switched(from, begunAt);
  }

  /** As an operator asks for it: the master hands over. What a machine that stood still foiled is asked for again. */
  async handOver(): Promise<Failover> {
    for (let attempt = 1; ; attempt++) {
      const from = this.#events.length;
      const begunAt = Date.now();
      await this.#ask();
      const { lastFailover } = await this.#ended();
      if (lastFailover?.outcome === 'switched' && lastFailover.kind === 'coordinated') {
        return this.#switched(from, begunAt);
      }
      const { kind, outcome } = lastFailover ?? {};
      if (attempt === ATTEMPTS_MAX)
        throw new Error(`no hand-over: ${ATTEMPTS_MAX} times, at last ${kind} ${outcome}`);
    }
  }

  /** Every node runs, follows the master and is in sync. */
  async healed(): Promise<void> {
    for (const node of this.stack.nodes) if (!node.running) await node.restart();
    await this.#ended();
    await until(
      'every node a replica in sync',
      async () => {
        const { master } = await this.stack.state();
        for (const node of this.stack.nodes) {
          const info = await infoOf(node);
          const isMaster = nodeId(node.announced) === nodeId(master.address);
          if (isMaster ? !info.includes('role:master') : !follows(info, master.address)) return false;
        }
        return true;
      },
      { timeoutMs: LIMIT_MS, everyMs: 50 },
    );
  }

  async #ask(): Promise<void> {
    const { operator, name } = this.stack;
    const id = randomUUID();
    const answer = await operator.failover(name, { id, coordinated: true }, 'test');
    if (answer.kind === 'refused') throw new Error(answer.message);
    const awaited = await operator.awaitOutcome(name, id, { limitMs: LIMIT_MS, pollMs: 20 });
    if (awaited.kind !== 'begun') throw new Error(`the failover was not begun: ${JSON.stringify(awaited)}`);
  }

  async #ended() {
    return until(
      'the end of the failover',
      async () => {
        const state = await this.stack.state();
        return !state.failover && !state.command && state;
      },
      { timeoutMs: LIMIT_MS, everyMs: 20 },
    );
  }

  async #switched(from: number, begunAt: number): Promise<Failover> {
    const { at } = await until('+switch-master', () => this.#events.slice(from).find(isSwitch), {
      timeoutMs: LIMIT_MS,
    });
    return { begunAt, switchedAt: at };
  }
}

function isSwitch({ type }: LocalEvent): boolean {
  return type === '+switch-master';
}

/** As `lambda-sentinel gateway --ask-nodes` with the others as its peers. */
async function startGateways(stack: Stack, started: AsyncDisposableStack): Promise<readonly Address[]> {
  const addresses: Address[] = [];
  for (let i = 0; i < GATEWAYS; i++) addresses.push({ host: '127.0.0.1', port: await freePort() });
  for (const { port } of addresses) {
    const gateway = await startGateway({
      ...{ store: stack.store, clock, telemetry: { log: () => {} } },
      ...{ port, peers: addresses, nodes: new IoredisNodes({ clock }) },
    });
    started.defer(() => gateway.close());
  }
  return addresses;
}

function follows(info: string, { host, port }: Address): boolean {
  return [`master_host:${host}`, `master_port:${port}`, 'master_link_status:up'].every((line) =>
    info.includes(`${line}\r`),
  );
}

async function infoOf(node: RedisServer): Promise<string> {
  return asking(node, (redis) => redis.info('replication'));
}

export async function asking<T>(
  node: RedisServer,
  question: (redis: ReturnType<RedisServer['client']>) => Promise<T>,
): Promise<T> {
  const redis = node.client({ retryStrategy: null, maxRetriesPerRequest: 0, commandTimeout: LIMIT_MS });
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}
