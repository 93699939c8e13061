import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, expect, it } from 'vitest';
import { stateKey } from '../../src/adapters/dynamodb/keys.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { createTable } from '../../src/adapters/dynamodb/table.ts';
import { Processes } from '../../src/local/processes.ts';
import { aState, Told } from './samples.ts';
import { clientOf, startDynalite, TABLE } from './tables.ts';

const processes = new Processes();
afterAll(() => processes.end());

it("writes a later version's number back exactly, also where JavaScript cannot hold it", async () => {
  const client = clientOf(await startDynalite(processes));
  await createTable(client, TABLE);
  const store = new DynamoStore({ client, tableName: TABLE, telemetry: new Told() });
  const key = stateKey('m');
  const exact = { N: '12345678901234567890123.5' };
  const Item = { ...marshall({ ...aState('m'), ...key }), later: { M: { exact } } };
  await client.send(new PutItemCommand({ TableName: TABLE, Item }));
  const seen = await store.readState('m');
  if (!seen) throw new Error('the planted state is not there');
  expect((await store.compareAndSet(seen, { ...seen, currentEpoch: 8 })).kind).toBe('written');
  const stored = await client.send(
    new GetItemCommand({ TableName: TABLE, Key: marshall(key), ConsistentRead: true }),
  );
  expect(stored.Item).toMatchObject({ currentEpoch: { N: '8' }, later: { M: { exact } } });
  client.destroy();
});
