/** The bundle as it is deployed, run as a function, against a real table. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { LocalFunctions } from '../../src/local/functions.ts';
import { Processes } from '../../src/local/processes.ts';
import { type LocalTable, startTable } from '../../src/local/table.ts';
import { monitored } from './state.ts';

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

/** As a Function URL hands a request to its function (payload format 2.0). */
async function get(path: string, headers: Record<string, string> = {}): Promise<HttpResult> {
  const event = {
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers: { host: 'abc.lambda-url.us-east-1.on.aws', ...headers },
    requestContext: { domainName: 'abc.lambda-url.us-east-1.on.aws', http: { method: 'GET', path } },
    isBase64Encoded: false,
  };
  const reply = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
  const payload = new TextDecoder().decode(reply.Payload);
  expect(reply.FunctionError, payload).toBeUndefined();
  return JSON.parse(payload) as HttpResult;
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
    expect(JSON.parse((await get('/masters')).body)).toMatchObject({ masters: [{ name: 'orders', rev: 1 }] });
    expect(JSON.parse((await get('/health')).body)).toEqual({ status: 'ok', masters: 1, sentinels: [] });
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
