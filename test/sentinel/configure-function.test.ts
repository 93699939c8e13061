/** The bundle of the custom resource as it is deployed, run as a function, against a real table. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoClient } from '../../src/adapters/dynamodb/client.ts';
import { DynamoStore } from '../../src/adapters/dynamodb/store.ts';
import { LocalFunctions } from '../../src/local/functions.ts';
import { Processes } from '../../src/local/processes.ts';
import { type LocalTable, startTable } from '../../src/local/table.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/lambda/configure.mjs', import.meta.url));
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const region = 'us-east-1';
const PASSWORD = 'hunter2-hunter2';

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
  const environment = {
    ...{ TABLE_NAME: table.tableName, AWS_ENDPOINT_URL_DYNAMODB: table.endpoint },
    ...{ SECRETS_KEY: Buffer.alloc(32, 3).toString('hex'), ALLOWED_NETWORKS: '10.0.0.0/8' },
  };
  functions.register('configure', { bundle: BUNDLE, handler: 'handler', environment, timeoutMs: 20_000 });
});

afterAll(async () => {
  lambda?.destroy();
  await functions?.end();
  await table?.end();
  await processes.end();
});

/** As the provider framework hands over what CloudFormation sent. */
async function deploy(type: string, is: object, was?: object): Promise<{ error: boolean; payload: string }> {
  const event = {
    ...{
      RequestType: type,
      RequestId: '1',
      ResourceType: 'Custom::RedisMasters',
      LogicalResourceId: 'Masters',
    },
    StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/production/5f0a',
    ...(type !== 'Create' && { PhysicalResourceId: 'production/Masters' }),
    ...{ ResourceProperties: is, ...(was && { OldResourceProperties: was }) },
  };
  const Payload = JSON.stringify(event);
  const reply = await lambda.send(new InvokeCommand({ FunctionName: 'configure', Payload }));
  return { error: reply.FunctionError !== undefined, payload: new TextDecoder().decode(reply.Payload) };
}

function properties(directives: Record<string, string>, others: Record<string, unknown> = {}): object {
  const orders = {
    name: 'orders',
    host: '10.0.0.1',
    port: '6379',
    directives: { quorum: '2', ...directives },
  };
  return { ServiceToken: 'arn:x', Masters: [{ ...orders, ...others }], Zones: ['a', 'b', 'c'] };
}

test('the configure function creates, changes, refuses, rolls back and deletes, and tells no password', async () => {
  const v1 = properties({ 'auth-pass': PASSWORD });
  const v2 = properties({ 'auth-pass': PASSWORD, 'down-after-milliseconds': '5000' });
  const bad = properties({ 'auth-pass': PASSWORD, 'down-after-milliseconds': 'soon' }, { host: '192.0.2.1' });
  const created = await deploy('Create', v1);
  expect(JSON.parse(created.payload)).toEqual({
    PhysicalResourceId: 'production/Masters',
    Data: { Masters: 'orders', Zones: 'a,b,c' },
  });
  const first = await store.readState('orders');
  expect(first?.directives.authPass).toMatch(/^stored:/);

  for (const _ of [1, 2]) expect(await deploy('Update', v2, v1)).toMatchObject({ error: false });
  expect(await store.readState('orders')).toMatchObject({
    directives: { ...first?.directives, downAfterMs: 5000 },
    rev: 2,
  });

  const refused = await deploy('Update', bad, v2);
  expect(refused.error).toBe(true);
  expect(JSON.parse(refused.payload)).toMatchObject({
    errorMessage: expect.stringMatching(
      /^the code was refused and nothing was changed: orders: down-after-milliseconds "soon": allowed is a whole number from 1 to 86400000; orders: host "192\.0\.2\.1": allowed is an address in the allowed networks$/,
    ),
  });
  expect(await deploy('Update', v2, bad)).toMatchObject({ error: false });
  expect(await store.readState('orders')).toMatchObject({ rev: 2 });

  for (const _ of [1, 2]) expect(await deploy('Delete', v2)).toMatchObject({ error: false });
  expect(await store.names()).toEqual([]);
  for (const told of [created.payload, refused.payload, log.join()]) expect(told).not.toContain(PASSWORD);
});
