/**
 * The whole system on one machine: real Redis nodes, the embedded table behind its wire protocol, each zone's function
 * in processes of its own from the built bundle, the relay fed by the table's stream, the schedule, and the read
 * endpoint. Nothing here decides anything: the zones do.
 */
import { randomBytes } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { serve } from '@hono/node-server';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { dynamoClient } from '../adapters/dynamodb/client.ts';
import { DynamoSealedSecrets } from '../adapters/dynamodb/sealed-secrets.ts';
import { DynamoStore } from '../adapters/dynamodb/store.ts';
import { invokeAsynchronously } from '../adapters/lambda/wake.ts';
import { secretsKeyFrom } from '../adapters/secrets/key.ts';
import { createSecrets } from '../adapters/secrets/secrets.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { jsonTelemetry } from '../adapters/system/telemetry.ts';
import type { MasterState, SentinelId } from '../core/model.ts';
import { monitor } from '../core/operations/monitor.ts';
import { createReadApp } from '../http/read-app.ts';
import type { Answer } from '../sentinel/changes.ts';
import { checked, Operator, Refused } from '../sentinel/operate.ts';
import { BARE, type Delays } from './delays.ts';
import { type LocalEvent, readEvents } from './events.ts';
import type { LocalFunctions } from './functions.ts';
import { freePort } from './ports.ts';
import { Processes } from './processes.ts';
import { type RedisServer, type RedisServerOptions, startRedis } from './redis-server.ts';
import { PULSE_MS, Schedule } from './schedule.ts';
import { functionNameOf, RELAY, startFunctions } from './stack-functions.ts';
import { serveSentinelProtocol } from './stack-gateway.ts';
import { TableStream } from './stream.ts';
import { type LocalTable, startTable } from './table.ts';
import type { TableWrite } from './table-operation.ts';

export interface StackOptions {
  readonly name: string;
  /** By their sentinel.conf names. */
  readonly directives: Readonly<Record<string, unknown>>;
  /** @default 1000 */
  readonly pulseMs?: number;
  /** @default ['a', 'b', 'c'] */
  readonly zones?: readonly SentinelId[];
  /** @default 2 */
  readonly replicas?: number;
  /** @default BARE */
  readonly delays?: Delays;
  /** Further masters on the same table and zones, each with nodes of its own and the same directives. */
  readonly beside?: readonly string[];
  /** Of a zone's function. @default 300000 */
  readonly timeoutMs?: number;
  /** Where a zone reaches a node, by the address the node announces, if not there. */
  readonly addressMaps?: (
    nodes: readonly RedisServer[],
  ) => Readonly<Record<SentinelId, Record<string, string>>>;
  /** What becomes of the i-th node that is to listen on the port, beside what the stack itself sets. */
  readonly nodeOptions?: (i: number, port: number) => Promise<Omit<RedisServerOptions, 'port' | 'replicaOf'>>;
  /** Of every node's redis.conf, beside what the stack itself sets. */
  readonly nodeConfig?: Readonly<Record<string, string>>;
  /** The folder of AWS' DynamoDB Local, to be the table in dynalite's place. */
  readonly dynamoDbLocal?: string;
  /** Further variables of the zones' functions, such as what `auth-pass env:NAME` names. */
  readonly zoneEnvironment?: Readonly<Record<string, string>>;
  /** Whether the Sentinel protocol is served beside it. @default false */
  readonly gateway?: boolean;
  /** Called when the nodes run and no zone looks yet. */
  readonly beforeZones?: (nodes: readonly RedisServer[]) => Promise<void>;
  readonly onEvent?: (event: LocalEvent) => void;
  /** Each write of the table, between its effect and its reply. */
  readonly onWrite?: (write: TableWrite) => void;
  readonly onLog?: (source: string, pid: number, line: string) => void;
  readonly onProgress?: (what: string) => void;
}

