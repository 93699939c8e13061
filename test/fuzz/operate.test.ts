/** What is asked of the operate endpoint, and the events with which its function is invoked. */
import { createServer, type Server } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { DIRECTIVE_NAMES } from '../../src/core/directives.ts';
import { createOperateEndpoint } from '../http/operate-endpoint.ts';
import { monitored, withFailover, withReplicas } from '../http/state.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { mutated } from './mutations.ts';
import { type Json, odd, oddText } from './odd-values.ts';
import { expectEvents, expectFits, expectPrintable } from './soundness.ts';

const ANSWERS = [200, 201, 202, 204, 400, 404, 405, 409, 413, 415, 422, 503];
const SECRET = 'hunter2-hunter2';

const PUT: Json = {
  ...{ host: '10.0.0.1', port: 6379, replicas: ['10.0.0.2:6379', '[fd00::1]:6379'] },
  directives: {
    quorum: 2,
    'down-after-milliseconds': '5000',
    'rename-command': { CONFIG: 'hidden' },
    tls: 'no',
  },
};
const PATCH: Json = {
  directives: { quorum: 1, 'prefer-zone': null, 'node-zones': '10.0.0.2:6379 a', tls: true },
};
const FAILOVER: Json = { coordinated: true, to: '10.0.1.5:6380' };

/** With a password where one may stand, as it is given or misspelt. */
const withSecret = (body: Json): Json =>
  typeof body !== 'object' || body === null || Array.isArray(body)
    ? body
    : {
        ...body,
        'auth-pass': SECRET,
        directives: {
          ...Object((body as { directives?: Json }).directives),
          'auth-pass': { of: SECRET },
          passwd: SECRET,
        },
      };

const odds = fc.dictionary(fc.oneof(fc.constantFrom(...DIRECTIVE_NAMES), oddText), odd, { maxKeys: 4 });
const json = fc
  .oneof(
    mutated(PUT, 0, 3),
    mutated(PATCH, 0, 3),
    mutated(FAILOVER, 0, 2),
    odds.map((directives): Json => ({ directives })),
    odd,
    fc.constantFrom<Json>(PUT, PATCH, FAILOVER).map(withSecret),
  )
  .map((body) => JSON.stringify(body));
const body = fc.option(
  fc.oneof(
    { weight: 8, arbitrary: json },
    oddText,
    json.map((text) => text.slice(1)),
  ),
  {
    nil: undefined,
  },
);

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('orders', 'carts', 'new', 'nobody', 'a') },
  fc.constantFrom('', '.', '..', '*', '%', '%E0%A4%A', '%2F', 'o?wait=3', '__proto__'),
  oddText.map((text) => encodeURIComponent(text.toWellFormed())),
);
const verb = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('/failover', '/pause', '/resume', '/reset', '', '/commands/c') },
  oddText.map((text) => `/${encodeURIComponent(text.toWellFormed())}`),
);
const request = fc.record({
  path: fc
    .tuple(fc.constantFrom('masters', 'masters', 'sentinels'), name, verb)
    .map(([a, b, c]) => `/${a}/${b}${c}`),
  wait: fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    fc.constantFrom('0', '2', '20', '21', '-1', '1e1'),
  ),
  method: fc.constantFrom('POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'FROB'),
  type: fc.constantFrom(
    ...Array(6).fill('application/json'),
    'text/plain',
    'application/merge-patch+json',
    '',
  ),
  key: fc.constantFrom(undefined, undefined, 'c', 'a b'),
  body,
  cut: fc.boolean(),
});

