import { expect, onTestFinished, test } from 'vitest';
import { dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { createTable } from '../../src/adapters/dynamodb/table.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { jsonTelemetry } from '../../src/adapters/system/telemetry.ts';
import { monitor } from '../../src/core/operations/monitor.ts';
import { pause } from '../../src/core/operations/pause.ts';
import { Operator } from '../../src/sentinel/operate.ts';
import { terminal } from './terminal.ts';

const BACKUP = 'restored-yesterday';

/** A table that DynamoDB restored, beside the one in use. */
async function restoredTable({ table }: Awaited<ReturnType<typeof terminal>>): Promise<DynamoStore> {
  const client = dynamoClient({
    ...{ endpoint: table.endpoint, region: 'local', requestTimeoutMs: 5000 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'local' },
  });
  onTestFinished(() => client.destroy());
  await createTable(client, BACKUP);
  return new DynamoStore({
    client,
    tableName: BACKUP,
    telemetry: jsonTelemetry('error'),
    deadlineMs: 10_000,
  });
}

async function monitored(store: DynamoStore, name: string, port: number, more: Record<string, unknown> = {}) {
  const directives = { quorum: 2, ...more };
  const first = monitor({ name, host: '127.0.0.1', port, directives }, 'op', systemClock.now());
  if (!first.ok) throw new Error(JSON.stringify(first.faults));
  await store.createState({ ...first.value, currentEpoch: 7, configEpoch: 6 });
}

test('masters come back paused and far above the epochs that were, and can be resumed', async () => {
  const here = await terminal();
  const backup = await restoredTable(here);
  await monitored(backup, 'orders', 6379);
  await monitored(backup, 'carts', 6380, { 'auth-pass': 'stored:abc' });

  const rehearsed = await here.ask('restore', '--from', BACKUP, '--dry-run');
  expect(rehearsed.status).toBe(0);
  expect(rehearsed.out).toContain('orders: would be restored at 127.0.0.1:6379, paused, epoch 7 → 1007');
  expect(await here.store.names()).toEqual([]);

  const told = await here.ask('restore', '--from', BACKUP);
  expect(told).toMatchObject({ status: 0, err: '' });
  expect(told.out.split('\n')).toEqual([
    'carts: is restored at 127.0.0.1:6380, paused, epoch 7 → 1007',
    'carts: its password was kept encrypted in the other table: set auth-pass again',
    'orders: is restored at 127.0.0.1:6379, paused, epoch 7 → 1007',
  ]);
  expect(await here.store.names()).toEqual(['carts', 'orders']);
  expect(await here.store.readState('orders')).toMatchObject({
    configEpoch: 1007,
    paused: { by: 'restore' },
  });

  const operator = new Operator({ store: here.store, clock: systemClock });
  expect(await operator.resume('orders', 'r1', 'op')).toMatchObject({ kind: 'done' });
});

test('one that is looked after is not written over, and the others are restored', async () => {
  const here = await terminal();
  const backup = await restoredTable(here);
  await monitored(backup, 'orders', 6379);
  await monitored(backup, 'carts', 6380);
  await monitored(here.store, 'orders', 6999);
  const told = await here.ask('restore', 'orders', 'carts', 'unknown', '--from', BACKUP);
  expect(told.status).toBe(1);
  expect(told.err).toContain('orders: orders is monitored here: pause it first');
  expect(told.err).toContain(`unknown: table ${BACKUP} has no such master`);
  expect(told.out).toContain('carts: is restored');
  expect(await here.store.readState('orders')).toMatchObject({ master: { address: { port: 6999 } } });

  const seen = await here.store.readState('orders');
  const paused = pause(seen, 'op', systemClock.now());
  if (!seen || paused.kind !== 'change') throw new Error('it was not paused');
  await here.store.compareAndSet(seen, paused.next);
  expect((await here.ask('restore', 'orders', '--from', BACKUP)).status).toBe(0);
  expect(await here.store.readState('orders')).toMatchObject({ master: { address: { port: 6379 } }, rev: 3 });
});

test('what it cannot begin with is told', async () => {
  const here = await terminal();
  expect(await here.ask('restore')).toMatchObject({ status: 2, err: expect.stringContaining('--from') });
  const itself = await here.ask('restore', '--from', here.table.tableName);
  expect(itself).toMatchObject({ status: 2, err: expect.stringContaining('--from names the table itself') });
  await restoredTable(here);
  const nothing = await here.ask('restore', '--from', BACKUP);
  expect(nothing).toMatchObject({ status: 1, err: `table ${BACKUP} knows no master: nothing was restored` });
});