export interface Stack {
  readonly name: string;
  readonly nodes: readonly RedisServer[];
  readonly table: LocalTable;
  readonly functions: LocalFunctions;
  /** Where the real SDK invokes the functions. */
  readonly lambdaEndpoint: string;
  readonly store: DynamoStore;
  /** What an operator may ask for, on this table. */
  readonly operator: Operator;
  /** The read endpoint's base URL. */
  readonly readUrl: string;
  /** Where the Sentinel protocol is served on loopback, if it is. */
  readonly gatewayPort?: number;
  readonly zones: readonly SentinelId[];
  /** The nodes of each master, by its name: of the first, and of those beside it. */
  readonly groups: ReadonlyMap<string, readonly RedisServer[]>;
  /** @param name - of the master. @default the first one's */
  state(name?: string): Promise<MasterState>;
  /** Ends everything that was started; resolves when it is gone. */
  end(): Promise<void>;
}

/** @throws Refused with every fault of the directives, before anything is started. */
export async function startStack(options: StackOptions): Promise<Stack> {
  assertSound(options);
  const started = new AsyncDisposableStack();
  try {
    return await assemble(options, started);
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

/** Checked before the first process is started: a fault leaves nothing half-started. */
function assertSound({ name, directives }: StackOptions): void {
  checked(monitor({ name, host: '127.0.0.1', port: 1, directives }, 'local', systemClock.now()));
}

/** Every part is added to `started` as soon as it runs, and ended in the opposite order. */
async function assemble(options: StackOptions, started: AsyncDisposableStack): Promise<Stack> {
  const { name, delays = BARE, zones = ['a', 'b', 'c'], onProgress = () => {} } = options;
  const processes = new Processes();
  started.defer(() => processes.end());
  const count = 1 + (options.replicas ?? 2);
  onProgress(`starting ${count} redis-server processes`);
  const nodes = await startNodes(options, processes, count, started);
  const groups = new Map([[name, nodes]]);
  for (const other of options.beside ?? []) {
    groups.set(other, await startNodes(options, processes, count, started));
  }
  await options.beforeZones?.(nodes);

  onProgress('starting the embedded table');
  const { dynamoDbLocal } = options;
  const table = await startTable(processes, {
    delayMs: delays.tableMs,
    ...(dynamoDbLocal !== undefined && { dynamoDbLocal }),
  });
  started.defer(() => table.end());
  if (options.onEvent) table.onWrite(readEvents(options.onEvent));
  if (options.onWrite) table.onWrite(options.onWrite);
  const client = clientOf(table);
  const store = new DynamoStore({ client, tableName: table.tableName, telemetry: jsonTelemetry('error') });
  const secretsKey = randomBytes(32).toString('base64');
  const operator = operatorOn(options, store, client, table, secretsKey);
  for (const [monitored, [master]] of groups) {
    const { host, port } = master?.announced ?? {};
    const request = { name: monitored, host, port, directives: options.directives };
    asDone(await operator.monitor(request, 'local'));
  }

  const { functions, endpoint } = await startFunctions(options, zones, nodes, table, processes, secretsKey);
  started.defer(() => functions.end());
  const lambda = new LambdaClient({ endpoint, region: 'local', credentials: LOCAL_CREDENTIALS });
  started.defer(() => lambda.destroy());
  await startStream(options, table, lambda, started);
  const readUrl = await serveRead(store, options.pulseMs ?? PULSE_MS, started);
  const gatewayPort = options.gateway
    ? await serveSentinelProtocol(store, operator, options.pulseMs ?? PULSE_MS, started)
    : undefined;
  await startSchedule(options, zones, lambda, started);
  const state = async (of = name) => {
    const found = await store.readState(of);
    if (!found) throw new Error(`the table holds no state of ${of}`);
    return found;
  };
  const end = () => started.disposeAsync();
  const lambdaEndpoint = endpoint;
  const doors = { lambdaEndpoint, operator, readUrl, ...(gatewayPort !== undefined && { gatewayPort }) };
  return { name, nodes, groups, table, functions, store, zones, ...doors, state, end };
}

/** The first is the master. Each is started after the one it follows, so that it synchronizes at once. */
async function startNodes(
  { nodeConfig = {}, nodeOptions }: StackOptions,
  processes: Processes,
  count: number,
  started: AsyncDisposableStack,
): Promise<RedisServer[]> {
  const nodes: RedisServer[] = [];
  for (let i = 0; i < count; i++) {
    const master = nodes[0]?.announced;
    const port = await freePort();
    const own = await nodeOptions?.(i, port);
    const node = await startRedis(processes, {
      port,
      ...own,
      ...(master && { replicaOf: master }),
      config: { ...nodeConfig, ...own?.config },
    });
    nodes.push(node);
    started.defer(() => node.end());
  }
  return nodes;
}

function clientOf({ endpoint }: LocalTable): DynamoDBClient {
  return dynamoClient({
    endpoint,
    region: 'local',
    credentials: LOCAL_CREDENTIALS,
    requestTimeoutMs: 2000,
  });
}

function operatorOn(
  { pulseMs = PULSE_MS }: StackOptions,
  store: DynamoStore,
  client: DynamoDBClient,
  { tableName }: LocalTable,
  secretsKey: string,
): Operator {
  const secrets = createSecrets({
    clock: systemClock,
    key: secretsKeyFrom({ SECRETS_KEY: secretsKey }),
    sealed: new DynamoSealedSecrets({ client, tableName }),
  });
  return new Operator({ store, clock: systemClock, secrets, pulseMs });
}

/** @throws Refused */
function asDone(answer: Answer): void {
  if (answer.kind === 'refused') throw new Refused(answer);
}

/** What plays the table's stream, with the relay behind it. */
async function startStream(
  { delays = BARE, onLog }: StackOptions,
  table: LocalTable,
  lambda: LambdaClient,
  started: AsyncDisposableStack,
): Promise<void> {
  const stream = new TableStream({
    endpoint: table.storeEndpoint,
    tableName: table.tableName,
    table,
    delayMs: delays.streamMs,
    deliver: (event) => deliver(lambda, event),
    onTrouble: ({ error }) => onLog?.('stream', 0, (error as Error).message),
  });
  await stream.start();
  started.defer(() => stream.end());
}

async function deliver(lambda: LambdaClient, event: DynamoDBStreamEvent): Promise<void> {
  const reply = await lambda.send(
    new InvokeCommand({ FunctionName: RELAY, Payload: new TextEncoder().encode(JSON.stringify(event)) }),
  );
  const answer = new TextDecoder().decode(reply.Payload);
  if (reply.FunctionError) throw new Error(`relay: ${answer}`);
  const { batchItemFailures } = JSON.parse(answer) as DynamoDBBatchResponse;
  // all of it again, as Lambda might: a record that is told twice says so by its ids
  if (batchItemFailures.length > 0) throw new Error(`relay: ${batchItemFailures.length} record(s) failed`);
}

async function startSchedule(
  { delays = BARE, pulseMs = PULSE_MS, onLog, onProgress }: StackOptions,
  zones: readonly SentinelId[],
  lambda: LambdaClient,
  started: AsyncDisposableStack,
): Promise<void> {
  onProgress?.(`invoking the zones ${zones.join(', ')} every ${pulseMs} ms`);
  const schedule = new Schedule({
    pulseMs,
    zones,
    invoke: (zone) => invokeAsynchronously(lambda, functionNameOf(zone), { kind: 'pulse' }),
    onTrouble: (zone, error) => onLog?.(`schedule of ${zone}`, 0, (error as Error).message),
  });
  await warmUp(lambda, zones, delays);
  schedule.start();
  started.defer(() => schedule.end());
}

/**
 * Without a cold start's delay there is to be no cold start either: a zone in alert has a second environment for its
 * pulses, which on one machine's cores would be started just when the failover needs them.
 */
async function warmUp(lambda: LambdaClient, zones: readonly SentinelId[], delays: Delays): Promise<void> {
  if (delays.coldStartMs > 0) return;
  const twice = [...zones, ...zones].map((zone) =>
    lambda.send(new InvokeCommand({ FunctionName: functionNameOf(zone), Payload: '{"kind":"pulse"}' })),
  );
  await Promise.all(twice);
}

async function serveRead(
  store: DynamoStore,
  pulseMs: number,
  started: AsyncDisposableStack,
): Promise<string> {
  const app = createReadApp({ ...{ store, pulseMs }, clock: systemClock, telemetry: jsonTelemetry('error') });
  const port = await freePort();
  const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  started.defer(async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
  });
  return `http://127.0.0.1:${port}`;
}

const LOCAL_CREDENTIALS = { accessKeyId: 'stack', secretAccessKey: 'local' };
