import { beforeEach, describe, expect, test } from 'vitest';
import { encodeState } from '../../src/adapters/dynamodb/codec.ts';
import { stateKey } from '../../src/adapters/dynamodb/keys.ts';
import { createReadApp, READ_PATHS } from '../../src/http/read-app.ts';
import { createEndpoint, type Endpoint, HandClock } from './endpoint.ts';
import { monitored } from './state.ts';

let endpoint: Endpoint;
beforeEach(() => {
  endpoint = createEndpoint();
});

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
}

async function problemAt(
  path: string,
  init?: RequestInit,
): Promise<{ response: Response; problem: Problem }> {
  const response = await endpoint.app.request(path, init);
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  const problem = (await response.json()) as Problem;
  expect(problem.status).toBe(response.status);
  return { response, problem };
}

test('an unknown master is a 404 that names it', async () => {
  const { problem } = await problemAt('/masters/orders');
  expect(problem).toEqual({
    type: 'urn:problem-type:lambda-sentinel:unknown-master',
    title: 'Unknown master',
    status: 404,
    detail: 'No master named "orders" is monitored.',
    instance: '/masters/orders',
  });
});

test.each([
  '//',
  '/master',
  '/masters/',
  '/masters/orders/',
  '/masters/orders/nothing',
  '/masters/orders/events/7',
  '/health/x/y',
  '/nodes',
  '/nodes/10.0.0.1:6379',
  '/nodes/10.0.0.1:6379/master',
])('nothing at %s is a 404', async (path) => {
  expect((await problemAt(path)).problem).toMatchObject({ status: 404, title: 'Not Found' });
});

describe('a name that cannot be one', () => {
  test.each(['a%20b', 'a%2Fb', 'a:b', '%E0%A4%A', `${'x'.repeat(129)}`, '%00', 'a;b', 'ü'])(
    'such as %s is a 400 that says what is allowed, and reads nothing',
    async (name) => {
      const { problem } = await problemAt(`/masters/${name}`);
      expect(problem).toMatchObject({ status: 400, type: 'urn:problem-type:lambda-sentinel:invalid-name' });
      expect(problem.detail).toContain('A-Z a-z 0-9 . _ -');
      expect(endpoint.network.reads).toEqual([]);
    },
  );

  test('is shown without its control characters, and cut', async () => {
    const hostile = encodeURIComponent(`a\r\n\u001b[31mb\u202e\u0085${'x'.repeat(5000)}`);
    const { problem } = await problemAt(`/masters/${hostile}`);
    expect(problem.detail).toMatch(/^"a\[31mbx+…" is not a master's name\./);
    expect(problem.detail.length).toBeLessThan(400);
    expect(problem.instance.length).toBeLessThan(300);
    expect(`${problem.detail}${problem.instance}`).not.toMatch(/\p{C}/u);
  });

  test('of 128 characters is one', async () => {
    await endpoint.store.createState(monitored('x'.repeat(128)));
    expect((await endpoint.app.request(`/masters/${'x'.repeat(128)}`)).status).toBe(200);
  });

  test('may look like a property every object has', async () => {
    expect((await problemAt('/masters/__proto__')).problem.status).toBe(404);
    await endpoint.store.createState(monitored('__proto__'));
    expect((await endpoint.app.request('/masters/__proto__')).status).toBe(200);
  });
});

describe('a method that would change something', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '%s is a 405 that tells what is allowed',
    async (method) => {
      for (const path of READ_PATHS.map((template) => template.replace(/:\w+/, 'orders'))) {
        const { response, problem } = await problemAt(path, { method });
        expect(problem).toMatchObject({ status: 405, title: 'Method Not Allowed' });
        expect(response.headers.get('Allow')).toBe('GET, HEAD');
      }
      expect(endpoint.network.reads).toEqual([]);
    },
  );
});

describe('an item that a newer major version wrote', () => {
  beforeEach(async () => {
    await endpoint.store.createState(monitored('carts'));
    await endpoint.store.createState(monitored('orders'));
    const item = {
      ...encodeState({ ...monitored('orders'), rev: 2, writeId: 'later' }),
      schema: { major: 9, minor: 4 },
    };
    endpoint.store.plant({ ...item, ...stateKey('orders') });
  });

  test('is a 500 that names both versions', async () => {
    const { problem } = await problemAt('/masters/orders');
    expect(problem).toMatchObject({ status: 500, title: 'Unreadable item' });
    expect(problem.detail).toContain('item of schema 9.4, this version reads 1.0');
    expect(endpoint.log.join()).toContain('error GET /masters/orders failed:');
  });

  test('does not hide the other masters from the listing', async () => {
    const response = await endpoint.app.request('/masters');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      masters: [
        { name: 'carts', status: 'ok' },
        { name: 'orders', status: 'unreadable', detail: expect.stringContaining('schema 9.4') },
      ],
    });
  });

  test('has no line in the text listing, which has room for addresses only', async () => {
    const response = await endpoint.app.request('/masters', { headers: { Accept: 'text/plain' } });
    expect(await response.text()).toBe('carts 10.0.1.5:6379\n');
  });
});

test('a fault of the program is logged in full and told in general', async () => {
  const lines: string[] = [];
  const telemetry = { log: (level: string, message: string) => lines.push(`${level} ${message}`) };
  const broken = new Proxy(endpoint.store, {
    get: () => async () => {
      throw new TypeError('secret detail of the inside');
    },
  });
  const app = createReadApp({ store: broken, clock: new HandClock(), telemetry });
  const response = await app.request('/masters/orders');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret');
  expect(lines).toEqual(['error GET /masters/orders failed: secret detail of the inside']);
});
