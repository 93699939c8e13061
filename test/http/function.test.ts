/** The bundle as it is deployed, run as a function, against a real table. */
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import { History } from '../../src/adapters/dynamodb/history.ts';
import { Items } from '../../src/adapters/dynamodb/items.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { LocalFunctions } from '../../src/local/functions.ts';
import { Processes } from '../../src/local/processes.ts';
import { type LocalTable, startTable } from '../../src/local/table.ts';
import { until } from '../../src/local/until.ts';
import { observation } from './sightings.ts';
import { monitored, withReplicas } from './state.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/lambda/read.mjs', import.meta.url));
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const region = 'us-east-1';

interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const processes = new Processes();
const log: string[] = [];
let table: LocalTable;
let functions: LocalFunctions;
let lambda: LambdaClient;

beforeAll(async () => {
  if (!existsSync(BUNDLE)) throw new Error(`${BUNDLE} is missing: run \`npm run build\` first`);
  table = await startTable(processes);
  const client = dynamoClient({ endpoint: table.storeEndpoint, region, credentials });
  const store = new DynamoStore({ client, tableName: table.tableName, telemetry: { log: () => {} } });
  await store.createState(monitored('orders'));
  await fillHistory(store, new Items({ client, tableName: table.tableName, readBackMs: 300 }));
  client.destroy();

  functions = new LocalFunctions({
    processes,
    delays: { invokeMs: 0, coldStartMs: 0 },
    onLog: (_name, _pid, line) => log.push(line),
  });
  lambda = new LambdaClient({ endpoint: await functions.start(), region, credentials });
});

afterAll(async () => {
  lambda?.destroy();
  await functions?.end();
  await table?.end();
  await processes.end();
});

let name: string;
beforeEach(({ task }) => {
  name = `read-${task.id.replace(/\W/g, '')}`;
  const environment = { TABLE_NAME: table.tableName, AWS_ENDPOINT_URL_DYNAMODB: table.endpoint };
  functions.register(name, { bundle: BUNDLE, handler: 'handler', environment, timeoutMs: 10_000 });
});

/** 70 events of a master, as the relay keeps them, and the last 32 in its state; what one sentinel saw lies behind them. */
async function fillHistory(store: DynamoStore, items: Items): Promise<void> {
  const events = Array.from({ length: 70 }, (_, i) => ({
    ...{ seq: i + 1, at: 1000 * (i + 1), by: 'a', type: '+set', payload: `change ${i + 1}` },
  }));
  const messages = events.map((event) => ({ id: `carts:${event.seq}`, master: 'carts', event }));
  const [alone] = messages;
  if (!alone) throw new Error('there are some');
  await new History(items, 90).publish([...messages.slice(0, 60), { ...alone, sentinel: 'b' }]);
  const state = { ...withReplicas(monitored('carts'), 6380), events: events.slice(-32), lastSeq: 70 };
  await store.createState(state);
  await store.putObservation(observation(state, 'a', Date.now(), { subjectivelyDown: true }));
  await store.putSentinel({ sentinel: 'a', incarnation: 1, at: Date.now() }, 0);
}

/** As a Function URL hands a request to its function (payload format 2.0). */
async function get(url: string, headers: Record<string, string> = {}): Promise<HttpResult> {
  const [path = '', rawQueryString = ''] = url.split('?');
  const event = {
    version: '2.0',
    rawPath: path,
    rawQueryString,
    headers: { host: 'abc.lambda-url.us-east-1.on.aws', ...headers },
    requestContext: { domainName: 'abc.lambda-url.us-east-1.on.aws', http: { method: 'GET', path } },
    isBase64Encoded: false,
  };
  const reply = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
  const payload = new TextDecoder().decode(reply.Payload);
  expect(reply.FunctionError, payload).toBeUndefined();
  return JSON.parse(payload) as HttpResult;
}

/** As {@link get}, but that a machine which stood still, and so had no answer of the table in time, is asked again. */
async function told(url: string, headers: Record<string, string> = {}): Promise<HttpResult> {
  return until(
    `an answer to ${url} from the table`,
    async () => {
      const result = await get(url, headers);
      return !result.body.includes('urn:problem-type:lambda-sentinel:table-unavailable') && result;
    },
    { timeoutMs: 20_000 },
  );
}

