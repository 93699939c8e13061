/** A real table for a test, in a process that ends with it. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type DynamoClientOptions, dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import type { Item } from '../../src/adapters/dynamodb/codec.ts';
import { DynamoSealedSecrets } from '../../src/adapters/dynamodb/sealed-secrets.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { createTable } from '../../src/adapters/dynamodb/table.ts';
import type { DynaliteReady } from '../../src/local/dynalite-process.ts';
import { freePort } from '../../src/local/ports.ts';
import type { Processes } from '../../src/local/processes.ts';
import type { StoreUnderTest } from './contract/under-test.ts';
import { Told } from './samples.ts';

export const TABLE = 'sentinel-test';

const DYNALITE = fileURLToPath(new URL('../../src/local/dynalite-process.ts', import.meta.url));

/** @returns the port on which it listens. */
export async function startDynalite(processes: Processes): Promise<number> {
  const child = await processes.fork(DYNALITE, [String(await freePort())], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`dynalite ended with code ${code} before it listened`);
  });
  const [ready] = (await Promise.race([once(child, 'message'), died])) as [DynaliteReady];
  died.catch(() => {}); // from here on its end is the test's own doing
  return ready.port;
}

/** A client of its own for the table on that port; without `timeouts` they are the product's. */
export function clientOf(port: number, timeouts: Partial<DynamoClientOptions> = {}): DynamoDBClient {
  return dynamoClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    ...timeouts,
  });
}

/**
 * The product's store on a new table there, with time to spare: a cold emulator on a busy machine is slow, and the
 * contract is not about time. `close` ends `processes`.
 */
export async function storeUnderTest(port: number, processes: Processes): Promise<StoreUnderTest> {
  const client = clientOf(port, { connectionTimeoutMs: 5000, requestTimeoutMs: 10_000 });
  await createTable(client, TABLE);
  const told = new Told();
  return {
    store: new DynamoStore({ client, tableName: TABLE, telemetry: told, deadlineMs: 20_000 }),
    sealed: new DynamoSealedSecrets({ client, tableName: TABLE, deadlineMs: 20_000 }),
    told,
    tellsTime: true,
    plant: async (item) => {
      await client.send(new PutItemCommand({ TableName: TABLE, Item: marshall(item) }));
    },
    stored: async ({ pk, sk }) => {
      const Key = marshall({ pk, sk });
      const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key, ConsistentRead: true }));
      return Item && (unmarshall(Item) as Item);
    },
    everything: () => scan(client),
    close: async () => {
      client.destroy();
      await processes.end();
    },
  };
}

async function scan(client: DynamoDBClient): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let from: ScanCommandInput['ExclusiveStartKey'];
  do {
    const page = await client.send(new ScanCommand({ TableName: TABLE, ExclusiveStartKey: from }));
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from);
  return items;
}
