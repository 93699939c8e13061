/**
 * A deployment on AWS' own runtime: every bundle in a folder of its own behind the Invoke API, and the table's stream
 * with the relay behind it. What is written and logged is kept.
 */
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { onTestFailed } from 'vitest';
import type { BundleName } from '../../infra/bundles.ts';
import { type Address, type MasterState, nodeId } from '../../src/core/model.ts';
import { type LocalEvent, readEvents } from '../../src/local/events.ts';
import type { FunctionSettings } from '../../src/local/function-process.ts';
import { Oracle } from '../../src/local/oracle.ts';
import { Processes } from '../../src/local/processes.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { TableStream } from '../../src/local/stream.ts';
import { until } from '../../src/local/until.ts';
import { deploy } from './deployed.ts';
import { ManagedLambda } from './managed-lambda.ts';
import { MASTER, sentinelOf, sentinelSettings, servicesFor, settingsOf, ZONES } from './settings.ts';
import { type HttpAnswer, httpRequest } from './shapes.ts';
import { type Surroundings, surround } from './surroundings.ts';

/** Longer than anything takes here, on a machine that stands still now and then. */
export const LIMIT_MS = 90_000;

export interface StageOptions {
  /** The runtime interface client's file. */
  readonly entry: string;
  /** @default 1 */
  readonly replicas?: number;
  /** @default false */
  readonly cpuShare?: boolean;
}

export class Stage {
  readonly events: LocalEvent[] = [];
  readonly oracle = new Oracle();
  readonly lambda: ManagedLambda;
  around!: Surroundings;
  lambdaEndpoint = '';
  readonly #processes = new Processes();
  readonly #ending = new AsyncDisposableStack();
  #folder = '';

  private constructor({ entry, cpuShare = false }: StageOptions) {
    this.#ending.defer(() => this.#processes.end());
    this.lambda = new ManagedLambda({ entry, cpuShare, processes: this.#processes });
  }

  static async start(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options);
    try {
      await stage.#start(options.replicas ?? 1);
      return stage;
    } catch (error) {
      await stage.end();
      throw error;
    }
  }

  end(): Promise<void> {
    return this.#ending.disposeAsync();
  }

  /** To be called in a test: what was written and logged is told if it fails. */
  tellWhenFailed(): void {
    onTestFailed(() => {
      const events = this.events.map(({ at, by, type, payload }) => `${at} ${by} ${type} ${payload}`);
      const log = this.lambda.log.slice(-150).map(({ functionName, line }) => `${functionName}: ${line}`);
      process.stderr.write(`${[...events, ...log].join('\n')}\n`);
    });
  }

  async deploy(
    name: string,
    bundle: BundleName,
    environment: Readonly<Record<string, string>>,
    given: Partial<Pick<FunctionSettings, 'timeoutMs'>> = {},
  ): Promise<void> {
    const services = servicesFor(this.around, this.lambdaEndpoint);
    const settings = await deploy(bundle, `${this.#folder}/${name}`, { ...services, ...environment }, given);
    this.lambda.register(name, settings);
  }

  /** @throws Error with what the function failed with */
  async answerOf(functionName: string, event: unknown): Promise<Readonly<Record<string, unknown>>> {
    const outcome = await this.lambda.invoke(functionName, event);
    if (outcome.kind === 'failed') throw new Error(`${functionName}: ${JSON.stringify(outcome)}`);
    return JSON.parse(outcome.payload) as Readonly<Record<string, unknown>>;
  }

  async ask(functionName: string, ...request: Parameters<typeof httpRequest>): Promise<HttpAnswer> {
    return (await this.answerOf(functionName, httpRequest(...request))) as unknown as HttpAnswer;
  }

  /** By operate's endpoint; a machine that stands still may cost it an attempt, and the same again is no error. */
  async enter(directives: Readonly<Record<string, unknown>>): Promise<void> {
    const body = { ...this.master.address, directives };
    const entered = async () => {
      const { statusCode } = await this.ask('operate', 'PUT', `/masters/${MASTER}`, { body });
      return statusCode === 200 || statusCode === 201;
    };
    await until(`${MASTER} entered`, entered, { timeoutMs: LIMIT_MS });
  }

  /** A sentinel's invocation that found nothing to stay for; one that a busy machine disturbed is had again. */
  async looked(functionName: string, event: unknown): Promise<void> {
    const calm = async () => {
      const { outcome } = await this.answerOf(functionName, event);
      return outcome === 'calm' || outcome === 'settled';
    };
    await until(`an invocation of ${functionName} that ends calmly`, calm, { timeoutMs: LIMIT_MS });
  }

  event(type: string, from = 0): Promise<LocalEvent> {
    const found = () => this.events.slice(from).find((event) => event.type === type);
    return until(type, found, { timeoutMs: LIMIT_MS });
  }

  async state(name = MASTER): Promise<MasterState> {
    const state = await this.around.store.readState(name);
    if (!state) throw new Error(`the table holds no state of ${name}`);
    return state;
  }

  /** The node that is the master at first. */
  get master(): RedisServer {
    const [first] = this.around.nodes;
    if (!first) throw new Error('no node was started');
    return first;
  }

  async #start(replicas: number): Promise<void> {
    this.around = await surround(this.#processes, replicas, this.#ending);
    this.around.table.onWrite(readEvents((event) => this.events.push(event)));
    this.around.table.onWrite(this.oracle.check);
    this.#folder = await this.#processes.temporaryDir('lambda-sentinel-runtime-');
    this.lambdaEndpoint = await this.lambda.start();
    this.#ending.defer(() => this.lambda.end());
    for (const bundle of ['relay', 'pacemaker', 'configure', 'operate', 'read'] as const) {
      await this.deploy(bundle, bundle, settingsOf(bundle, this.around));
    }
    for (const zone of ZONES) await this.deploy(sentinelOf(zone), 'sentinel', sentinelSettings(zone));
    await this.#startStream();
  }

  async #startStream(): Promise<void> {
    const { table } = this.around;
    const stream = new TableStream({
      ...{ endpoint: table.storeEndpoint, tableName: table.tableName, table, delayMs: 0 },
      deliver: (event) => this.#relay(event),
      onTrouble: ({ kind, error }) =>
        this.lambda.log.push({ functionName: 'stream', line: `${kind}: ${(error as Error).message}` }),
    });
    await stream.start();
    this.#ending.defer(() => stream.end());
  }

  async #relay(event: DynamoDBStreamEvent): Promise<void> {
    const { batchItemFailures } = (await this.answerOf('relay', event)) as unknown as DynamoDBBatchResponse;
    if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} record(s) failed`);
  }
}

export function told(address: Address): string {
  return `${nodeId(address)}\n`;
}