describe('the read function', () => {
  test('answers from the table, with one read of one item', async () => {
    const before = operations();
    const result = await get('/masters/orders', { accept: 'text/plain' });
    expect(result).toMatchObject({ statusCode: 200, body: '10.0.1.5:6379\n' });
    expect(result.headers).toMatchObject({ vary: 'Accept', 'content-type': 'text/plain; charset=utf-8' });
    expect(operations()).toBe(before + 1);
  });

  test('answers 304 to the ETag it gave', async () => {
    const { headers } = await get('/masters/orders');
    const again = await get('/masters/orders', { 'if-none-match': headers['etag'] ?? 'none' });
    expect(again).toMatchObject({ statusCode: 304, body: '' });
  });

  test('lists the masters and its health', async () => {
    const { masters } = JSON.parse((await get('/masters')).body);
    expect(masters).toMatchObject([{ name: 'carts' }, { name: 'orders', rev: 1 }]);
    const health = JSON.parse((await get('/health')).body);
    expect(health).toMatchObject({ status: 'ok', masters: 2, sentinels: [{ id: 'a', usable: true }] });
  });

  test('tells what lies behind a master', async () => {
    const replicas = JSON.parse((await told('/masters/carts/replicas')).body);
    expect(replicas).toMatchObject({ replicas: [{ address: '10.0.1.5:6380' }] });
    const sentinels = JSON.parse((await told('/masters/carts/sentinels')).body);
    expect(sentinels.sentinels[0]).toMatchObject({ id: 'a', usable: true, told: { subjectivelyDown: true } });
    const health = await told('/health/carts');
    expect([health.statusCode, JSON.parse(health.body).reasons]).toEqual([
      503,
      [expect.stringMatching(/^NOQUORUM/)],
    ]);
    expect((await told('/nodes/10.0.1.5:6380/replica?master=carts')).statusCode).toBe(200);
  });

  test('reads the history that the relay keeps, a range of it at a time', async () => {
    const page = JSON.parse((await told('/masters/carts/events?after=10&limit=40')).body);
    expect(page).toMatchObject({ next: 50, more: true, lastSeq: 70 });
    expect(page.events.map(({ seq }: { seq: number }) => seq)).toEqual(
      Array.from({ length: 40 }, (_, i) => 11 + i),
    );
    expect(page.events[0]).toEqual({
      ...{
        id: 'carts:11',
        seq: 11,
        at: '1970-01-01T00:00:11.000Z',
        by: 'a',
        type: '+set',
        payload: 'change 11',
      },
    });
    const last = JSON.parse((await told('/masters/carts/events?limit=32')).body);
    expect(last.events).toHaveLength(32);
    expect(JSON.parse((await told('/masters/carts/failovers')).body)).toEqual({ name: 'carts', last: [] });
  });

  test('serves its page and its description, and asks the table for neither', async () => {
    const before = operations();
    const page = await get('/');
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8' });
    expect(page.body).toMatch(/^<!doctype html>.*<\/html>\n$/s);
    expect(JSON.parse((await get('/openapi.json')).body)).toMatchObject({ openapi: '3.1.0' });
    expect(operations()).toBe(before);
  });

  test('lets nobody wait, unless WAIT_MS says how long', async () => {
    expect((await told('/masters/orders?wait=1s')).statusCode).toBe(400);
    const environment = { TABLE_NAME: table.tableName, AWS_ENDPOINT_URL_DYNAMODB: table.endpoint };
    const patient = { bundle: BUNDLE, handler: 'handler', timeoutMs: 29_000 };
    name = `${name}-patient`;
    functions.register(name, { ...patient, environment: { ...environment, WAIT_MS: '20000' } });
    const { headers } = await told('/masters/orders');
    const held = { 'if-none-match': headers['etag'] ?? 'none' };
    expect((await told('/masters/orders?wait=1s', held)).statusCode).toBe(304);
    expect((await told('/masters/orders?wait=21s')).statusCode).toBe(400);
  });

  /** What a cold start reads and parses. */
  test('is small: its bundle stays below 310 KiB', () => {
    expect(statSync(BUNDLE).size).toBeLessThan(310 * 1024);
  });

  test('answers from memory while the table is cut off, and says how old the answer is', async () => {
    const current = await get('/masters/orders');
    const mend = table.fault({ caller: name, fault: { kind: 'cut' } });
    try {
      const stale = await get('/masters/orders');
      expect(stale).toMatchObject({ statusCode: 200, body: current.body });
      expect(Number(stale.headers['age'])).toBeGreaterThanOrEqual(1);
      expect(stale.headers['cache-status']).toMatch(/^lambda-sentinel; hit; ttl=-\d+; /);
      expect(await get('/health')).toMatchObject({ statusCode: 503 });
    } finally {
      mend();
    }
    expect((await get('/masters/orders')).headers).not.toHaveProperty('age');
  });

  test('that starts while the table is cut off answers 503 at once, and logs why', async () => {
    const mend = table.fault({ caller: name, fault: { kind: 'cut' } });
    try {
      const result = await get('/masters/orders');
      expect(result).toMatchObject({ statusCode: 503, headers: { 'retry-after': '2' } });
      expect(log.filter((line) => line.includes('GET /masters/orders failed'))).not.toEqual([]);
    } finally {
      mend();
    }
  });

  function operations(): number {
    const mine = table.statistics().filter(({ caller }) => caller === name);
    return mine.reduce((sum, { requests }) => sum + requests, 0);
  }
});
