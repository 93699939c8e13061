/**
 * The embedded table: dynalite, or where it is asked for AWS' DynamoDB Local, in a process of its own, behind a
 * {@link FrontDoor} that tests can slow and break.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable } from '../adapters/dynamodb/table.ts';
import type { DynaliteReady } from './dynalite-process.ts';
import { startDynamoDbLocal } from './dynamodb-local.ts';
import { FrontDoor } from './front-door.ts';
import { freePort } from './ports.ts';
import type { Processes } from './processes.ts';

const MODULE = fileURLToPath(new URL('./dynalite-process.ts', import.meta.url));

export interface TableOptions {
  /** Added to each operation, half before and half after its effect. @default 0 */
  readonly delayMs?: number;
  /** @default 'lambda-sentinel' */
  readonly tableName?: string;
  /** Whether the table is created at the start. @default true */
  readonly createTable?: boolean;
  /** The folder of DynamoDB Local, which then takes dynalite's place. */
  readonly dynamoDbLocal?: string;
}

export interface LocalTable extends Pick<FrontDoor, 'onWrite' | 'fault' | 'statistics'> {
  /** For the SDK's `endpoint` or `AWS_ENDPOINT_URL_DYNAMODB`. */
  readonly endpoint: string;
  /** The store behind the door: neither delayed nor broken nor counted, and its writes are told to nobody. */
  readonly storeEndpoint: string;
  readonly tableName: string;
  /** The store's process, to be killed or stopped. */
  readonly pid: number;
  end(): Promise<void>;
}

/** @throws Error when the process ends before it listens. */
export async function startTable(processes: Processes, options: TableOptions = {}): Promise<LocalTable> {
  const { delayMs = 0, tableName = 'lambda-sentinel', createTable = true, dynamoDbLocal } = options;
  const { child: store, port: storePort } =
    dynamoDbLocal === undefined
      ? await startDynalite(processes)
      : await startDynamoDbLocal(dynamoDbLocal, processes);
  const door = new FrontDoor(storePort, delayMs);
  const endpoint = await door.listen(await freePort());
  const storeEndpoint = `http://127.0.0.1:${storePort}`;
  if (createTable) await create(storeEndpoint, tableName);
  return {
    endpoint,
    storeEndpoint,
    tableName,
    pid: store.pid ?? 0,
    onWrite: (listener) => door.onWrite(listener),
    fault: (rule) => door.fault(rule),
    statistics: () => door.statistics(),
    end: async () => {
      await door.close();
      if (store.exitCode !== null || store.signalCode !== null) return;
      const gone = once(store, 'exit');
      store.kill('SIGKILL');
      await gone;
    },
  };
}

async function startDynalite(processes: Processes): Promise<{ child: ChildProcess; port: number }> {
  const child = await processes.fork(MODULE, [], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    execArgv: ['--max-semi-space-size=64'], // it makes much that lives for a moment
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return { child, port: await portOf(child) };
}

async function portOf(store: ChildProcess): Promise<number> {
  const failed = new AbortController();
  store.once('exit', (code) =>
    failed.abort(new Error(`the table's process ended with ${code} before it listened`)),
  );
  try {
    const [ready] = (await once(store, 'message', { signal: failed.signal })) as [DynaliteReady];
    return ready.port;
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error;
  }
}

async function create(endpoint: string, tableName: string): Promise<void> {
  const credentials = { accessKeyId: 'setup', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  try {
    await createTable(client, tableName);
  } finally {
    client.destroy();
  }
}
