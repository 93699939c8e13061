/** Each built bundle on AWS' own runtime, by the events that AWS' services hand it: cold, warm, and with nonsense. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { nodeId } from '../../src/core/model.ts';
import { until } from '../../src/local/until.ts';
import { EventSource } from '../pacemaker/event-source.ts';
import { onLambdasRuntime } from './on-lambdas-runtime.ts';
import { DNS_NAME, MASTER, sentinelOf, sentinelSettings, ZONES } from './settings.ts';
import { customResource, queueBatch } from './shapes.ts';
import { LIMIT_MS, Stage, told } from './stage.ts';

onLambdasRuntime('the built bundles on Lambda’s own runtime', (entry) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start({ entry });
    await stage.answerOf('configure', customResource('Create', declared()));
  }, LIMIT_MS);
  afterAll(() => stage?.end());
  beforeEach(() => stage.tellWhenFailed());

  /** As CloudFormation hands it over: as text. */
  function declared(directives: Readonly<Record<string, string>> = {}): object {
    const { host, port } = stage.master.address;
    const master = { name: MASTER, host, port: String(port), directives: { quorum: '2', ...directives } };
    return { ServiceToken: 'arn', Masters: [master], Zones: ZONES };
  }

  const credentials = { accessKeyId: 'test', secretAccessKey: 'local' };
  const client = { region: 'us-east-1', credentials };

  test('configure enters what the code declares, changes it, and takes it as it is the second time', async () => {
    const before = declared();
    const after = declared({ 'down-after-milliseconds': '7000' });
    const update = customResource('Update', after, before);
    const answer = { PhysicalResourceId: 'Sentinel/Masters', Data: { Masters: MASTER, Zones: 'a,b,c' } };
    expect(await stage.answerOf('configure', update)).toEqual(answer);
    const { rev, directives } = await stage.state();
    expect(directives.downAfterMs).toBe(7000);
    expect(await stage.answerOf('configure', update)).toEqual(answer);
    expect((await stage.state()).rev).toBe(rev);
  });

  test('read tells the address by a Function URL’s event', async () => {
    const headers = { accept: 'text/plain' };
    const answer = await stage.ask('read', 'GET', `/masters/${MASTER}`, { headers });
    expect(answer).toMatchObject({ statusCode: 200, body: told(stage.master.address) });
    const etag = answer.headers['etag'] ?? 'none';
    const again = await stage.ask('read', 'GET', `/masters/${MASTER}`, {
      headers: { ...headers, 'if-none-match': etag },
    });
    expect(again.statusCode).toBe(304);
  });

  test('operate enters, changes and removes a master', async () => {
    const body = { host: '127.0.0.9', port: 6379, directives: { quorum: 2 } };
    expect(await stage.ask('operate', 'PUT', '/masters/carts', { body })).toMatchObject({ statusCode: 201 });
    const patch = { directives: { 'parallel-syncs': 3 } };
    expect(await stage.ask('operate', 'PATCH', '/masters/carts', { body: patch })).toMatchObject({
      statusCode: 200,
    });
    expect((await stage.state('carts')).directives.parallelSyncs).toBe(3);
    expect(await stage.ask('operate', 'DELETE', '/masters/carts')).toMatchObject({ statusCode: 204 });
  });

  test('a sentinel looks at the nodes: by Scheduler’s pulse, the pacemaker’s, and a wake', async () => {
    await stage.looked('sentinel-a', { kind: 'pulse' });
    await stage.looked('sentinel-a', { kind: 'pulse', slot: Date.now() });
    await stage.looked('sentinel-a', { kind: 'wake', reason: 'test' });
    // at a pulse of a minute Scheduler invokes the zone itself
    await stage.deploy('minutely', 'sentinel', sentinelSettings('a', 60_000));
    await stage.looked('minutely', { kind: 'pulse' });
    const { voters, replicas } = await stage.state();
    expect(voters).toEqual(['a']);
    expect(Object.keys(replicas)).toEqual(stage.around.nodes.slice(1).map(({ address }) => nodeId(address)));
  });

  test('the pacemaker seeds the queue, and what comes out of it makes every zone look', async () => {
    const seeded = await stage.answerOf('pacemaker', { kind: 'seed' });
    expect(seeded).toMatchObject({ messages: expect.any(Number), seededThrough: expect.any(Number) });
    expect(seeded['messages']).toBeGreaterThan(60);
    const sqs = new SQSClient({ ...client, endpoint: stage.around.queueEndpoint });
    const lambda = new LambdaClient({ ...client, endpoint: stage.lambdaEndpoint });
    const source = new EventSource({
      sqs,
      lambda,
      queueUrl: stage.around.queueUrl,
      functionName: 'pacemaker',
    });
    const before = stage.lambda.invoked.length;
    try {
      for (const zone of ZONES) {
        const looked = await until(
          `a look of zone ${zone} that was asked for by a slot`,
          () =>
            stage.lambda.invoked
              .slice(before)
              .find(
                ({ functionName, payload, outcome }) =>
                  functionName === sentinelOf(zone) &&
                  payload.includes('"slot"') &&
                  outcome.kind === 'answered',
              ),
          { timeoutMs: LIMIT_MS },
        );
        expect(JSON.parse(looked.payload)).toMatchObject({ kind: 'pulse', slot: expect.any(Number) });
      }
    } finally {
      await source.end();
      sqs.destroy();
      lambda.destroy();
    }
  });

  test('of a batch the pacemaker passes over what is no slot, and fails nothing', async () => {
    const batch = queueBatch(['no slot', '{"slot":0}', '{"slot":1,"zone":"nowhere"}'], Date.now());
    expect(await stage.answerOf('pacemaker', batch)).toEqual({ batchItemFailures: [] });
  });

  test('the relay tells of what came into the table: to the bus, the topic, the history and the DNS', async () => {
    const { services, published, history } = stage.around;
    const mine = { master: MASTER, type: '+monitor' };
    const onBus = await until(
      '+monitor on the bus',
      () => services.busEvents.find(({ detail }) => detail.master === MASTER && detail.seq === 1),
      { timeoutMs: LIMIT_MS },
    );
    expect(onBus.detail).toMatchObject(mine);
    await until('the name in the DNS', () => services.zone.says(DNS_NAME).length > 0, {
      timeoutMs: LIMIT_MS,
    });
    expect(services.zone.says(DNS_NAME)).toEqual([`A ${stage.master.address.host}`]);
    await until('+monitor on the topic', () => published().length > 0, { timeoutMs: LIMIT_MS });
    expect(published()).toContainEqual(expect.objectContaining(mine));
    expect(await history(MASTER)).toContainEqual(expect.objectContaining({ type: '+monitor' }));
  });

  test('each function was started once, and stayed warm', () => {
    for (const name of ['configure', 'read', 'operate', 'relay']) {
      const mine = stage.lambda.invoked.filter(({ functionName }) => functionName === name);
      expect(mine.length, name).toBeGreaterThan(1);
      expect(new Set(mine.map(({ outcome }) => outcome.pid)).size, name).toBe(1);
    }
  });

  test('nobody’s runtime asked for what Lambda does not have, and each line of a log is one JSON object', () => {
    expect(stage.lambda.violations()).toEqual([]);
    const lines = stage.lambda.log.filter(({ line }) => !isJson(line));
    expect(lines).toEqual([]);
  });
});

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
