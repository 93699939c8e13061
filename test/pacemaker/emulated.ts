/** The built pacemaker with everything it speaks to over HTTP: the embedded table, the Invoke API, an SQS emulator. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { LocalFunctions } from '../../src/local/functions.ts';
import { freePort } from '../../src/local/ports.ts';
import { Processes } from '../../src/local/processes.ts';
import { type LocalTable, startTable } from '../../src/local/table.ts';
import { EventSource } from './event-source.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/lambda/pacemaker.mjs', import.meta.url));
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'local' };
const REGION = 'us-east-1';
export const ZONES = ['a', 'b', 'c'];

/** Tells that it was invoked. */
const ZONE = 'export async function handler(event) { console.log(JSON.stringify(event)); }';

/** The bundle, in a process whose clock is ahead: what it does in minutes that a test cannot wait for. */
const AHEAD = `
const now = Date.now;
Date.now = () => now() + Number(process.env.CLOCK_AHEAD_MS);
export const { handler } = await import(${JSON.stringify(pathToFileURL(BUNDLE).href)});`;

export interface ZoneLook {
  readonly fleet: string;
  readonly zone: string;
  readonly slot: number;
}

export interface QueuedSlot {
  readonly slot: number;
  readonly zone?: string;
}

export class Emulated implements AsyncDisposable {
  readonly #processes = new Processes();
  readonly #sources: EventSource[] = [];
  /** In the order in which they came. */
  readonly looks: ZoneLook[] = [];
  /** Slots that a pacemaker found too late: what a busy machine does, and no fault. */
  readonly dropped: { readonly fleet: string; readonly slot: number }[] = [];
  #table!: LocalTable;
  #queue!: FauxqsServer;
  #functions!: LocalFunctions;
  #sqs!: SQSClient;
  #lambda!: LambdaClient;
  #lambdaEndpoint = '';
  #folder = '';

  static async start(): Promise<Emulated> {
    if (!existsSync(BUNDLE)) throw new Error(`${BUNDLE} is missing: run "npm run build" first`);
    const emulated = new Emulated();
    await emulated.#start();
    return emulated;
  }

  get table(): LocalTable {
    return this.#table;
  }

  async #start(): Promise<void> {
    this.#table = await startTable(this.#processes);
    this.#queue = await startFauxqs({ port: await freePort(), host: '127.0.0.1', logger: false });
    this.#folder = await this.#processes.temporaryDir('pacemaker-');
    await writeFile(join(this.#folder, 'zone.mjs'), ZONE);
    await writeFile(join(this.#folder, 'ahead.mjs'), AHEAD);
    this.#functions = new LocalFunctions({
      processes: this.#processes,
      delays: { invokeMs: 0, coldStartMs: 0 },
      onLog: (name, _pid, line) => this.#hear(name, line),
    });
    this.#lambdaEndpoint = await this.#functions.start();
    const common = { region: REGION, credentials: CREDENTIALS };
    this.#sqs = new SQSClient({ ...common, endpoint: this.#queueEndpoint });
    this.#lambda = new LambdaClient({ ...common, endpoint: this.#lambdaEndpoint, maxAttempts: 1 });
  }

  get #queueEndpoint(): string {
    return `http://127.0.0.1:${this.#queue.port}`;
  }

  /** A pacemaker with its queue and its zones. `aheadMs`: another function of the fleet, whose clock is ahead. */
  fleet(name: string, pulseMs: number, aheads: readonly number[] = []): void {
    this.#queue.createQueue(name, { attributes: { VisibilityTimeout: '60' } });
    const zones = Object.fromEntries(ZONES.map((zone) => [zone, `${name}-zone-${zone}`]));
    const environment = {
      TABLE_NAME: this.#table.tableName,
      FLEET: name,
      PULSE_MS: String(pulseMs),
      STAGGER: 'yes',
      QUEUE_URL: this.#queueUrl(name),
      ZONES: JSON.stringify(zones),
      AWS_ENDPOINT_URL_DYNAMODB: this.#table.endpoint,
      AWS_ENDPOINT_URL_SQS: this.#queueEndpoint,
      AWS_ENDPOINT_URL_LAMBDA: this.#lambdaEndpoint,
    };
    const settings = { handler: 'handler', timeoutMs: 30_000, memoryMb: 128 };
    this.#functions.register(name, { ...settings, bundle: BUNDLE, environment });
    for (const aheadMs of aheads) {
      this.#functions.register(`${name}+${aheadMs}`, {
        ...settings,
        bundle: join(this.#folder, 'ahead.mjs'),
        environment: { ...environment, CLOCK_AHEAD_MS: String(aheadMs) },
      });
    }
    for (const functionName of Object.values(zones)) {
      const bundle = join(this.#folder, 'zone.mjs');
      this.#functions.register(functionName, { ...settings, bundle, environment: {} });
    }
  }

  /** @returns what the run answered, or the error it failed with */
  async seed(functionName: string): Promise<Readonly<Record<string, unknown>>> {
    const Payload = JSON.stringify({ kind: 'seed' });
    const reply = await this.#lambda.send(new InvokeCommand({ FunctionName: functionName, Payload }));
    return JSON.parse(new TextDecoder().decode(reply.Payload)) as Readonly<Record<string, unknown>>;
  }

  /** Whatever lies in the queue, delayed or not, in the order of its slots. */
  queued(fleet: string): readonly QueuedSlot[] {
    const { ready = [], delayed = [] } = this.#queue.inspectQueue(fleet)?.messages ?? {};
    return [...ready, ...delayed]
      .map(({ body }) => JSON.parse(body) as QueuedSlot)
      .sort((a, b) => a.slot - b.slot);
  }

  deliver(fleet: string): void {
    const queueUrl = this.#queueUrl(fleet);
    this.#sources.push(
      new EventSource({ sqs: this.#sqs, lambda: this.#lambda, queueUrl, functionName: fleet }),
    );
  }

  /** Kills every process of the function, busy or not. */
  kill(functionName: string): void {
    for (const { pid } of this.#functions.environments(functionName)) if (pid) process.kill(pid, 'SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      for (const source of this.#sources) await source.end();
    } finally {
      this.#sqs.destroy();
      this.#lambda.destroy();
      await this.#functions.end();
      await this.#queue.stop();
      await this.#table.end();
      await this.#processes.end();
    }
  }

  #queueUrl(name: string): string {
    return `${this.#queueEndpoint}/000000000000/${name}`;
  }

  #hear(functionName: string, line: string): void {
    const told = readLine(line);
    const [, fleet, zone] = /^(.*)-zone-(.*)$/.exec(functionName) ?? [];
    if (told?.kind === 'stale') this.dropped.push({ fleet: functionName, slot: told.slot });
    if (told?.kind === 'pulse' && fleet && zone) this.looks.push({ fleet, zone, slot: told.slot });
  }
}

/** @returns nothing for what Node itself or the local Lambda wrote */
function readLine(line: string): { readonly kind?: string; readonly slot: number } | undefined {
  return line.startsWith('{') ? JSON.parse(line) : undefined;
}
