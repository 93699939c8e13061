/** The embedded table's faults that a store meets: throttled, hanging, slow, and with a clock of its own. */
import { setTimeout as wait } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DynamoClientOptions } from '../../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { Processes } from '../../src/local/processes.ts';
import { type LocalTable, startTable } from '../../src/local/table.ts';
import { Unavailable } from '../../src/ports.ts';
import { aState, Told } from './samples.ts';
import { clientOf } from './tables.ts';

let processes: Processes;
let table: LocalTable;
let clients: DynamoDBClient[];

beforeEach(async () => {
  processes = new Processes();
  clients = [];
  table = await startTable(processes);
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  await table?.end();
  await processes.end();
});

function storeOf(options?: Partial<DynamoClientOptions>): DynamoStore {
  const client = clientOf(Number(new URL(table.endpoint).port), options);
  clients.push(client);
  return new DynamoStore({ client, tableName: table.tableName, telemetry: new Told() });
}

describe('a table that throttles', () => {
  test('says so as DynamoDB does, and has done nothing', async () => {
    const store = storeOf();
    const clear = table.fault({ operation: 'PutItem', fault: { kind: 'throttle' } });
    await expect(store.createState(aState('m'))).rejects.toThrow(
      /PutItem .*throttled \(ProvisionedThroughputExceededException: throttled by a fault rule\)/,
    );
    clear();
    expect(await store.readState('m')).toBeUndefined();
  });

  test('is tried again within the operation', async () => {
    const store = storeOf();
    table.fault({ operation: 'PutItem', times: 2, fault: { kind: 'throttle' } });
    expect((await store.createState(aState('m'))).kind).toBe('written');
    const puts = table.statistics().find(({ operation }) => operation === 'PutItem');
    expect(puts?.requests).toBe(4);
  });
});

describe('a table that hangs', () => {
  test('is given up within the bound, and did nothing, also not later', async () => {
    const store = storeOf();
    const clear = table.fault({ fault: { kind: 'hang' } });
    const startedAt = performance.now();
    await expect(store.setListed('m', true)).rejects.toThrow(/PutItem .*timed out/);
    expect(performance.now() - startedAt).toBeLessThan(1500);
    clear();
    await wait(100);
    expect(await store.names()).toEqual([]);
  });

  test('for one request alone is asked again', async () => {
    const store = storeOf();
    table.fault({ operation: 'Query', times: 1, fault: { kind: 'hang' } });
    expect(await store.names()).toEqual([]);
  });

  test('ends all the same, and with it the wait', async () => {
    table.fault({ fault: { kind: 'hang' } });
    const store = storeOf({ requestTimeoutMs: 30_000, maxAttempts: 1 });
    const waiting = store.names().catch((error: unknown) => error);
    await wait(100);
    await table.end();
    expect(await waiting).toBeInstanceOf(Unavailable);
  });
});

describe('a slow table', () => {
  test('is waited for as long as an attempt may take', async () => {
    const store = storeOf();
    table.fault({ operation: 'Query', fault: { kind: 'delay', delayMs: 150 } });
    const startedAt = performance.now();
    expect(await store.names()).toEqual([]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(149);
  });

  test('that is slower than that is unavailable', async () => {
    const store = storeOf();
    table.fault({ fault: { kind: 'delay', delayMs: 2000 } });
    await expect(store.names()).rejects.toThrow(/Query .*timed out/);
  });
});

test.each([60_000, -60_000])('a table whose clock is %i ms ahead tells its callers so', async (aheadMs) => {
  const store = storeOf();
  const clear = table.fault({ fault: { kind: 'clock', aheadMs } });
  expect((await store.createState(aState('m'))).kind).toBe('written');
  expect(Math.abs((store.skewMs() ?? 0) + aheadMs)).toBeLessThan(1500);
  clear();
  await store.names();
  expect(Math.abs(store.skewMs() ?? Number.NaN)).toBeLessThan(500);
});
