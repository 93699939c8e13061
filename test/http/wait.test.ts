import { beforeEach, describe, expect, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import { createReadApp } from '../../src/http/read-app.ts';
import { WAITING_MAX } from '../../src/http/wait.ts';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { WakingClock } from './operate-endpoint.ts';
import { monitored, withFailover } from './state.ts';

let endpoint: Endpoint;
let clock: WakingClock;
beforeEach(async () => {
  const { store, network, log } = createEndpoint();
  clock = new WakingClock();
  const telemetry = { log: (_level: string, message: string) => void log.push(message) };
  const app = createReadApp({ store: network.to(store), clock, telemetry, waiting: { mostMs: 25_000 } });
  endpoint = { app, store, clock, network, log };
  await store.createState(monitored('orders'));
});

async function change(how: (state: MasterState) => MasterState): Promise<void> {
  const seen = await endpoint.store.readState('orders');
  if (seen) await endpoint.store.compareAndSet(seen, how(seen));
}

const raise = (state: MasterState) => ({ ...state, currentEpoch: state.currentEpoch + 1 });

async function ask(query: string, headers: Record<string, string> = {}) {
  const before = clock.now().mono;
  const response = await endpoint.app.request(`/masters/orders${query}`, { headers });
  return { response, status: response.status, waitedMs: clock.now().mono - before };
}

describe('?wait', () => {
  test('answers with the change as soon as there is one', async () => {
    clock.meanwhile.push(
      async () => {},
      () => change(raise),
    );
    const { response, waitedMs } = await ask('?wait=25s');
    expect(await response.json()).toMatchObject({ rev: 2, currentEpoch: 1 });
    expect(response.headers.get('ETag')).toBe('"2-w2-json"');
    expect(waitedMs).toBe(1000);
  });

  test('answers at once what is not what the caller has', async () => {
    expect(await ask('?wait=25', { 'If-None-Match': '"0-w0-json"' })).toMatchObject({
      status: 200,
      waitedMs: 0,
    });
  });

  test('is 304 to who has it when the time is over, and the master to who has nothing', async () => {
    expect(await ask('?wait=3s', { 'If-None-Match': '"1-w1-json"' })).toMatchObject({
      status: 304,
      waitedMs: 3000,
    });
    const { response, waitedMs } = await ask('?wait=3s');
    expect([await response.json(), waitedMs]).toMatchObject([{ rev: 1 }, 3000]);
  });

  test('goes by the form that is asked for', async () => {
    clock.meanwhile.push(() => change(raise));
    const { response } = await ask('?wait=9', { Accept: 'text/plain', 'If-None-Match': '"1-w1-text"' });
    expect([await response.text(), response.headers.get('ETag')]).toEqual(['10.0.1.5:6379\n', '"2-w2-text"']);
  });

  test('asks every 500 ms, and every 100 ms while a failover is open', async () => {
    await ask('?wait=5s');
    expect(endpoint.network.reads).toHaveLength(11);
    await change(withFailover);
    endpoint.network.reads.length = 0;
    await ask('?wait=5s');
    expect(endpoint.network.reads).toHaveLength(51);
  });

  test('of a master that is removed meanwhile is 404', async () => {
    clock.meanwhile.push(() => change((state) => ({ ...state, removed: 1 })));
    expect(await ask('?wait=25s')).toMatchObject({ status: 404, waitedMs: 500 });
  });

  test('of an unknown master, in a form there is not, or with a name that is none, waits for nothing', async () => {
    for (const path of ['/masters/nobody?wait=9', '/masters/a%20b?wait=9']) await endpoint.app.request(path);
    expect((await ask('?wait=9', { Accept: 'image/png' })).status).toBe(406);
    expect(clock.now().mono).toBe(1000);
  });

  test('goes on while the table is out of reach, and tells what it last knew (I8)', async () => {
    await ask('');
    endpoint.network.cut = true;
    const { response, waitedMs } = await ask('?wait=2s');
    expect([response.status, waitedMs, response.headers.get('Age')]).toEqual([200, 2000, '2']);
  });

  test('ends when the caller goes away', async () => {
    const gone = new AbortController();
    clock.meanwhile.push(async () => gone.abort());
    await endpoint.app.request('/masters/orders?wait=25s', { signal: gone.signal });
    expect(clock.now().mono).toBe(1500);
  });

  test.each(['26s', '-1', 'x', '', '5m', '1.5s', '99999'])(
    'of %o is 400, and nothing is read',
    async (wait) => {
      const { status, response } = await ask(`?wait=${wait}`);
      expect(status).toBe(400);
      expect(await response.json()).toMatchObject({ detail: expect.stringContaining('0s to 25s') });
      expect(endpoint.network.reads).toEqual([]);
    },
  );

  test('of more callers than may wait is 503, and those that do not wait are answered', async () => {
    const held = Promise.withResolvers<void>();
    clock.sleep = () => held.promise;
    const waiting = Array.from({ length: WAITING_MAX }, () =>
      endpoint.app.request('/masters/orders?wait=25s'),
    );
    const { response } = await ask('?wait=25s');
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '2']);
    expect((await ask('')).status).toBe(200);
    await change(raise);
    held.resolve();
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    expect((await ask('?wait=0')).status).toBe(200);
  });
});

test('where nobody may wait, ?wait is refused and not passed over: it would be a loop without a pause', async () => {
  endpoint = createEndpoint();
  await endpoint.store.createState(monitored('orders'));
  const response = await endpoint.app.request('/masters/orders?wait=25s');
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    detail: 'wait "25s": nobody may wait here. Poll with If-None-Match.',
  });
});
