import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import { until } from '../../src/local/until.ts';
import { findBrowser, startBrowser } from './browser.ts';
import { createEndpoint, type Endpoint, type EndpointOptions } from './endpoint.ts';
import { heartbeats, observation } from './sightings.ts';
import { monitored, withFailover, withLastFailover, withOutage, withReplicas } from './state.ts';

describe('the status page', () => {
  test('is one file that names nobody else, and lets nothing run but its own script', async () => {
    const response = await createEndpoint().app.request('/');
    const html = await response.text();
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(html).not.toMatch(/https?:|\bsrc=|@import|url\(|<link(?! rel="icon" href="data:,")/);
    const policy = response.headers.get('Content-Security-Policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy).not.toContain('unsafe');
    for (const [tag, directive] of [
      ['script', 'script-src'],
      ['style', 'style-src'],
    ]) {
      const inner = [...html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map(
        ([, text]) => text ?? '',
      );
      expect(inner).toHaveLength(1);
      const digest = createHash('sha256')
        .update(inner[0] ?? '')
        .digest('base64');
      expect(policy).toContain(`${directive} 'sha256-${digest}'`);
    }
    // text nodes only: there is nowhere that a text is read as markup
    expect(html).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(/);
  });

  test('is the same for everybody: HEAD and 304 as elsewhere, and no token is asked for', async () => {
    const { app } = createEndpoint({ tokens: { digests: () => [] } });
    const first = await app.request('/');
    const etag = first.headers.get('ETag') ?? '';
    expect(etag).toMatch(/^"[\w-]{22}-html"$/);
    expect((await app.request('/', { headers: { 'If-None-Match': etag } })).status).toBe(304);
    const head = await app.request('/', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await app.request('/masters')).status).toBe(401);
  });
});

const found = findBrowser();
if ('program' in found) inBrowser(found.program);
else {
  const required = process.env['LAMBDA_SENTINEL_REQUIRE_ALL'] === '1';
  if (!required) console.warn(`SKIPPED: the status page in a browser: ${found.missing}`);
  test.skipIf(!required)('the status page in a browser', () => {
    expect.fail(`a browser is required and missing: ${found.missing}`);
  });
}

function inBrowser(program: string): void {
  const PATIENCE = { timeoutMs: 20_000, everyMs: 50 };
  let browser: Browser;
  let endpoint: Endpoint;
  let server: Server;
  let url: string;
  let page: Page;
  /** What must not be: errors of the script, requests to others, words of the content policy. */
  let amiss: string[];

  beforeAll(async () => {
    browser = await startBrowser(program);
  }, 120_000);
  afterAll(() => browser?.close());

  beforeEach(async () => {
    await serve();
    amiss = [];
    page = await browser.newPage();
    page.on('pageerror', (error) => amiss.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted/i.test(message.text())) amiss.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) amiss.push(request.url());
    });
  });
  afterEach(async () => {
    await page?.close();
    await end();
    expect(amiss).toEqual([]);
  });

  async function serve(options: EndpointOptions = {}): Promise<void> {
    endpoint = createEndpoint(options);
    server = createServer(getRequestListener(endpoint.app.fetch));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function end(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  const run = async <T>(expression: string): Promise<T> => (await page.evaluate(expression)) as T;

  async function open({ width = 1200, height = 900 } = {}): Promise<void> {
    await page.setViewport({ width, height });
    await page.goto(`${url}/`, { waitUntil: 'domcontentloaded' });
  }

  /** Every text the page holds, seen or in a closed part. */
  async function shows(...texts: readonly string[]): Promise<void> {
    let last = '';
    await until(
      `that the page shows ${texts.join(' and ')}`,
      async () => {
        last = await run<string>('document.body.textContent');
        return texts.every((text) => last.includes(text));
      },
      PATIENCE,
    ).catch((error: Error) => expect.fail(`${error.message}; it shows: ${last}`));
  }

  async function change(name: string, how: (state: MasterState) => MasterState): Promise<void> {
    const seen = await endpoint.store.readState(name);
    if (seen) await endpoint.store.compareAndSet(seen, how(seen));
  }

  describe('in a browser the status page', () => {
    test('shows a master that is well, and those who watch it', async () => {
      await endpoint.store.createState(withReplicas(monitored('orders'), 6380));
      await heartbeats(endpoint, ['a', 'b', 'c']);
      await open();
      await shows(
        'orders',
        '10.0.1.5:6379',
        'master since',
        '1 replica',
        '3 of 3 sentinels seen',
        '10.0.1.5:6380',
      );
      await shows('OK 3 usable Sentinels', '+monitor');
      expect(await run('document.querySelector("article").className')).toBe('card good');
      expect(await run('document.title')).toBe('lambda-sentinel');
    });

    test('shows trouble first: why there is no failover, who sees what, two masters, too few sentinels', async () => {
      await endpoint.store.createState(withReplicas(monitored('aaa', '10.0.9.9'), 6380));
      const state = {
        ...withOutage(withReplicas(monitored('orders'), 6380)),
        limitation: { at: endpoint.clock.now().wall, by: 'a', reason: 'no replica may be promoted' },
      };
      await endpoint.store.createState(state);
      await heartbeats(endpoint, ['a']);
      const told = {
        ...{ subjectivelyDown: true, health: 'refused' as const, detail: 'it refuses for 900 ms' },
        ...{ limitation: 'the quorum is 2', conditions: { '10.0.1.5:6380': ['role' as const] } },
      };
      await endpoint.store.putObservation(observation(state, 'a', endpoint.clock.now().wall, told));
      await open();
      await shows('no replica may be promoted', 'two nodes say master: 10.0.1.5:6380', 'NOQUORUM 1 usable');
      await shows('S_DOWN', 'it refuses for 900 ms', 'why not: the quorum is 2', 'says master to a');
      expect(await run('document.title')).toBe('(1 not ok) lambda-sentinel');
      await until(
        'that what is down stands first',
        async () => (await run('document.querySelector("article").dataset.master')) === 'orders',
        PATIENCE,
      );
    });

    test('follows a failover through its steps, to the last one’s time line', async () => {
      await endpoint.store.createState(withReplicas(monitored('orders'), 6380));
      await open();
      await shows('10.0.1.5:6379');
      await change('orders', withFailover);
      await shows('failover: promoting', 'led by b', '10.0.1.5:6379 → 10.0.2.5:6379', 'intended +35 ms');
      await change('orders', (state) => {
        const { failover, outage, ...rest } = state;
        const { lastFailover } = withLastFailover(monitored('orders'));
        const master = { address: { host: '10.0.2.5', port: 6379 } };
        return lastFailover ? { ...rest, lastFailover, master, configEpoch: 7 } : state;
      });
      await shows('switched +60 ms', 'passed over 10.0.3.5:6379: its link was down for 31 s');
      await until(
        'that the new address stands there',
        async () => (await run('document.querySelector(".address").textContent')) === '10.0.2.5:6379',
        PATIENCE,
      );
    });

    test('reads no text of the table as markup, wherever it was planted', async () => {
      const evil = '<script>window.pwned=1</script><img src=x onerror="window.pwned=2">"\'><b>';
      const state = withLastFailover(withReplicas(monitored('orders'), 6380, 6381));
      const [first, second] = Object.values(state.replicas);
      const { failover } = withFailover(monitored('orders'));
      if (!first || !second || !failover || !state.lastFailover) throw new Error('they were entered');
      const events = [{ seq: 1, at: 1, by: evil, type: evil, payload: evil }];
      const planted: MasterState = {
        ...state,
        voters: ['a', evil],
        events,
        failover: { ...failover, leader: { sentinel: evil, incarnation: 1 }, passedOver: { [evil]: evil } },
        lastFailover: { ...state.lastFailover, outcome: evil, leader: evil, passedOver: { [evil]: evil } },
        replicas: { '10.0.1.5:6380': { ...first, stranger: evil }, '10.0.1.5:6381': second },
        limitation: { at: 1, by: evil, reason: evil },
        coolDown: { until: endpoint.clock.now().wall + 60_000, reason: evil },
        paused: { since: 1, by: evil, refused: evil },
      };
      await endpoint.store.createState(planted);
      const told = {
        ...{ subjectivelyDown: true, tilt: evil, detail: evil, limitation: evil, heardBy: [evil], events },
        conditions: { [evil]: ['down' as const] },
      };
      for (const sentinel of ['a', evil]) {
        await endpoint.store.putObservation(observation(planted, sentinel, endpoint.clock.now().wall, told));
      }
      await heartbeats(endpoint, ['a', evil]);
      await open();
      await shows('why not: <script>', `passed over ${evil}: ${evil}`, `paused by ${evil}`, `led by ${evil}`);
      expect(await run('String(window.pwned)')).toBe('undefined');
      expect(await run('document.querySelectorAll("main script, main img, main b b").length')).toBe(0);
    });

    test('lets no script in, even one that got into the page', async () => {
      await endpoint.store.createState(monitored('orders'));
      await open();
      await shows('10.0.1.5:6379');
      await run(`try {
        const made = document.createElement('div');
        made.innerHTML = '<img src=x onerror="window.pwned=1">';
        document.body.append(made);
      } catch (error) { window.refused = error.message; }`);
      expect(await run('String(window.refused)')).toMatch(/Trusted/i);
      expect(await run('String(window.pwned)')).toBe('undefined');
      amiss = amiss.filter((words) => !/Trusted/i.test(words)); // what was tried just now
    });

    test('says that the table cannot be reached, and how old what it shows is', async () => {
      await endpoint.store.createState(monitored('orders'));
      await open();
      await shows('10.0.1.5:6379', '+monitor');
      endpoint.clock.advance({ wall: 7000, mono: 7000 });
      endpoint.network.cut = true;
      await until(
        'that the banner tells the age',
        async () =>
          /cannot be reached: what is shown is \d+ s old/.test(
            await run('document.getElementById("banner").textContent'),
          ),
        PATIENCE,
      );
      endpoint.network.cut = false;
      await until(
        'that the banner goes',
        () => run<boolean>('document.getElementById("banner").hidden'),
        PATIENCE,
      );
    });

    test('says that nobody answers, and goes on with what it showed', async () => {
      await endpoint.store.createState(monitored('orders'));
      await open();
      await shows('10.0.1.5:6379');
      await end();
      await until(
        'that the banner tells it',
        async () =>
          /What is shown was told at/.test(await run('document.getElementById("banner").textContent')),
        PATIENCE,
      );
      await shows('10.0.1.5:6379');
    });

    test('asks for a token where one is asked for, and keeps it for the tab', async () => {
      await end();
      const digest = createHash('sha256').update('r1').digest();
      await serve({ tokens: { digests: () => [digest] } });
      await endpoint.store.createState(monitored('orders'));
      await open();
      await until('that it asks', () => run<boolean>('!document.getElementById("token").hidden'), PATIENCE);
      expect(await run('document.querySelectorAll("article").length')).toBe(0);
      await page.type('#given', 'wrong');
      await page.keyboard.press('Enter');
      await shows('The token is not accepted here.');
      await page.type('#given', 'r1');
      await page.keyboard.press('Enter');
      await shows('10.0.1.5:6379');
      expect(await run('document.getElementById("token").hidden')).toBe(true);
      expect(await run('document.cookie + JSON.stringify(Object.keys(localStorage))')).toBe('[]');
      await page.reload();
      await shows('10.0.1.5:6379');
    });

    test('fits a phone, whatever the names are', async () => {
      const long = 'x'.repeat(128);
      await endpoint.store.createState(
        withLastFailover(withReplicas(monitored(long, '2001:db8::1234:5678:9abc:def0'), 6380)),
      );
      await heartbeats(endpoint, ['a', 'b', 'c']);
      await open({ width: 360, height: 740 });
      await shows(long, 'switched', '+monitor', 'OK 3 usable');
      const [wide, view] = await run<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
      expect(wide).toBeLessThanOrEqual(view);
    });

    test('is dark where that is preferred', async () => {
      const background = () => run<string>('getComputedStyle(document.body).backgroundColor');
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
      await open();
      const light = await background();
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
      expect(await background()).not.toBe(light);
    });

    test('works as it is deployed, from the function’s bundle', async () => {
      const { html, policy } = await deployed();
      await endpoint.store.createState(withReplicas(monitored('orders'), 6380));
      await heartbeats(endpoint, ['a', 'b', 'c']);
      const rest = getRequestListener(endpoint.app.fetch);
      server.removeAllListeners('request').on('request', (incoming, outgoing) => {
        if (incoming.url !== '/') return void rest(incoming, outgoing);
        outgoing.setHeader('Content-Type', 'text/html; charset=utf-8');
        outgoing.setHeader('Content-Security-Policy', policy);
        outgoing.end(html);
      });
      await open();
      await shows('10.0.1.5:6379', 'OK 3 usable Sentinels', '+monitor', '10.0.1.5:6380');
    });

    test('says so when no master is monitored, and forgets one that is removed', async () => {
      await endpoint.store.createState(monitored('orders'));
      await open();
      await shows('10.0.1.5:6379');
      await change('orders', (state) => ({ ...state, removed: 1 }));
      await until(
        'that it is gone',
        async () => (await run('document.querySelectorAll("article").length')) === 0,
        PATIENCE,
      );
      expect(await run('document.getElementById("none").hidden')).toBe(false);
    });
  });
}

/** The page as the bundle's own handler gives it; it asks the table for nothing. */
async function deployed(): Promise<{ html: string; policy: string }> {
  const file = fileURLToPath(new URL('../../dist/lambda/read.mjs', import.meta.url));
  if (!existsSync(file)) throw new Error(`${file} is missing: run \`npm run build\` first`);
  process.env['TABLE_NAME'] = 'none';
  process.env['AWS_REGION'] = 'us-east-1';
  const { handler } = (await import(file)) as { handler(event: unknown): Promise<Answered> };
  const requestContext = { domainName: 'x', http: { method: 'GET', path: '/' } };
  const { body, headers } = await handler({
    version: '2.0',
    rawPath: '/',
    rawQueryString: '',
    headers: {},
    requestContext,
  });
  return { html: body, policy: headers['content-security-policy'] ?? '' };
}

interface Answered {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}
