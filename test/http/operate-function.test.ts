/** The bundle as it is deployed, run as a function, against a real table. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { LocalFunctions } from '../../src/local/functions.ts';
import { Processes } from '../../src/local/processes.ts';
import { type LocalTable, startTable } from '../../src/local/table.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/lambda/operate.mjs', import.meta.url));
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const region = 'us-east-1';
const HOST = 'abc.lambda-url.us-east-1.on.aws';
const PASSWORD = 'hunter2-hunter2';

interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  /** As it came over the wire, where the front door takes it for binary. */
  readonly base64?: boolean;
}

const processes = new Processes();
const log: string[] = [];
let table: LocalTable;
let store: DynamoStore;
let functions: LocalFunctions;
let lambda: LambdaClient;

beforeAll(async () => {
  if (!existsSync(BUNDLE)) throw new Error(`${BUNDLE} is missing: run \`npm run build\` first`);
  table = await startTable(processes);
  const client = dynamoClient({ endpoint: table.storeEndpoint, region, credentials });
  store = new DynamoStore({ client, tableName: table.tableName, telemetry: { log: () => {} } });
  functions = new LocalFunctions({
    processes,
    delays: { invokeMs: 0, coldStartMs: 0 },
    onLog: (_name, _pid, line) => log.push(line),
  });
  lambda = new LambdaClient({ endpoint: await functions.start(), region, credentials });
  const common = { TABLE_NAME: table.tableName, AWS_ENDPOINT_URL_DYNAMODB: table.endpoint };
  const sha256 = createHash('sha256').update('operators-token').digest('hex');
  const settings: Record<string, Record<string, string>> = {
    operate: { SECRETS_KEY: Buffer.alloc(32, 3).toString('base64'), ALLOWED_NETWORKS: '10.0.0.0/8' },
    guarded: { OPERATE_TOKENS: `sha256:${sha256}` },
    mistaken: { OPERATE_TOKENS: 'operators-token' },
    keyless: { SECRETS_KEY: 'operators-key' },
  };
  for (const [name, own] of Object.entries(settings)) {
    const environment = { ...common, ...own };
    functions.register(name, { bundle: BUNDLE, handler: 'handler', environment, timeoutMs: 10_000 });
  }
});

afterAll(async () => {
  lambda?.destroy();
  await functions?.end();
  await table?.end();
  await processes.end();
});

async function invoke(name: string, event: object): Promise<{ error: string | undefined; payload: string }> {
  const reply = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
  return { error: reply.FunctionError, payload: new TextDecoder().decode(reply.Payload) };
}

/** As a Function URL hands a request to its function (payload format 2.0). */
async function ask(
  method: string,
  path: string,
  body?: unknown,
  sent: Sent = {},
  name = 'operate',
): Promise<HttpResult> {
  const { headers, query = '', base64 = false } = sent;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const event = {
    ...{ version: '2.0', rawPath: path, rawQueryString: query, isBase64Encoded: base64 },
    headers: { host: HOST, 'content-type': 'application/json', ...headers },
    requestContext: { domainName: HOST, http: { method, path } },
    ...(text !== undefined && { body: base64 ? Buffer.from(text).toString('base64') : text }),
  };
  const { error, payload } = await invoke(name, event);
  expect(error, payload).toBeUndefined();
  return JSON.parse(payload) as HttpResult;
}

const ORDERS = { host: '10.0.0.1', port: 6379, replicas: ['10.0.0.2:6379'], directives: { quorum: 2 } };

