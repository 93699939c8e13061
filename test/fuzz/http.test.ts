import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEndpoint } from '../http/endpoint.ts';
import { monitored, withFailover, withLastFailover, withReplicas } from '../http/state.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { oddText } from './odd-values.ts';
import { expectPrintable } from './soundness.ts';

const ALLOWED = [200, 304, 400, 404, 405, 406, 503];

/** As a header's value may be on the wire: latin-1 without its control characters. */
const headerText = fc.oneof(
  oddText.map((text) => text.replace(/[^\x20-\x7e\xa0-\xff]/gu, '').trim()),
  fc.constantFrom('*/*', 'text/plain', 'application/json;q=0', 'text/*;q=2', ';q=', ',,,', 'a/b;q=NaN', '*'),
  fc.constantFrom('"', '"1-w1-json"', 'W/"1-w1-json"', '*', '"a","', '""'.repeat(500)),
);

const segment = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...['masters', 'health', 'orders', 'carts', 'nobody', '', '.', '..', '*', ':name'],
      ...['replicas', 'sentinels', 'events', 'failovers', 'openapi.json'],
      ...['nodes', '10.0.1.5:6379', '10.0.1.5:6380', '[fd00::1]:6379', 'primary', 'replica'],
    ),
  },
  { weight: 2, arbitrary: oddText.map((text) => encodeURIComponent(text.toWellFormed())) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('%', '%E0%A4%A', '%2F', '%00', '%zz', '//', '?', '#', '\\', 'a;b', '@host'),
  },
);

const request = fc.record({
  path: fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
  query: fc.option(
    fc.oneof(
      oddText.map((text) => encodeURIComponent(text.toWellFormed())),
      oddText.map((text) => `after=${encodeURIComponent(text.toWellFormed())}`),
      fc.constantFrom('after=0', 'limit=1', 'after=-1&limit=x', 'wait=25s', 'master=orders', 'master=%00'),
    ),
    { nil: '' },
  ),
  method: fc.constantFrom(
    'GET',
    'GET',
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'DELETE',
    'PATCH',
    'OPTIONS',
    'get',
    'FROB',
  ),
  headers: fc.dictionary(
    fc.constantFrom(
      'accept',
      'if-none-match',
      'host',
      'content-type',
      'content-length',
      'x-forwarded-for',
      'cookie',
    ),
    headerText,
    { maxKeys: 4 },
  ),
  body: fc.option(oddText, { nil: undefined }),
  cut: fc.boolean(),
});

test(
  'whatever is asked over HTTP has one of the documented answers, and an error says what it is',
  async () => {
    const { app, store, network, log } = createEndpoint();
    await store.createState(withReplicas(monitored('orders'), 6380));
    await store.createState(withLastFailover(withFailover(monitored('carts', 'fd00::1'))));
    await app.request('/masters'); // so that there is a last answer to be stale
    await holds('requests over HTTP', request, async ({ path, query, method, headers, body, cut }) => {
      network.cut = cut;
      log.length = 0;
      const mayHaveBody = !/^(get|head)$/i.test(method);
      const response = await app.request(query ? `${path}?${query}` : path, {
        ...{ method, headers },
        ...(mayHaveBody && body !== undefined && { body }),
      });
      expect(ALLOWED).toContain(response.status);
      expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
      const text = await response.text();
      expectPrintable(...log, ...[...response.headers].flat());
      // the page and the description are longer than what is told of anything, and the same whatever is asked
      if (response.status !== 200 || !/^\/(openapi\.json)?$/.test(new URL(path, 'http://x').pathname)) {
        expectPrintable(text.replaceAll('\n', ' '));
      }
      if (method === 'HEAD' || response.status === 304) return expect(text).toBe('');
      if (response.status === 200) return expect(text).toMatch(/\n$|^\{.*\}$/);
      expect(response.headers.get('Content-Type')).toBe('application/problem+json');
      expect(JSON.parse(text)).toMatchObject({ status: response.status, title: expect.any(String) });
    });
  },
  FUZZ_TIMEOUT_MS,
);
