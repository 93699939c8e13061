import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { tokenDigests } from '../../src/adapters/system/token-digests.ts';
import { createReadApp } from '../../src/http/read-app.ts';
import { createEndpoint } from './endpoint.ts';
import { createOperateEndpoint } from './operate-endpoint.ts';

const digest = (token: string) => createHash('sha256').update(token).digest();
const accepting = (...tokens: string[]) => ({ digests: async () => tokens.map(digest) });
const bearing = (authorization: string | undefined) => ({
  headers: authorization === undefined ? {} : { Authorization: authorization },
});

/** Each endpoint with a path that is there, and one that is not. */
const ENDPOINTS = {
  read: () => {
    const { store, clock } = createEndpoint();
    const app = createReadApp({ store, clock, telemetry: { log() {} }, tokens: accepting('r1', 'r0') });
    return { app, paths: ['/masters', '/masters/orders', '/health', '/nothing'] };
  },
  operate: () => {
    const { app } = createOperateEndpoint({ tokens: accepting('r1', 'r0') });
    return { app, paths: ['/masters/orders', '/masters/orders/commands/x', '/nothing'] };
  },
};

describe.each(Object.entries(ENDPOINTS))('the %s endpoint with tokens', (_, endpoint) => {
  test.each(['Bearer r1', 'Bearer r0', 'bearer r1', 'Bearer   r1 '])('lets in %o', async (authorization) => {
    const { app, paths } = endpoint();
    for (const path of paths) expect((await app.request(path, bearing(authorization))).status).not.toBe(401);
  });

  test.each([
    [undefined, 'Bearer realm="lambda-sentinel"'],
    ['Bearer r2', 'Bearer realm="lambda-sentinel", error="invalid_token"'],
    ['Bearer ', 'Bearer realm="lambda-sentinel", error="invalid_token"'],
    ['Bearer r1 r1', 'Bearer realm="lambda-sentinel", error="invalid_token"'],
    ['Basic cjE6', 'Bearer realm="lambda-sentinel", error="invalid_token"'],
    ['r1', 'Bearer realm="lambda-sentinel", error="invalid_token"'],
    [`Bearer ${digest('r1').toString('hex')}`, 'Bearer realm="lambda-sentinel", error="invalid_token"'],
    [
      `Bearer sha256:${digest('r1').toString('hex')}`,
      'Bearer realm="lambda-sentinel", error="invalid_token"',
    ],
  ])('answers 401 to %o at every path', async (authorization, challenge) => {
    const { app, paths } = endpoint();
    for (const path of paths) {
      const response = await app.request(path, bearing(authorization));
      expect(response.status).toBe(401);
      expect(response.headers.get('WWW-Authenticate')).toBe(challenge);
      expect(response.headers.get('Cache-Control')).toBe('no-store');
      expect(await response.json()).toMatchObject({ title: 'Unauthorized' });
    }
  });
});

test('without a token nothing is changed', async () => {
  const { ask, store } = createOperateEndpoint({ tokens: accepting('w') });
  const body = { host: '10.0.0.1', port: 6379, directives: { quorum: 1 } };
  expect((await ask('PUT', '/masters/orders', body, { Authorization: 'Bearer r' })).status).toBe(401);
  expect(store.everything()).toEqual([]);
  expect((await ask('PUT', '/masters/orders', body, { Authorization: 'Bearer w' })).status).toBe(201);
});

test('the digest of nothing, among those accepted by mistake, lets nobody in', async () => {
  const { app } = createOperateEndpoint({ tokens: accepting('') });
  for (const nothing of ['Bearer ', 'Bearer', '', 'Basic x']) {
    expect((await app.request('/nothing', bearing(nothing))).status).toBe(401);
  }
});

test('no token that is accepted lets nobody in', async () => {
  const { app } = createOperateEndpoint({ tokens: accepting() });
  expect((await app.request('/nothing', bearing('Bearer r1'))).status).toBe(401);
});

describe('the digests in the environment', () => {
  const NAME = 'TEST_TOKENS';
  const hex = digest('secret-token').toString('hex');
  beforeEach(() => vi.stubEnv(NAME, ''));
  afterEach(() => vi.unstubAllEnvs());

  test.each([undefined, ''])('%o: nobody is asked', (text) => {
    vi.stubEnv(NAME, text);
    expect(tokenDigests(NAME)).toBeUndefined();
  });

  test('are the current one and the one before it', () => {
    vi.stubEnv(NAME, `sha256:${hex}, sha256:${hex.toUpperCase()}`);
    expect(tokenDigests(NAME)).toEqual([digest('secret-token'), digest('secret-token')]);
  });

  test.each([
    ['secret-token', 'item 1 of 1 is no digest'],
    [`sha256:${hex},secret-token`, 'item 2 of 2 is no digest'],
    [`sha256:${hex},`, 'item 2 of 2 is no digest'],
    [`${hex}`, 'item 1 of 1 is no digest'],
    [`sha256:${hex}0`, 'item 1 of 1 is no digest'],
    [Array(17).fill(`sha256:${hex}`).join(), 'has 17 digests: 16 are allowed'],
  ])('that are none, such as %o, end the start, and are not shown', (text, words) => {
    vi.stubEnv(NAME, text);
    expect(() => tokenDigests(NAME)).toThrow(/^environment variable TEST_TOKENS/);
    expect(() => tokenDigests(NAME)).toThrow(words);
    expect(() => tokenDigests(NAME)).not.toThrow('secret-token');
  });
});
