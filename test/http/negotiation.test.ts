import { beforeEach, describe, expect, test } from 'vitest';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { monitored } from './state.ts';

let endpoint: Endpoint;
beforeEach(async () => {
  endpoint = createEndpoint();
  await endpoint.store.createState(monitored('orders'));
});

function get(headers: Record<string, string>): Response | Promise<Response> {
  return endpoint.app.request('/masters/orders', { headers });
}

async function etagOf(headers: Record<string, string> = {}): Promise<string> {
  return (await get(headers)).headers.get('ETag') ?? 'none';
}

async function changeState(): Promise<void> {
  const seen = await endpoint.store.readState('orders');
  if (!seen) throw new Error('there is a state');
  await endpoint.store.compareAndSet(seen, { ...seen, currentEpoch: seen.currentEpoch + 1 });
}

describe('the Accept header chooses the form', () => {
  test.each([
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['APPLICATION/*', 'application/json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'application/json'],
    ['text/plain', 'text/plain; charset=utf-8'],
    ['text/*', 'text/plain; charset=utf-8'],
    ['text/plain, */*', 'text/plain; charset=utf-8'],
    ['application/json, text/plain, */*', 'application/json'],
    ['application/json;q=0.5, text/plain;q=0.9', 'text/plain; charset=utf-8'],
    ['text/plain;q=0.5, application/json;q=0.9', 'application/json'],
    ['application/json;q=0, */*', 'text/plain; charset=utf-8'],
    ['text/plain;q=0, text/*', undefined],
    ['text/plain;q=0, */*;q=0.1', 'application/json'],
    ['image/png', undefined],
    ['*/*;q=0', undefined],
  ])('%j gives %s', async (accept, type) => {
    const response = await get({ Accept: accept });
    expect(response.headers.get('Vary')).toBe('Accept');
    if (type === undefined) {
      expect(response.status).toBe(406);
      expect(await response.json()).toMatchObject({ title: 'Not Acceptable', status: 406 });
    } else {
      expect(response.headers.get('Content-Type')).toBe(type);
    }
  });
});

describe('the ETag', () => {
  test('is strong, stands for the revision and differs between the forms', async () => {
    expect(await etagOf()).toBe('"1-w1-json"');
    expect(await etagOf({ Accept: 'text/plain' })).toBe('"1-w1-text"');
  });

  test('stays while the state stays and changes with it', async () => {
    const before = await etagOf();
    expect(await etagOf()).toBe(before);
    await changeState();
    expect(await etagOf()).toBe('"2-w2-json"');
  });

  test.each([
    ['"1-w1-json"', 304],
    ['W/"1-w1-json"', 304],
    ['"0-w0-json", "1-w1-json"', 304],
    ['*', 304],
    ['"1-w1-text"', 200],
    ['1-w1-json', 200],
    ['"x1-w1-json"', 200],
  ])('in If-None-Match: %s answers %i', async (ifNoneMatch, status) => {
    const response = await get({ 'If-None-Match': ifNoneMatch });
    expect(response.status).toBe(status);
    expect((await response.text()) === '').toBe(status === 304);
    expect(response.headers.get('ETag')).toBe('"1-w1-json"');
    expect(response.headers.get('Vary')).toBe('Accept');
    expect(response.headers.get('Cache-Control')).toBe('no-cache');
  });

  test('of an older revision brings the new state', async () => {
    const old = await etagOf();
    await changeState();
    const response = await get({ 'If-None-Match': old });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ rev: 2, currentEpoch: 1 });
  });
});
