/** The built bundles on AWS' own runtime when time or a part runs out: they say so before Lambda ends them. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { until } from '../../src/local/until.ts';
import { onLambdasRuntime } from './on-lambdas-runtime.ts';
import { MASTER, sentinelSettings, ZONES } from './settings.ts';
import { customResource, httpRequest } from './shapes.ts';
import { LIMIT_MS, Stage } from './stage.ts';

/** Silence for half of it is the alert, all of it S_DOWN: between the two an invocation stays as long as it may. */
const DOWN_AFTER_MS = 20_000;

onLambdasRuntime('a bundle whose time runs out on Lambda’s own runtime', (entry) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start({ entry, replicas: 0 });
    await stage.enter({ quorum: 1, 'down-after-milliseconds': DOWN_AFTER_MS });
  }, LIMIT_MS);
  afterAll(() => stage?.end());
  beforeEach(() => stage.tellWhenFailed());

  test('a sentinel in alert hands over before its deadline', async () => {
    await stage.deploy('hasty', 'sentinel', sentinelSettings('hasty'), { timeoutMs: 4000 });
    await stage.looked('hasty', { kind: 'pulse' });
    await stage.master.stop();
    const last = await until(
      'an alert that was handed over',
      async () => {
        const outcome = await stage.lambda.invoke('hasty', { kind: 'pulse' });
        // one that a machine standing still made late is not the one that is judged
        const answer = outcome.kind === 'answered' ? JSON.parse(outcome.payload) : {};
        return answer.outcome === 'handed over' && { ...answer, pid: outcome.pid };
      },
      { timeoutMs: LIMIT_MS, everyMs: 200 },
    );
    expect(last).toMatchObject({ incarnation: expect.any(Number) });
    stage.master.cont();
    const next = await stage.lambda.invoke('hasty', { kind: 'wake', reason: 'handed over' });
    expect(next).toMatchObject({ kind: 'answered', pid: last.pid });
    expect(stage.events.filter(({ type }) => type === '+sdown')).toEqual([]);
  });

  test('read and operate answer 503 while the table hangs, and answer again when it does not', async () => {
    for (const name of ['read', 'operate']) {
      const mend = stage.around.table.fault({ caller: name, fault: { kind: 'hang' } });
      const request = httpRequest('GET', '/health');
      const path = name === 'read' ? '/masters' : `/masters/${MASTER}/pause`;
      const method = name === 'read' ? 'GET' : 'POST';
      const hung = await stage.ask(name, method, path);
      expect(hung, name).toMatchObject({ statusCode: 503, headers: { 'retry-after': expect.any(String) } });
      mend();
      expect(await stage.lambda.invoke(name, request)).toMatchObject({ kind: 'answered' });
    }
  });

  test('configure says why before its deadline, while the table refuses', async () => {
    await stage.deploy('brief', 'configure', { ALLOWED_NETWORKS: '127.0.0.0/8' }, { timeoutMs: 20_000 });
    const { host, port } = stage.master.address;
    const master = { name: 'carts', host, port: String(port), directives: { quorum: '1' } };
    const event = customResource('Create', { ServiceToken: 'arn', Masters: [master], Zones: ZONES });
    const mend = stage.around.table.fault({ caller: 'brief', fault: { kind: 'refuse' } });
    const outcome = await stage.lambda.invoke('brief', event);
    expect(outcome).toMatchObject({
      ...{ kind: 'failed', reason: 'threw' },
      error: { errorType: 'Error', errorMessage: expect.stringMatching(/carts.*table/) },
    });
    mend();
    expect(await stage.lambda.invoke('brief', event)).toMatchObject({ kind: 'answered', pid: outcome.pid });
  });

  test.each([
    ['sentinel', { SENTINEL_ID: '' }, 'environment variable SENTINEL_ID is not set'],
    ['pacemaker', { PULSE_MS: 'often', ZONES: '{"a":"b"}' }, 'PULSE_MS must be whole milliseconds'],
    ['relay', { ZONES: '[]' }, 'ZONES must be a JSON object of strings'],
    ['read', { READ_TOKENS: 'a-token' }, 'READ_TOKENS: item 1 of 1 is no digest'],
    ['operate', { SECRETS_KEY: 'a-key' }, 'SECRETS_KEY must be 32 bytes in base64 or hex'],
    ['configure', { TABLE_NAME: '' }, 'environment variable TABLE_NAME is not set'],
  ] as const)('%s with a setting that is none fails in INIT and names it', async (bundle, settings, why) => {
    const name = `mistaken-${bundle}`;
    await stage.deploy(name, bundle, settings);
    const outcome = await stage.lambda.invoke(name, {});
    expect(outcome).toMatchObject({
      ...{ kind: 'failed', reason: 'not started' },
      error: { errorType: 'Error', errorMessage: expect.stringContaining(why) },
    });
    expect(JSON.stringify(outcome)).not.toMatch(/a-token|a-key/);
  });
});
