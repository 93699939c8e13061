import { beforeEach, describe, expect, test } from 'vitest';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { monitored } from './state.ts';

let endpoint: Endpoint;
beforeEach(async () => {
  endpoint = createEndpoint();
  await endpoint.store.createState(monitored('orders'));
});

describe('while the table cannot be reached', () => {
  test('a master read before is answered from memory, marked with its age (I8)', async () => {
    const current = await endpoint.app.request('/masters/orders');
    endpoint.network.cut = true;
    endpoint.clock.advance({ wall: 12_300, mono: 12_300 });
    const stale = await endpoint.app.request('/masters/orders');
    expect(stale.status).toBe(200);
    expect(stale.headers.get('Age')).toBe('13');
    expect(stale.headers.get('Cache-Status')).toBe(
      'lambda-sentinel; hit; ttl=-13; detail="the table is unavailable"',
    );
    expect(stale.headers.get('ETag')).toBe(current.headers.get('ETag'));
    expect(await stale.text()).toBe(await current.text());
    expect(endpoint.log).toEqual(['warn answered from memory: no answer to readState in 1000 ms']);
  });

  test('an answer from memory can be a 304, and is marked too', async () => {
    const etag = (await endpoint.app.request('/masters/orders')).headers.get('ETag') ?? 'none';
    endpoint.network.cut = true;
    endpoint.clock.advance({ wall: 4000, mono: 4000 });
    const response = await endpoint.app.request('/masters/orders', { headers: { 'If-None-Match': etag } });
    expect(response.status).toBe(304);
    expect(response.headers.get('Age')).toBe('4');
  });

  test.each([
    ['the monotonic clock stood still in a frozen function', { wall: 60_000, mono: 0 }],
    ['the wall clock was set back', { wall: -5000, mono: 60_000 }],
  ])('the age is not understated when %s', async (_what, advance) => {
    await endpoint.app.request('/masters/orders');
    endpoint.network.cut = true;
    endpoint.clock.advance(advance);
    expect((await endpoint.app.request('/masters/orders')).headers.get('Age')).toBe('60');
  });

  test('a master never read before is a 503 with Retry-After', async () => {
    endpoint.network.cut = true;
    const response = await endpoint.app.request('/masters/orders');
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('2');
    expect(await response.json()).toMatchObject({
      type: 'urn:problem-type:lambda-sentinel:table-unavailable',
      status: 503,
      instance: '/masters/orders',
    });
    expect(endpoint.log).toEqual(['error GET /masters/orders failed: no answer to readState in 1000 ms']);
  });

  test('what was read of one master answers for no other', async () => {
    await endpoint.store.createState(monitored('carts'));
    await endpoint.app.request('/masters/orders');
    endpoint.network.cut = true;
    expect((await endpoint.app.request('/masters/carts')).status).toBe(503);
  });

  test('a name that was unknown at its last read is not remembered as a master', async () => {
    expect((await endpoint.app.request('/masters/gone')).status).toBe(404);
    endpoint.network.cut = true;
    expect((await endpoint.app.request('/masters/gone')).status).toBe(503);
  });

  test('the listing is answered from memory as a whole', async () => {
    const current = await endpoint.app.request('/masters');
    endpoint.network.cut = true;
    endpoint.clock.advance({ wall: 2000, mono: 2000 });
    const stale = await endpoint.app.request('/masters');
    expect(stale.headers.get('Age')).toBe('2');
    expect(await stale.text()).toBe(await current.text());
  });

  test('health never answers from memory', async () => {
    expect((await endpoint.app.request('/health')).status).toBe(200);
    endpoint.network.cut = true;
    const response = await endpoint.app.request('/health');
    expect(response.status).toBe(503);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  });
});

test('once the table is back, answers are current and no longer marked', async () => {
  await endpoint.app.request('/masters/orders');
  endpoint.network.cut = true;
  expect((await endpoint.app.request('/masters/orders')).headers.has('Age')).toBe(true);
  endpoint.network.cut = false;
  const response = await endpoint.app.request('/masters/orders');
  expect(response.headers.has('Age')).toBe(false);
  expect(response.headers.has('Cache-Status')).toBe(false);
});
