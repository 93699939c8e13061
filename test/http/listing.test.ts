import { beforeEach, expect, test } from 'vitest';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { monitored } from './state.ts';

let endpoint: Endpoint;
beforeEach(() => {
  endpoint = createEndpoint();
});

test('the listing of no masters is empty and not an error', async () => {
  expect(await (await endpoint.app.request('/masters')).json()).toEqual({ masters: [] });
  const text = await endpoint.app.request('/masters', { headers: { Accept: 'text/plain' } });
  expect(await text.text()).toBe('');
});

test('the listing tells every master by name order, as each tells itself', async () => {
  await endpoint.store.createState(monitored('orders'));
  await endpoint.store.createState(monitored('carts', '10.0.9.9', 7000));
  const { masters } = (await (await endpoint.app.request('/masters')).json()) as { masters: unknown[] };
  expect(masters).toEqual([
    await (await endpoint.app.request('/masters/carts')).json(),
    await (await endpoint.app.request('/masters/orders')).json(),
  ]);
});

test('as text the listing is a line for each master', async () => {
  await endpoint.store.createState(monitored('orders'));
  await endpoint.store.createState(monitored('carts', '10.0.9.9', 7000));
  const response = await endpoint.app.request('/masters', { headers: { Accept: 'text/plain' } });
  expect(await response.text()).toBe('carts 10.0.9.9:7000\norders 10.0.1.5:6379\n');
});

test('the ETag of the listing changes when any of its masters does', async () => {
  await endpoint.store.createState(monitored('orders'));
  const etag = (await endpoint.app.request('/masters')).headers.get('ETag') ?? 'none';
  expect(etag).toMatch(/^"[\w-]{22}-json"$/);
  const again = await endpoint.app.request('/masters', { headers: { 'If-None-Match': etag } });
  expect(again.status).toBe(304);

  const seen = await endpoint.store.readState('orders');
  if (!seen) throw new Error('there is a state');
  await endpoint.store.compareAndSet(seen, { ...seen, currentEpoch: 5 });
  const changed = await endpoint.app.request('/masters', { headers: { 'If-None-Match': etag } });
  expect(changed.status).toBe(200);
});

test('health counts the masters and tells when each sentinel was last seen', async () => {
  await endpoint.store.createState(monitored('orders'));
  const now = endpoint.clock.now().wall;
  await endpoint.store.putSentinel({ sentinel: 'a', incarnation: 1, at: now - 1500 }, 0);
  await endpoint.store.putSentinel({ sentinel: 'b', incarnation: 4, at: now + 20 }, 0);
  await endpoint.store.putSentinel({ sentinel: 'c', incarnation: 4, at: now - 180_000 }, 0);
  const response = await endpoint.app.request('/health');
  expect(response.status).toBe(200);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(await response.json()).toEqual({
    status: 'ok',
    masters: 1,
    sentinels: [
      { id: 'a', lastSeenAgoMs: 1500, usable: true },
      { id: 'b', lastSeenAgoMs: 0, usable: true },
      { id: 'c', lastSeenAgoMs: 180_000, usable: false },
    ],
  });
});
