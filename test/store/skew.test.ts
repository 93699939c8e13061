/** How far this machine's clock is from the table's, told by the dates of real replies over a real network. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { watchStoreClock } from '../../src/adapters/dynamodb/store-clock.ts';
import { createTable } from '../../src/adapters/dynamodb/table.ts';
import { Processes } from '../../src/local/processes.ts';
import { Unavailable } from '../../src/ports.ts';
import { type FaultProxy, PASS, startFaultProxy } from './fault-proxy.ts';
import { Told } from './samples.ts';
import { clientOf, startDynalite, TABLE } from './tables.ts';

/** A reply is slower than this only on a machine that does something else; it widens what is consistent. */
const SLACK_MS = 400;

const processes = new Processes();
let proxy: FaultProxy;
let client: DynamoDBClient;
let store: DynamoStore;

beforeAll(async () => {
  const port = await startDynalite(processes);
  proxy = await startFaultProxy(port);
  const direct = clientOf(port);
  await createTable(direct, TABLE);
  direct.destroy();
});

beforeEach(() => {
  proxy.decide = () => PASS;
  proxy.date = (own) => own;
  client = clientOf(proxy.port);
  store = new DynamoStore({ client, tableName: TABLE, telemetry: new Told() });
  return () => client.destroy();
});

afterAll(async () => {
  await proxy?.close();
  await processes.end();
});

it('is unknown before the first reply, also when nobody answered', async () => {
  expect(store.skewMs()).toBeUndefined();
  proxy.decide = () => ({ kind: 'drop-before', how: 'reset' });
  await expect(store.names()).rejects.toThrow(Unavailable);
  expect(store.skewMs()).toBeUndefined();
});

it('is 0 while the date is the second it is, in every phase of it', async () => {
  proxy.date = clockAhead(0);
  for (const skewMs of await skewsOverASecond()) expect(skewMs).toBe(0);
});

it('is told of a store 5 s ahead, to the second that a date is cut to', async () => {
  proxy.date = clockAhead(5000);
  for (const skewMs of await skewsOverASecond()) {
    expect(skewMs).toBeGreaterThanOrEqual(-5000);
    expect(skewMs).toBeLessThan(-4000 + SLACK_MS);
  }
});

it('is told of a store 5 s behind, to the second that a date is cut to', async () => {
  proxy.date = clockAhead(-5000);
  for (const skewMs of await skewsOverASecond()) {
    expect(skewMs).toBeGreaterThan(4000 - SLACK_MS);
    expect(skewMs).toBeLessThanOrEqual(5000);
  }
});

it.each([500, -500])('is never told as more than it is: a store %i ms ahead', async (aheadMs) => {
  proxy.date = clockAhead(aheadMs);
  const skews = await skewsOverASecond();
  for (const skewMs of skews) {
    expect(skewMs * Math.sign(-aheadMs)).toBeGreaterThanOrEqual(0);
    expect(skewMs * Math.sign(-aheadMs)).toBeLessThanOrEqual(500);
  }
  // In one half of the second the dates give it away, in the other they are consistent with none.
  expect(skews.some((skewMs) => skewMs === 0)).toBe(true);
  expect(skews.some((skewMs) => skewMs !== 0)).toBe(true);
});

it('takes a slow reply for no skew: the date may be from any moment of the wait', async () => {
  let arrivedAt = 0;
  proxy.decide = () => {
    arrivedAt = Date.now();
    return { kind: 'delay', ms: 200 };
  };
  for (const date of [() => arrivedAt, () => Date.now()]) {
    proxy.date = () => new Date(date()).toUTCString();
    for (let i = 0; i < 7; i++) {
      await store.names();
      expect(store.skewMs()).toBe(0);
    }
  }
});

it('is that of the last reply, an error among them', async () => {
  proxy.date = clockAhead(5000);
  await store.names();
  expect(store.skewMs()).toBeLessThan(-3500);
  proxy.date = clockAhead(-60_000);
  const body = '{"__type":"com.amazonaws.dynamodb.v20120810#AccessDeniedException","message":"no"}';
  proxy.decide = () => ({ kind: 'answer', status: 400, body });
  await expect(store.names()).rejects.toThrow(/access denied/);
  expect(store.skewMs()).toBeGreaterThan(58_000);
  proxy.decide = () => ({ kind: 'answer', status: 500, body: 'not JSON at all' });
  proxy.date = clockAhead(0);
  await expect(store.names()).rejects.toThrow(Unavailable);
  expect(store.skewMs()).toBe(0);
});

it.each([undefined, 'yesterday', ''])('stays what it was at a reply dated %o', async (date) => {
  proxy.date = clockAhead(5000);
  await store.names();
  const skewMs = store.skewMs();
  proxy.date = () => date;
  await store.names();
  expect(store.skewMs()).toBe(skewMs);
});

it('is measured by the clock as it stands at the reply, when it was set in between', async () => {
  const readings = [
    { wall: Date.now(), mono: 0 },
    { wall: Date.now() + 10_000, mono: 5 },
  ];
  const clock = watchStoreClock(client, () => readings.shift() ?? { wall: 0, mono: 0 });
  await store.names();
  expect(clock.skewMs()).toBeGreaterThan(8500);
});

/** A clock so far ahead, cut to the second like every HTTP date. */
function clockAhead(ms: number): () => string {
  return () => new Date(Date.now() + ms).toUTCString();
}

async function skewsOverASecond(): Promise<number[]> {
  const skews: number[] = [];
  const endsAt = performance.now() + 1050;
  while (performance.now() < endsAt) {
    await store.names();
    skews.push(store.skewMs() ?? Number.NaN);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  return skews;
}