describe('the operate function', () => {
  test('enters, changes and removes a master, whichever way the body is wrapped', async () => {
    expect(await ask('PUT', '/masters/orders', ORDERS)).toMatchObject({ statusCode: 201 });
    const patch = { directives: { 'parallel-syncs': 3 } };
    const patched = await ask('PATCH', '/masters/orders', patch, { base64: true });
    expect(patched).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'no-store' } });
    expect(JSON.parse(patched.body)).toMatchObject({ changed: true, directives: { 'parallel-syncs': '3' } });
    expect(await store.readState('orders')).toMatchObject({ directives: { parallelSyncs: 3 }, rev: 2 });
    expect(await ask('DELETE', '/masters/orders')).toMatchObject({ statusCode: 204, body: '' });
    expect(await store.names()).toEqual([]);
  });

  test('writes a failover down, waits, and tells of it where it said; by API Gateway’s first kind of event too', async () => {
    await ask('PUT', '/masters/carts', ORDERS);
    const asked = Date.now();
    const answer = await ask('POST', '/masters/carts/failover', undefined, { query: 'wait=1' });
    expect(Date.now() - asked).toBeGreaterThanOrEqual(1000);
    expect(answer.statusCode).toBe(202);
    const { command } = JSON.parse(answer.body) as { command: string };
    expect(answer.headers['location']).toBe(`/masters/carts/commands/${command}`);
    expect((await store.readState('carts'))?.command).toMatchObject({ id: command, kind: 'failover' });
    const event = {
      ...{ path: answer.headers['location'], httpMethod: 'GET', body: '{}', isBase64Encoded: false },
      ...{ multiValueHeaders: { host: [HOST] }, queryStringParameters: null },
      requestContext: { domainName: HOST },
    };
    const { payload } = await invoke('operate', event);
    expect(JSON.parse(payload)).toMatchObject({ statusCode: 202, body: expect.stringContaining(command) });
  });

  test('keeps a password encrypted, and tells it nowhere', async () => {
    const body = { ...ORDERS, directives: { quorum: 1, 'auth-pass': PASSWORD } };
    const answer = await ask('PUT', '/masters/secret', body);
    const refused = await ask('PUT', '/masters/secret', { ...body, host: 'x y', password: PASSWORD });
    expect([answer.statusCode, refused.statusCode]).toEqual([201, 422]);
    const state = await store.readState('secret');
    expect(state?.directives.authPass).toMatch(/^stored:/);
    for (const told of [answer.body, refused.body, JSON.stringify(state), log.join()]) {
      expect(told).not.toContain(PASSWORD);
    }
    expect(log.join()).toContain('PUT /masters/secret 201');
  });

  test('refuses an address outside the allowed networks, and a body beyond 64 KiB', async () => {
    const outside = await ask('PUT', '/masters/out', { ...ORDERS, host: '192.0.2.1' });
    expect(JSON.parse(outside.body)).toMatchObject({
      ...{ status: 422, faults: [{ directive: 'host', value: '192.0.2.1' }] },
    });
    const long = await ask('PUT', '/masters/out', { ...ORDERS, directives: { quorum: 'x'.repeat(65_536) } });
    expect(long.statusCode).toBe(413);
  });

  test('answers 503 while the table is cut off', async () => {
    const mend = table.fault({ caller: 'operate', fault: { kind: 'cut' } });
    try {
      const answer = await ask('POST', '/masters/carts/pause');
      expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '2' } });
    } finally {
      mend();
    }
  });

  test('asks for a token where it was given digests', async () => {
    const as = (token: string) =>
      ask('DELETE', '/sentinels/x', undefined, { headers: { authorization: token } }, 'guarded');
    expect(await as('Bearer readers-token')).toMatchObject({
      statusCode: 401,
      headers: { 'www-authenticate': 'Bearer realm="lambda-sentinel", error="invalid_token"' },
    });
    expect(await as('Bearer operators-token')).toMatchObject({ statusCode: 404 });
  });

  test.each([
    ['mistaken', 'environment variable OPERATE_TOKENS: item 1 of 1 is no digest'],
    ['keyless', 'environment variable SECRETS_KEY must be 32 bytes in base64 or hex, and is 13 characters'],
  ])('that is %s does not start, and says why without showing what stands there', async (name, words) => {
    const { error, payload } = await invoke(name, {});
    expect(error).toBe('Unhandled');
    expect(payload).toContain(words);
    expect(payload).not.toMatch(/operators-/);
  });
});
