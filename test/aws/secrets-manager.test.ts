/** Secrets read at run time, from a server that speaks Secrets Manager's JSON 1.1. */
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { BOUNDED } from '../../src/adapters/aws/bounds.ts';
import { secretsManagerReader } from '../../src/adapters/aws/secrets-manager.ts';
import { createSecrets } from '../../src/adapters/secrets/secrets.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { Unavailable, Unreadable } from '../../src/ports.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:redis/orders-a1b2c3';

type Answer = { readonly status: number; readonly body: object } | 'hang';

let server: Server;
let answer: Answer;
let asked: object[];
let clients: SecretsManagerClient[];

beforeEach(async () => {
  asked = [];
  clients = [];
  answer = { status: 200, body: { ARN, SecretString: 'hunter2' } };
  server = createServer(async (request, response) => {
    asked.push(JSON.parse(await text(request)));
    expect(request.headers['x-amz-target']).toBe('secretsmanager.GetSecretValue');
    if (answer === 'hang') return;
    response.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function secrets(fetchDeadlineMs = 10_000) {
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  const fetchSecret = secretsManagerReader(() => {
    const client = new SecretsManagerClient({
      ...BOUNDED,
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    clients.push(client);
    return client;
  });
  const none = () => Promise.reject(new Error('the table was asked'));
  return createSecrets({
    ...{ clock: systemClock, key: { missing: 'none' }, sealed: { read: none, write: none } },
    ...{ fetchSecret, fetchDeadlineMs },
  });
}

describe('a secret is read', () => {
  const json = JSON.stringify({ username: 'sentinel', password: 'hunter3', port: 6379 });
  test.each([
    ['whole, by its ARN', ARN, 'hunter2', 'hunter2', { SecretId: ARN }],
    ['by a field of its JSON', `${ARN}:password::`, json, 'hunter3', { SecretId: ARN }],
    [
      'in a stage',
      `${ARN}::AWSPENDING:`,
      'hunter2',
      'hunter2',
      { SecretId: ARN, VersionStage: 'AWSPENDING' },
    ],
    ['in a version', `${ARN}:::v1`, 'hunter2', 'hunter2', { SecretId: ARN, VersionId: 'v1' }],
  ])('%s', async (_, reference, stored, value, request) => {
    answer = { status: 200, body: { ARN, SecretString: stored } };
    expect(await secrets().reveal(`secret:${reference}`)).toBe(value);
    expect(asked).toEqual([request]);
  });

  it('once a minute, by one client', async () => {
    const own = secrets();
    for (const reference of [ARN, `${ARN}:::v1`, ARN, ARN]) await own.reveal(`secret:${reference}`);
    expect(asked).toHaveLength(2);
    expect(clients).toHaveLength(1);
  });
});

describe('what cannot be read is told without a word of what the secret holds', () => {
  const refused = (status: number, type: string): Answer => ({
    status,
    body: { __type: type, Message: `no access to hunter2` },
  });
  test.each<[string, Answer, string, string]>([
    ['no such secret', refused(400, 'ResourceNotFoundException'), ARN, 'ResourceNotFoundException'],
    ['no right', refused(400, 'AccessDeniedException'), ARN, 'AccessDeniedException'],
    ['binary', { status: 200, body: { ARN, SecretBinary: 'aHVudGVyMg==' } }, ARN, 'it is binary'],
    [
      'no JSON',
      { status: 200, body: { ARN, SecretString: 'hunter2' } },
      `${ARN}:password::`,
      'it is no JSON',
    ],
    [
      'no such field',
      { status: 200, body: { ARN, SecretString: '{"pass":"hunter2"}' } },
      `${ARN}:toString::`,
      'no text in the field toString',
    ],
    ['no ARN', refused(500, 'unasked'), 'redis/orders', 'allowed is the ARN of a secret'],
  ])('%s', async (_, given, reference, words) => {
    answer = given;
    const failure = await secrets()
      .reveal(`secret:${reference}`)
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(failure).toBeInstanceOf(Unreadable);
    expect((failure as Error).message).toContain(words);
    expect((failure as Error).message).not.toContain('hunter2');
  });

  it('a service that fails or is silent: for now', async () => {
    answer = { status: 500, body: { Message: 'hunter2' } };
    await expect(secrets().reveal(`secret:${ARN}`)).rejects.toThrow(Unavailable);
    answer = 'hang';
    await expect(secrets(200).reveal(`secret:${ARN}`)).rejects.toThrow(
      /^(?!.*hunter2).*could not be fetched/,
    );
  });
});