test(
  'whatever is asked of it has a documented answer, a refusal has changed nothing, and no password is told',
  async () => {
    await holds('requests to operate', request, async ({ path, wait, method, type, key, body, cut }) => {
      const { app, store, network, log } = createOperateEndpoint({ keepsPasswords: false });
      await store.createState(withReplicas(monitored('orders'), 6380));
      await store.createState(withFailover(monitored('carts', 'fd00::1')));
      const table = () =>
        store
          .everything()
          .map((item) => JSON.stringify(item))
          .sort();
      const before = table();
      network.cut = cut && wait === '2';
      const mayHaveBody = !/^(get|head)$/i.test(method);
      const response = await app.request(wait ? `${path}?wait=${wait}` : path, {
        ...{ method, headers: { 'Content-Type': type, ...(key && { 'Idempotency-Key': key }) } },
        ...(mayHaveBody && body !== undefined && { body }),
      });
      expect(ANSWERS).toContain(response.status);
      const text = await response.text();
      expect(response.headers.get('Cache-Control')).toBe('no-store');
      expectPrintable(...[...response.headers].flat(), ...log.map((line) => line.slice(0, 4096)));
      for (const told of [text, ...log, ...table()]) expect(told).not.toContain(SECRET);
      if (response.status >= 400) expect(table()).toEqual(before);
      for (const master of await store.names()) {
        const state = await store.readState(master);
        if (!state) throw new Error(`${master} is listed and not there`);
        expectEvents(state.events);
        expectFits(state);
      }
      if (method === 'HEAD' || response.status === 204) return expect(text).toBe('');
      expect(/\p{Cc}/u.test(text.trimEnd())).toBe(false);
      const told = JSON.parse(text) as { status?: unknown };
      if (response.status < 400) return;
      expect(response.headers.get('Content-Type')).toBe('application/problem+json');
      expect(told).toMatchObject({ status: response.status, title: expect.any(String) });
    });
  },
  FUZZ_TIMEOUT_MS,
);

let server: Server;
let operate: typeof import('../../lambda/operate.ts').handler;
const lines: string[] = [];

/** A table that is empty, and takes everything. */
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const settings = {
    ...{ AWS_ENDPOINT_URL: `http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}` },
    ...{ AWS_REGION: 'us-east-1', TABLE_NAME: 't', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  vi.spyOn(console, 'error').mockImplementation(() => {}); // the adapter's own word of what is no request
  ({ handler: operate } = await import('../../lambda/operate.ts'));
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.close();
  server.closeAllConnections();
});

/** As a Function URL hands a request over (payload format 2.0), and an API Gateway of the first kind. */
const event = (method: string, path: string, sent: Json): Json => ({
  ...{ version: '2.0', rawPath: path, rawQueryString: 'wait=0', isBase64Encoded: false },
  headers: { host: 'x.lambda-url.us-east-1.on.aws', 'content-type': 'application/json' },
  requestContext: { domainName: 'x.lambda-url.us-east-1.on.aws', http: { method, path } },
  body: JSON.stringify(sent),
});
const V1: Json = {
  ...{ path: '/masters/orders', httpMethod: 'PUT', queryStringParameters: { wait: '0' }, body: '{}' },
  multiValueHeaders: { host: ['x.on.aws'], 'content-type': ['application/json'] },
  requestContext: { domainName: 'x.on.aws' },
};
const MAPS = ['headers', 'queryStringParameters', 'multiValueHeaders', 'multiValueQueryStringParameters'];

test(
  'whatever event the operate function is given, it answers, and no answer is a fault of its own',
  async () => {
    // what came as UTF-8 holds no half signs, a front door gives maps and encodes what it says is encoded: else the
    // adapter answers 500 by itself
    const fromOutside = (given: Json) => {
      const fields = Object(given) as Record<string, Json>;
      return (
        !/\\ud[89a-f]/.test(JSON.stringify(given)) &&
        MAPS.every((map) => typeof fields[map] !== 'string') &&
        !fields['isBase64Encoded'] &&
        (fields['body'] === undefined || fields['body'] === null || typeof fields['body'] === 'string')
      );
    };
    const given = fc
      .oneof(
        odd,
        mutated(event('PUT', '/masters/orders', PUT), 0, 2),
        mutated(event('PATCH', '/masters/orders', PATCH), 0, 2),
        mutated(event('POST', '/masters/orders/failover', FAILOVER), 0, 2),
        mutated(event('GET', '/masters/orders/commands/c', null), 0, 2),
        mutated(V1, 0, 2),
        fc.tuple(oddText, json).map(([path, sent]) => event('PUT', `/masters/${path}`, sent)),
      )
      .filter(fromOutside);
    await holds('events to the operate function', given, async (one) => {
      lines.length = 0;
      const result = (await operate(one as never, undefined as never)) as {
        statusCode: number;
        body: string;
      };
      expect(ANSWERS).toContain(result.statusCode);
      expect(/\p{Cc}/u.test(result.body.trimEnd())).toBe(false);
      for (const line of lines) {
        expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), function: 'operate' });
        expect(/\p{Cc}/u.test(line.trimEnd())).toBe(false);
      }
    });
  },
  FUZZ_TIMEOUT_MS,
);
