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

/** Both cases come in every second; a machine that stands still may miss one of them for some. */
const SAMPLED_MS_MAX = 20_000;

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
  for (const { skewMs } of await skewsOverASecond()) expect(skewMs).toBe(0);
});

it('is told of a store 5 s ahead, to the second that a date is cut to', async () => {
  proxy.date = clockAhead(5000);
  for (const { skewMs, tookMs } of await skewsOverASecond()) {
    expect(skewMs).toBeGreaterThanOrEqual(-5000);
    expect(skewMs).toBeLessThan(-4000 + tookMs);
  }
});

it('is told of a store 5 s behind, to the second that a date is cut to', async () => {
  proxy.date = clockAhead(-5000);
  for (const { skewMs, tookMs } of await skewsOverASecond()) {
    expect(skewMs).toBeGreaterThan(4000 - tookMs);
    expect(skewMs).toBeLessThanOrEqual(5000);
  }
});

it.each([500, -500])('is never told as more than it is: a store %i ms ahead', async (aheadMs) => {
  proxy.date = clockAhead(aheadMs);
  // In one half of the second the dates give it away, in the other they are consistent with none.
  const both = (skews: readonly Skew[]) =>
    skews.some(({ skewMs }) => skewMs === 0) && skews.some(({ skewMs }) => skewMs !== 0);
  const skews = await skewsOverASecond(both);
  for (const { skewMs } of skews) {
    expect(skewMs * Math.sign(-aheadMs)).toBeGreaterThanOrEqual(0);
    expect(skewMs * Math.sign(-aheadMs)).toBeLessThanOrEqual(500);
  }
  expect(both(skews)).toBe(true);
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
  const askedAt = performance.now();
  await store.names();
  expect(store.skewMs()).toBeLessThan(-3999 + performance.now() - askedAt);
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

interface Skew {
  readonly skewMs: number;
  /** The request and its reply: the date may be from any moment of it. */
  readonly tookMs: number;
}

async function skewsOverASecond(enough: (skews: readonly Skew[]) => boolean = () => true): Promise<Skew[]> {
  const skews: Skew[] = [];
  const began = performance.now();
  const passedMs = () => performance.now() - began;
  while (passedMs() < 1050 || (!enough(skews) && passedMs() < SAMPLED_MS_MAX)) {
    const askedAt = performance.now();
    await store.names();
    const skewMs = store.skewMs() ?? Number.NaN;
    skews.push({ skewMs, tookMs: Math.ceil(performance.now() - askedAt) + 1 });
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  return skews;
}
