/** Each built bundle with events that no service of AWS sends: what it says, and that the same process lives on. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { InvocationOutcome } from '../../src/local/execution-environment.ts';
import { onLambdasRuntime } from './on-lambdas-runtime.ts';
import { customResource, httpRequest } from './shapes.ts';
import { LIMIT_MS, Stage } from './stage.ts';

const NONSENSE = [null, {}, [], 'event', 7, { Records: 1 }, { requestContext: {}, rawPath: 7 }];

onLambdasRuntime('nonsense on Lambda’s own runtime', (entry) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start({ entry });
  }, LIMIT_MS);
  afterAll(() => stage?.end());
  beforeEach(() => stage.tellWhenFailed());

  test.each([
    ['relay', { Records: [] }, 'TypeError', /a DynamoDB stream's events, with a list of Records/],
    ['pacemaker', { Records: [] }, 'TypeError', /takes \{"kind": "seed"\}, or an SQS event/],
    ['configure', nothingDeclared(), 'Error', /RequestType is Create, Update or Delete; found undefined/],
  ])('%s says what it takes', async (name, sound, errorType, error) => {
    for (const nonsense of NONSENSE) {
      const refused = await stage.lambda.invoke(name, nonsense);
      expect(refused, JSON.stringify(nonsense)).toMatchObject({
        ...{ kind: 'failed', reason: 'threw' },
        error: { errorType, errorMessage: expect.stringMatching(error) },
      });
      expectAnswered(await stage.lambda.invoke(name, sound), refused.pid);
    }
  });

  test.each(['read', 'operate'])('%s answers it as a request for what is not there', async (name) => {
    for (const nonsense of NONSENSE) {
      const answered = await stage.lambda.invoke(name, nonsense);
      expect(answered, JSON.stringify(nonsense)).toMatchObject({
        ...{ kind: 'answered', payload: expect.stringContaining('"statusCode":') },
      });
      const { statusCode } = JSON.parse(answered.kind === 'answered' ? answered.payload : '{}');
      expect(statusCode, JSON.stringify(nonsense)).toEqual(expect.any(Number));
      expectAnswered(await stage.lambda.invoke(name, httpRequest('GET', '/health')), answered.pid);
    }
    expect(await stage.around.store.names()).toEqual([]);
  });

  test('a sentinel takes anything for a pulse', async () => {
    const { pid } = await stage.lambda.invoke('sentinel-a', { kind: 'pulse' });
    for (const nonsense of NONSENSE) {
      expectAnswered(await stage.lambda.invoke('sentinel-a', nonsense), pid);
    }
  });

  /** By the same process: none was started anew. */
  function expectAnswered(outcome: InvocationOutcome, pid: number): void {
    expect(outcome).toMatchObject({ kind: 'answered', pid });
  }
});

/** A deployment that takes back what it never declared. */
function nothingDeclared(): object {
  return customResource('Delete', { ServiceToken: 'arn', Masters: [], Zones: ['a'] });
}
