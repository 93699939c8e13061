/** The pacemaker's item in a real table. */
import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DynamoSeeding } from '../../src/adapters/dynamodb/seeding.ts';
import { createTable } from '../../src/adapters/dynamodb/table.ts';
import { Processes } from '../../src/local/processes.ts';
import { Unavailable, Unreadable } from '../../src/ports.ts';
import { type FaultProxy, PASS, startFaultProxy } from '../store/fault-proxy.ts';
import { clientOf, startDynalite, TABLE } from '../store/tables.ts';

const processes = new Processes();
let proxy: FaultProxy;
let client: DynamoDBClient;
let fleet: string;
let store: DynamoSeeding;

beforeAll(async () => {
  const port = await startDynalite(processes);
  proxy = await startFaultProxy(port);
  client = clientOf(proxy.port, { connectionTimeoutMs: 500, requestTimeoutMs: 500 });
  await createTable(client, TABLE);
});

afterAll(async () => {
  client?.destroy();
  await proxy?.close();
  await processes.end();
});

beforeEach(() => {
  proxy.decide = () => PASS;
  fleet = `fleet-${randomUUID()}`;
  store = new DynamoSeeding({ client, tableName: TABLE, fleet });
});

async function stored(): Promise<Record<string, unknown>> {
  const Key = marshall({ pk: 'PACEMAKER', sk: fleet });
  const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key, ConsistentRead: true }));
  return unmarshall(Item ?? {});
}

async function plant(fields: Record<string, unknown>): Promise<void> {
  const item = {
    pk: 'PACEMAKER',
    sk: fleet,
    fleet,
    seededThrough: 2000,
    sentThrough: 1000,
    writeId: 'w',
    ...fields,
  };
  await client.send(new PutItemCommand({ TableName: TABLE, Item: marshall(item) }));
}

test('of ten runs that race for the first claim one has it', async () => {
  expect(await store.read()).toBeUndefined();
  const next = { seededThrough: 2000, sentThrough: 1000 };
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => store.compareAndSet(undefined, next)));
  expect(outcomes.filter(({ kind }) => kind === 'written')).toHaveLength(1);
  expect(await store.read()).toMatchObject({ fleet, ...next });
  expect(await stored()).toMatchObject({
    pk: 'PACEMAKER',
    sk: fleet,
    schema: { major: 1, minor: 0 },
    ...next,
  });
});

test('a run that read before another wrote is refused, though both seed through the same slot', async () => {
  await plant({});
  const seen = await store.read();
  const mine = await store.compareAndSet(seen, { seededThrough: 2000, sentThrough: 1500 });
  expect(mine.kind).toBe('written');
  expect(await store.compareAndSet(seen, { seededThrough: 2000, sentThrough: 1500 })).toEqual({
    kind: 'refused',
  });
  if (mine.kind === 'written') expect(await store.read()).toEqual(mine.seeding);
});

test('a claim whose reply is lost is known by its writeId, and another run is refused', async () => {
  await plant({});
  const seen = await store.read();
  let puts = 0;
  proxy.decide = ({ operation }) => {
    if (operation === 'PutItem') puts += 1;
    return operation === 'PutItem' && puts === 1 ? { kind: 'drop-reply-after', how: 'reset' } : PASS;
  };
  const next = { seededThrough: 3000, sentThrough: 2000 };
  expect(await store.compareAndSet(seen, next)).toMatchObject({ kind: 'written', seeding: next });
  expect(puts).toBe(2); // the retry was refused by the write itself
  expect(await store.compareAndSet(seen, next)).toEqual({ kind: 'refused' });
});

test('a claim that never arrived is refused, and an outage is told as such', async () => {
  await plant({});
  const seen = await store.read();
  const next = { seededThrough: 3000, sentThrough: 2000 };
  proxy.decide = ({ operation }) => (operation === 'PutItem' ? { kind: 'drop-before', how: 'reset' } : PASS);
  expect(await store.compareAndSet(seen, next)).toEqual({ kind: 'refused' });
  proxy.decide = () => ({ kind: 'drop-before', how: 'reset' });
  await expect(store.compareAndSet(seen, next)).rejects.toThrow(Unavailable);
  await expect(store.read()).rejects.toThrow(Unavailable);
});

test('fields of a later minor version survive', async () => {
  await plant({ schema: { major: 1, minor: 7 }, region: { primary: 'eu-west-1' } });
  await store.compareAndSet(await store.read(), { seededThrough: 3000, sentThrough: 3000 });
  expect(await stored()).toMatchObject({ region: { primary: 'eu-west-1' }, sentThrough: 3000 });
});

test.each([
  ['of a newer major version', { schema: { major: 2, minor: 0 } }, /schema\.major is 2, newer/],
  ['without a slot', { seededThrough: 'soon' }, /field seededThrough/],
  ['that was sent further than seeded', { sentThrough: 2001 }, /sentThrough is past seededThrough/],
  ['of another fleet', { fleet: 'other' }, /its fields belong to PACEMAKER other/],
])('an item %s is refused', async (_, fields, why) => {
  await plant(fields);
  await expect(store.read()).rejects.toThrow(Unreadable);
  await expect(store.read()).rejects.toThrow(why);
});
