import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Processes } from '../../src/local/processes.ts';
import { type LocalTable, startTable, type TableOptions } from '../../src/local/table.ts';
import type { TableWrite } from '../../src/local/table-operation.ts';

let processes: Processes;
let table: LocalTable | undefined;
let clients: DynamoDBClient[];

beforeEach(() => {
  processes = new Processes();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  await table?.end();
  await processes.end();
  table = undefined;
});

async function started(options?: TableOptions): Promise<LocalTable> {
  table = await startTable(processes, options);
  return table;
}

/** A client of one zone; it never tries twice. */
function zone(caller: string, endpoint = table?.endpoint ?? ''): DynamoDBClient {
  const credentials = { accessKeyId: caller, secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}

const KEY = { pk: { S: 'MASTER#cache' }, sk: { S: 'STATE' } };

function put(client: DynamoDBClient, attributes: Record<string, AttributeValue> = {}, sk = 'STATE') {
  return client.send(
    new PutItemCommand({ TableName: 'lambda-sentinel', Item: { ...KEY, sk: { S: sk }, ...attributes } }),
  );
}

function putOnce(client: DynamoDBClient) {
  return client.send(
    new PutItemCommand({
      TableName: 'lambda-sentinel',
      Item: KEY,
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  );
}

async function read(client: DynamoDBClient) {
  const reply = await client.send(
    new GetItemCommand({ TableName: 'lambda-sentinel', Key: KEY, ConsistentRead: true }),
  );
  return reply.Item;
}

describe('the embedded table', () => {
  test('is created at the start and takes conditional writes through its door', async () => {
    await started();
    const a = zone('zone-a');
    await putOnce(a);
    await expect(putOnce(zone('zone-b'))).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    expect(await read(a)).toEqual(KEY);
  });

  test('counts requests, bytes and failed conditions for each caller and operation', async () => {
    const { statistics } = await started();
    const [a, b] = [zone('zone-a'), zone('zone-b')];
    await putOnce(a);
    await putOnce(b).catch(() => {});
    await putOnce(b).catch(() => {});
    await read(b);
    const counted = statistics().map(({ caller, operation, requests, failedConditions }) => [
      caller,
      operation,
      requests,
      failedConditions,
    ]);
    expect(counted).toEqual([
      ['zone-a', 'PutItem', 1, 0],
      ['zone-b', 'PutItem', 2, 2],
      ['zone-b', 'GetItem', 1, 0],
    ]);
    const reads = statistics().find(({ operation }) => operation === 'GetItem');
    expect(reads?.replyBytes).toBe(JSON.stringify({ Item: KEY }).length);
    expect(reads?.requestBytes).toBeGreaterThan(JSON.stringify({ Key: KEY }).length);
  });

  test('is reached behind its door without being counted', async () => {
    const { storeEndpoint, statistics } = await started();
    await put(zone('zone-a', storeEndpoint));
    expect(await read(zone('zone-b', storeEndpoint))).toEqual(KEY);
    expect(statistics()).toEqual([]);
  });

  test('passes the store its own date on, for clocks to be compared with', async () => {
    await started();
    const client = zone('zone-a');
    let date: string | undefined;
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        date = (result.response as { headers: Record<string, string> }).headers['date'];
        return result;
      },
      { step: 'deserialize', priority: 'low' },
    );
    await put(client);
    expect(Math.abs(Date.parse(date ?? '') - Date.now())).toBeLessThan(2500);
  });
});

describe('a listener to writes', () => {
  test('hears who wrote which item, and what, for each operation that writes', async () => {
    const { onWrite } = await started();
    const writes: TableWrite[] = [];
    onWrite((write) => void writes.push(write));
    const b = zone('zone-b');
    await put(zone('zone-a'), { rev: { N: '1' }, secret: { B: Uint8Array.of(1, 2, 255) } });
    const update = { TableName: 'lambda-sentinel', Key: KEY, UpdateExpression: 'SET rev = :r' };
    const values = { ':r': { N: '2' } };
    await b.send(new UpdateItemCommand({ ...update, ExpressionAttributeValues: values }));
    await b.send(
      new UpdateItemCommand({ ...update, ExpressionAttributeValues: values, ReturnValues: 'ALL_NEW' }),
    );
    await b.send(new DeleteItemCommand({ TableName: 'lambda-sentinel', Key: KEY }));
    const key = { pk: 'MASTER#cache', sk: 'STATE' };
    const item = { ...KEY, rev: { N: '1' }, secret: { B: Uint8Array.of(1, 2, 255) } };
    expect(writes).toEqual([
      { caller: 'zone-a', operation: 'PutItem', key, item },
      { caller: 'zone-b', operation: 'UpdateItem', key },
      { caller: 'zone-b', operation: 'UpdateItem', key, item: { ...item, rev: { N: '2' } } },
      { caller: 'zone-b', operation: 'DeleteItem', key },
    ]);
  });

  test('hears neither reads nor writes that were refused, nor anything once it unsubscribed', async () => {
    const { onWrite } = await started();
    const a = zone('zone-a');
    await putOnce(a);
    const writes: TableWrite[] = [];
    const unsubscribe = onWrite((write) => void writes.push(write));
    await putOnce(a).catch(() => {});
    await read(a);
    unsubscribe();
    await put(a);
    expect(writes).toEqual([]);
  });

  test('holds the reply back while the write is there for all to see', async () => {
    const { onWrite } = await started();
    const held = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    onWrite(async () => {
      told.resolve();
      await held.promise;
    });
    const order: string[] = [];
    const writing = put(zone('zone-a')).then(() => order.push('replied'));
    await told.promise;
    expect(await read(zone('zone-b'))).toEqual(KEY);
    order.push('seen');
    held.resolve();
    await writing;
    expect(order).toEqual(['seen', 'replied']);
  });
});

describe('a fault', () => {
  test('that refuses has no effect and strikes only its caller and its operation', async () => {
    const { fault } = await started();
    const [a, b] = [zone('zone-a'), zone('zone-b')];
    const clear = fault({ caller: 'zone-a', operation: 'PutItem', fault: { kind: 'refuse' } });
    await expect(put(a)).rejects.toMatchObject({
      name: 'ServiceUnavailable',
      $metadata: { httpStatusCode: 503 },
    });
    expect(await read(a)).toBeUndefined();
    await put(b);
    clear();
    await put(a);
  });

  test('that cuts breaks the connection before the write', async () => {
    const { fault, statistics } = await started();
    const a = zone('zone-a');
    fault({ times: 1, fault: { kind: 'cut' } });
    await expect(put(a)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(statistics()).toEqual([]);
    expect(await read(a)).toBeUndefined();
  });

  test('that loses the reply leaves the write in the table', async () => {
    const { fault } = await started();
    const a = zone('zone-a');
    fault({ operation: 'PutItem', fault: { kind: 'loseReply' } });
    await expect(put(a)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await read(a)).toEqual(KEY);
  });

  test('can be for items of one sort key, and for a number of times', async () => {
    const { fault } = await started();
    const a = zone('zone-a');
    fault({ sk: 'VOTE#', times: 2, fault: { kind: 'refuse' } });
    await put(a);
    for (const _ of [1, 2]) await expect(put(a, {}, 'VOTE#0000000001#a')).rejects.toThrow('fault rule');
    await put(a, {}, 'VOTE#0000000001#a');
  });

  test('that delays lets another caller write first', async () => {
    const { fault } = await started();
    fault({ caller: 'zone-a', times: 1, fault: { kind: 'delay', delayMs: 300 } });
    const late = putOnce(zone('zone-a'));
    const [lateOutcome] = await Promise.all([
      late.then(
        () => 'written',
        (error: Error) => error.name,
      ),
      putOnce(zone('zone-b')),
    ]);
    expect(lateOutcome).toBe('ConditionalCheckFailedException');
  });

  test('of the store itself breaks the connection of every caller', async () => {
    const { pid } = await started();
    const a = zone('zone-a');
    await put(a);
    process.kill(pid, 'SIGKILL');
    await expect(put(a)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

test('a delay is added to each operation', async () => {
  await started({ delayMs: 60 });
  const a = zone('zone-a');
  await put(a);
  const start = performance.now();
  for (let i = 0; i < 3; i++) await read(a);
  expect(performance.now() - start).toBeGreaterThanOrEqual(175);
});
