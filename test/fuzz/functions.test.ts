/** The deployed handlers themselves, given events that nobody should send. The services they speak to are one server here. */
import { createServer, type Server } from 'node:http';
import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { mutated } from './mutations.ts';
import { type Json, odd, oddText } from './odd-values.ts';
import { expectPrintable } from './soundness.ts';
import { handoverOf, streamRecord } from './stream-events.ts';

const ZONES = { a: 'sentinel-a', b: 'sentinel-b', last: 'sentinel-last' };

let server: Server;
let relay: typeof import('../../lambda/relay.ts').handler;
let sentinel: typeof import('../../lambda/sentinel.ts').handler;
let readEndpoint: typeof import('../../lambda/read.ts').handler;
const woken: string[] = [];
const lines: string[] = [];

/** Lambda's Invoke, and a table that is empty. */
async function startServices(): Promise<string> {
  server = createServer((request, response) => {
    const [, name] = /functions\/([^/]+)\/invocations/.exec(request.url ?? '') ?? [];
    request.resume().on('end', () => {
      if (name) woken.push(decodeURIComponent(name));
      response.writeHead(name ? 202 : 200, { 'Content-Type': 'application/x-amz-json-1.0' });
      response.end(name ? '' : '{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  return `http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
}

beforeAll(async () => {
  const endpoint = await startServices();
  const settings = {
    ...{ AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1', TABLE_NAME: 't', SENTINEL_ID: 'a' },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', ZONES: JSON.stringify(ZONES) },
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  vi.spyOn(console, 'error').mockImplementation((...told) => void lines.push(told.map(String).join(' ')));
  ({ handler: relay } = await import('../../lambda/relay.ts'));
  ({ handler: sentinel } = await import('../../lambda/sentinel.ts'));
  ({ handler: readEndpoint } = await import('../../lambda/read.ts'));
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.close();
  server.closeAllConnections();
});

/** Each is one line, of one JSON object. */
function expectLogged(from: number): void {
  for (const line of lines.slice(from)) {
    expect(line.endsWith('\n')).toBe(true);
    expectPrintable(line.slice(0, -1).slice(0, 4096));
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), message: expect.any(String) });
  }
}

test(
  'a bad record in a batch wakes nobody wrongly, and holds up nobody behind it',
  async () => {
    const batch = fc.array(streamRecord, { maxLength: 5 });
    await holds('events to the relay', batch, async (records) => {
      woken.length = 0;
      lines.length = 0;
      await relay({ Records: [...records, handoverOf('last')] } as unknown as DynamoDBStreamEvent);
      expect(woken).toContain('sentinel-last');
      expect(woken).toEqual([...new Set(woken)]); // each zone once
      expect(Object.values(ZONES)).toEqual(expect.arrayContaining(woken));
      expectLogged(0);
    });
  },
  FUZZ_TIMEOUT_MS,
);

test.for([undefined, null, {}, { Records: null }, { Records: 'none' }, []] as const)(
  'what is no event of a stream is refused by the relay, which says what it takes: %o',
  async (event) => {
    const refused = relay(event as unknown as DynamoDBStreamEvent);
    await expect(refused).rejects.toThrow(/DynamoDB stream's events, with a list of Records; found \w+/);
  },
);

test(
  'whatever event a sentinel is invoked with, it is a pulse or a wake',
  async () => {
    const event = fc.oneof(odd, mutated({ kind: 'wake', reason: 'x' }, 0), mutated({ kind: 'pulse' }, 0));
    const context = { getRemainingTimeInMillis: () => 10_000 } as Context;
    await holds('events to a sentinel', event, async (given) => {
      lines.length = 0;
      expect(await sentinel(given as never, context)).toEqual({ outcome: 'calm' });
      expectLogged(0);
    });
  },
  FUZZ_TIMEOUT_MS,
);

const V2: Json = {
  ...{ version: '2.0', rawPath: '/masters/orders', rawQueryString: 'a=b', cookies: ['c=d'] },
  headers: { host: 'x.lambda-url.us-east-1.on.aws', accept: 'text/plain', 'if-none-match': '"1"' },
  requestContext: { domainName: 'x.lambda-url.us-east-1.on.aws', http: { method: 'GET', path: '/masters' } },
  ...{ body: 'eA==', isBase64Encoded: true },
};
const V1: Json = {
  ...{ path: '/masters', httpMethod: 'GET', queryStringParameters: { a: 'b' } },
  multiValueHeaders: { host: ['x.on.aws'], accept: ['*/*'] },
  requestContext: { domainName: 'x.on.aws' },
};

const MAPS = ['headers', 'queryStringParameters', 'multiValueHeaders', 'multiValueQueryStringParameters'];
const STATUSES = [200, 304, 400, 404, 405, 406, 503];

test(
  'whatever event the read function is given, it answers, and no answer is a fault of its own',
  async () => {
    const path = oddText.map((text): Json => ({ ...(V2 as object), rawPath: `/masters/${text}` }));
    // what came as UTF-8 holds no half signs, and a front door gives maps: else the adapter answers 500 by itself
    const fromOutside = (event: Json) =>
      !/\\ud[89a-f]/.test(JSON.stringify(event)) &&
      MAPS.every((name) => typeof (event as Record<string, Json> | null)?.[name] !== 'string');
    const event = fc.oneof(odd, mutated(V2, 0), mutated(V1, 0), path).filter(fromOutside);
    await holds('events to the read function', event, async (given) => {
      const result = (await readEndpoint(given as never, undefined as never)) as {
        statusCode: number;
        body: string;
      };
      expect(STATUSES).toContain(result.statusCode);
      // the page is the same whatever is asked
      if (!result.body.startsWith('<!doctype html>')) {
        expectPrintable(result.body.trimEnd().slice(0, 4096));
      }
    });
  },
  FUZZ_TIMEOUT_MS,
);

test('a GET with a body is answered like one without', async () => {
  const withBody = (await readEndpoint(V2 as never, undefined as never)) as { statusCode: number };
  expect(withBody.statusCode).toBe(404); // the table is empty: no such master
});
