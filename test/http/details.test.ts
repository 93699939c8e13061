import { beforeEach, describe, expect, test } from 'vitest';
import { record } from '../../src/core/events.ts';
import type { MasterState, RecordedEvent } from '../../src/core/model.ts';
import type { EventHistory } from '../../src/ports.ts';
import { Unavailable } from '../../src/ports.ts';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { heartbeats, observation } from './sightings.ts';
import { monitored, withFailover, withLastFailover, withReplicas } from './state.ts';

let endpoint: Endpoint;
beforeEach(() => {
  endpoint = createEndpoint();
});

const PARTS = ['replicas', 'sentinels', 'events', 'failovers'] as const;

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await endpoint.app.request(path, { headers });
  const body = await response.text();
  return { response, status: response.status, body, json: () => JSON.parse(body) as never };
}

async function told<T = Record<string, unknown>>(path: string): Promise<T> {
  const { status, json } = await get(path);
  expect(status).toBe(200);
  return json();
}

describe.each(PARTS)('the %s of a master', (part) => {
  const path = `/masters/orders/${part}`;

  test('have an ETag that answers 304 while nothing changes', async () => {
    await endpoint.store.createState(withReplicas(monitored('orders'), 6380));
    const first = await get(path);
    expect(first.response.headers.get('Content-Type')).toBe('application/json');
    expect(first.response.headers.get('Vary')).toBe('Accept');
    expect(first.response.headers.get('Cache-Control')).toBe('no-cache');
    const etag = first.response.headers.get('ETag') ?? '';
    expect(etag).toMatch(/^"[\w-]{22}-json"$/);
    expect(await get(path, { 'If-None-Match': etag })).toMatchObject({ status: 304, body: '' });
  });

  test('answer HEAD with the headers of GET', async () => {
    await endpoint.store.createState(monitored('orders'));
    const head = await endpoint.app.request(path, { method: 'HEAD' });
    expect(await head.text()).toBe('');
    expect([...head.headers]).toEqual([...(await get(path)).response.headers]);
  });

  test('of an unknown or a removed master are 404, of no name 400, and in another form 406', async () => {
    expect((await get(path)).json()).toMatchObject({ title: 'Unknown master', status: 404 });
    await endpoint.store.createState({ ...monitored('orders'), removed: 1 });
    expect((await get(path)).status).toBe(404);
    expect((await get(`/masters/a%20b/${part}`)).json()).toMatchObject({ title: 'Not a valid name' });
    const refused = await get(path, { Accept: 'image/png' });
    expect(refused.json()).toMatchObject({ status: 406, title: 'Not Acceptable' });
  });

  test('are answered from memory while the table is out of reach, and marked (I8)', async () => {
    await endpoint.store.createState(withReplicas(monitored('orders'), 6380));
    const current = await get(path);
    endpoint.network.cut = true;
    endpoint.clock.advance({ wall: 200_000, mono: 200_000 });
    const stale = await get(path);
    expect(stale).toMatchObject({ status: 200, body: current.body });
    expect(stale.response.headers.get('Age')).toBe('200');
    expect((await get(`/masters/carts/${part}`)).status).toBe(503);
  });

  test('hold no control character, whatever was planted in the table', async () => {
    const evil = 'a\u001b[31m\u202eb\u0000\r\n';
    const state = withLastFailover(withReplicas(monitored('orders'), 6380));
    const [replica] = Object.values(state.replicas);
    if (!replica || !state.lastFailover) throw new Error('both were entered');
    const events = [{ seq: 1, at: 1, by: evil, type: evil, payload: evil }];
    await endpoint.store.createState({
      ...state,
      replicas: { '10.0.1.5:6380': { ...replica, stranger: evil } },
      lastFailover: { ...state.lastFailover, outcome: evil, passedOver: { [evil]: evil } },
      events,
    });
    const at = endpoint.clock.now().wall;
    const sees = { detail: evil, limitation: evil, tilt: evil, heardBy: [evil], events };
    await endpoint.store.putObservation(observation(state, 'a', at, sees));
    const { body } = await get(path);
    expect(body).toContain('a[31mb');
    expect(body.trimEnd()).not.toMatch(/\p{C}|\\u00|\\r|\\n|\\u202e/u);
  });
});

describe('the replicas', () => {
  test('are told with what the sentinels find wrong with each', async () => {
    const plain = withLastFailover(withReplicas(monitored('orders'), 6380, 6381, 6382));
    const [first, second, third] = Object.values(plain.replicas);
    if (!first || !second || !third) throw new Error('three were entered');
    const replicas = {
      '10.0.1.5:6380': {
        ...first,
        declared: true,
        reconfiguration: 'sent' as const,
        reconfigurationSentAt: 1000,
      },
      '10.0.1.5:6381': { ...second, announced: false, unconfirmed: true, repairedAt: 2000 },
      '10.0.1.5:6382': { ...third, stranger: 'of another group' },
    };
    const passedOver = { '10.0.1.5:6380': 'priority 0' };
    const state: MasterState = {
      ...plain,
      replicas,
      ...(plain.lastFailover && { lastFailover: { ...plain.lastFailover, passedOver } }),
    };
    await endpoint.store.createState(state);
    const at = endpoint.clock.now().wall;
    const conditions = { '10.0.1.5:6380': ['down' as const], '10.0.1.5:6381': ['role' as const] };
    await endpoint.store.putObservation(observation(state, 'a', at, { conditions }));
    await endpoint.store.putObservation(observation(state, 'gone', at, { conditions }));
    await endpoint.store.putObservation(observation(state, 'late', at, { conditions, configEpoch: 9 }));
    await heartbeats(endpoint, ['a', 'late']);
    await heartbeats(endpoint, ['gone'], 200_000);
    expect(await told('/masters/orders/replicas')).toEqual({
      name: 'orders',
      master: '10.0.1.5:6379',
      replicas: [
        {
          ...{ address: '10.0.1.5:6380', host: '10.0.1.5', port: 6380, announced: true, declared: true },
          ...{ confirmed: true, reconfiguration: 'sent', reconfigurationSentAt: '1970-01-01T00:00:01.000Z' },
          ...{ conditions: { down: ['a'] }, passedOver: 'priority 0' },
        },
        {
          ...{ address: '10.0.1.5:6381', host: '10.0.1.5', port: 6381, announced: false, declared: false },
          ...{ confirmed: false, reconfiguration: 'none', repairedAt: '1970-01-01T00:00:02.000Z' },
          conditions: { role: ['a'] },
        },
        {
          ...{ address: '10.0.1.5:6382', host: '10.0.1.5', port: 6382, announced: false, declared: false },
          ...{ confirmed: true, reconfiguration: 'none', stranger: 'of another group', conditions: {} },
        },
      ],
    });
    const text = await get('/masters/orders/replicas', { Accept: 'text/plain' });
    expect(text.body).toBe('10.0.1.5:6380\n');
    expect(text.response.headers.get('ETag')).toMatch(/-text"$/);
  });
});

describe('the sentinels', () => {
  test('are told with what each of them sees, voters or not, and whether they are enough', async () => {
    const state = monitored('orders');
    await endpoint.store.createState(state);
    const at = endpoint.clock.now().wall;
    await heartbeats(endpoint, ['a'], 1000);
    await heartbeats(endpoint, ['b'], 180_000);
    const address = { host: '10.0.1.9', port: 26_379 };
    await endpoint.store.putSentinel({ sentinel: 'd', incarnation: 1, at: at - 1000, address }, 0);
    const sdown = { seq: 1, at, by: 'a', type: '+sdown', payload: 'master orders 10.0.1.5 6379' };
    await endpoint.store.putObservation(
      observation(state, 'a', at, {
        ...{ health: 'refused', subjectivelyDown: true, alert: true, detail: 'it refuses', events: [sdown] },
        ...{ limitation: 'paused by ops', heardBy: ['10.0.1.5:6380'], lastValidAt: at - 5000 },
      }),
    );
    const body = await told('/masters/orders/sentinels');
    expect(body).toMatchObject({
      name: 'orders',
      quorum: 2,
      ckquorum: { ok: false, voters: 3, usable: 1, line: expect.stringMatching(/^NOQUORUM 1 usable/) },
    });
    expect(body['sentinels']).toEqual([
      {
        id: 'a',
        votes: true,
        usable: true,
        lastSeen: '2026-11-24T11:59:59.000Z',
        told: {
          at: '2026-11-24T12:00:00.000Z',
          address: '10.0.1.5:6379',
          current: true,
          health: 'refused',
          subjectivelyDown: true,
          limitation: 'paused by ops',
          detail: 'it refuses',
          lastValidAt: '2026-11-24T11:59:55.000Z',
          alert: true,
          heardBy: ['10.0.1.5:6380'],
          conditions: {},
          events: [{ ...sdown, at: '2026-11-24T12:00:00.000Z' }],
        },
      },
      { id: 'b', votes: true, usable: false, lastSeen: '2026-11-24T11:57:00.000Z' },
      { id: 'c', votes: true, usable: false },
      {
        ...{ id: 'd', votes: false, usable: true, lastSeen: '2026-11-24T11:59:59.000Z' },
        address: '10.0.1.9:26379',
      },
    ]);
  });

  test.each([
    [1000, false],
    [60_000, true],
  ])('with a pulse of %i ms that were not seen for 100 s are usable: %s', async (pulseMs, usable) => {
    endpoint = createEndpoint({ pulseMs });
    await endpoint.store.createState(monitored('orders'));
    await heartbeats(endpoint, ['a'], 100_000);
    expect(await told('/masters/orders/sentinels')).toMatchObject({
      sentinels: [{ id: 'a', usable }, { id: 'b' }, { id: 'c' }],
    });
  });

  test('that told of another configuration count for nothing', async () => {
    const state = monitored('orders');
    await endpoint.store.createState(state);
    const at = endpoint.clock.now().wall;
    await endpoint.store.putObservation(observation(state, 'a', at, { configEpoch: 3 }));
    expect(await told('/masters/orders/sentinels')).toMatchObject({
      sentinels: [{ told: { current: false } }, {}, {}],
    });
  });
});

/** So many events in all, of which the state keeps the last 32. */
function eventful(count: number): { state: MasterState; all: RecordedEvent[] } {
  const all = Array.from({ length: count }, (_, i) => ({
    ...{ seq: i + 1, at: 1000 * (i + 1), by: 'a', type: '+set', payload: `change ${i + 1}` },
  }));
  return { state: { ...monitored('orders'), events: all.slice(-32), lastSeq: count }, all };
}

function historyOf(all: readonly RecordedEvent[], asked: string[] = []): EventHistory {
  return {
    async read(master, from, to) {
      asked.push(`${master} ${from}-${to}`);
      return all.filter(({ seq }) => seq >= from && seq <= to);
    },
  };
}

interface Page {
  readonly events: readonly { readonly seq: number; readonly id: string }[];
  readonly next: number;
  readonly more: boolean;
  readonly lastSeq: number;
}

describe('the events', () => {
  test('are numbered, and named as everywhere else', async () => {
    const state = monitored('orders');
    await endpoint.store.createState(state);
    expect(await told('/masters/orders/events')).toEqual({
      name: 'orders',
      lastSeq: 1,
      events: [
        {
          ...{ id: 'orders:1', seq: 1, at: '2026-11-24T11:59:00.000Z', by: 'a', type: '+monitor' },
          payload: 'master orders 10.0.1.5 6379 quorum 2',
        },
      ],
      next: 1,
      more: false,
    });
  });

  test('are paged through, each once, from the history and then from the state', async () => {
    const { state, all } = eventful(250);
    const asked: string[] = [];
    endpoint = createEndpoint({ history: historyOf(all, asked) });
    await endpoint.store.createState(state);
    const seen: number[] = [];
    let page: Page = { events: [], next: 0, more: true, lastSeq: 0 };
    while (page.more) {
      page = await told<Page>(`/masters/orders/events?after=${page.next}`);
      expect(page.events.length).toBeLessThanOrEqual(100);
      seen.push(...page.events.map(({ seq }) => seq));
    }
    expect(seen).toEqual(all.map(({ seq }) => seq));
    expect(asked).toEqual(['orders 1-100', 'orders 101-200', 'orders 201-218']);
    expect(await told(`/masters/orders/events?after=${page.next}`)).toMatchObject({
      events: [],
      next: 250,
      more: false,
    });
  });

  test('without a beginning are the last ones, and read no history where the state has them', async () => {
    const { state, all } = eventful(250);
    const asked: string[] = [];
    endpoint = createEndpoint({ history: historyOf(all, asked) });
    await endpoint.store.createState(state);
    const { events } = await told<Page>('/masters/orders/events?limit=32');
    expect([events[0]?.seq, events.at(-1)?.seq, events.length]).toEqual([219, 250, 32]);
    expect(asked).toEqual([]);
    expect((await told<Page>('/masters/orders/events?limit=40')).events[0]?.seq).toBe(211);
  });

  test('without a history begin with those the state keeps', async () => {
    await endpoint.store.createState(eventful(250).state);
    expect(await told('/masters/orders/events?after=0&limit=10')).toMatchObject({
      events: [{ seq: 219 }, {}, {}, {}, {}, {}, {}, {}, {}, { seq: 228 }],
      next: 228,
      more: true,
    });
  });

  test('that expired leave a page short, and what comes after is still reached', async () => {
    const { state, all } = eventful(250);
    endpoint = createEndpoint({ history: historyOf(all.slice(150)) });
    await endpoint.store.createState(state);
    expect(await told('/masters/orders/events?after=0')).toMatchObject({ events: [], next: 100, more: true });
    expect((await told<Page>('/masters/orders/events?after=100')).events[0]?.seq).toBe(151);
  });

  test('after a number that was never reached are none, and the numbers there are are told', async () => {
    await endpoint.store.createState(eventful(40).state);
    expect(await told('/masters/orders/events?after=999')).toMatchObject({
      events: [],
      next: 40,
      lastSeq: 40,
    });
  });

  test('whose history is out of reach are answered from memory, or not at all', async () => {
    const { state, all } = eventful(250);
    const plain = historyOf(all);
    let cut = false;
    const history: EventHistory = {
      read: async (...range) => {
        if (cut) throw new Unavailable('no answer to Query in 2000 ms');
        return plain.read(...range);
      },
    };
    endpoint = createEndpoint({ history });
    await endpoint.store.createState(state);
    const current = await get('/masters/orders/events?after=0');
    cut = true;
    const stale = await get('/masters/orders/events?after=0');
    expect(stale.body).toBe(current.body);
    expect(stale.response.headers.has('Age')).toBe(true);
    expect((await get('/masters/orders/events?after=7')).status).toBe(503);
    expect((await get('/masters/orders/events?limit=32')).status).toBe(200);
  });

  test.each([
    'after=-1',
    'after=x',
    'after=1e3',
    `after=${'9'.repeat(13)}`,
    'limit=0',
    'limit=201',
    'limit=',
    'limit=1.5',
  ])('asked for with %s are 400, and nothing is read', async (query) => {
    const { json, status } = await get(`/masters/orders/events?${query}`);
    expect(status).toBe(400);
    expect(json()).toMatchObject({ type: 'urn:problem-type:lambda-sentinel:invalid-parameter' });
    expect(endpoint.network.reads).toEqual([]);
  });

  test('a parameter that is not known is passed over', async () => {
    await endpoint.store.createState(monitored('orders'));
    expect((await get('/masters/orders/events?page=7')).status).toBe(200);
  });
});

describe('the failovers', () => {
  test('are the open one and the last one, as the master tells them', async () => {
    const state = withLastFailover(monitored('orders'));
    const open = withFailover(monitored('orders')).failover;
    if (!open) throw new Error('there is one');
    await endpoint.store.createState({ ...state, failover: { ...open, epoch: 8 } });
    const master = await told('/masters/orders');
    expect(await told('/masters/orders/failovers')).toEqual({
      name: 'orders',
      open: master['failover'],
      last: [master['lastFailover']],
    });
  });

  test('before the last one are told by their events, the newest first, each once', async () => {
    const { lastFailover } = withLastFailover(monitored('orders'));
    if (!lastFailover) throw new Error('there is one');
    const way = (epoch: number, from: string, to: string) => [
      { type: '+new-epoch', payload: `${epoch}` },
      { type: '+try-failover', payload: `master orders ${from}` },
      { type: '+switch-master', payload: `orders ${from} ${to}` },
      { type: '+failover-end', payload: `master orders ${from}` },
    ];
    const first = record(monitored('orders'), 'a', { wall: 5000, mono: 0 }, [
      ...way(6, '10.0.3.5 6379', '10.0.1.5 6379'),
      ...way(7, '10.0.1.5 6379', '10.0.2.5 6379'),
    ]);
    await endpoint.store.createState({ ...first, lastFailover });
    const { last } = await told<{ last: { epoch: number }[] }>('/masters/orders/failovers');
    expect(last).toMatchObject([
      { epoch: 7, kind: 'automatic', passedOver: { '10.0.3.5:6379': 'its link was down for 31 s' } },
      {
        epoch: 6,
        from: '10.0.3.5:6379',
        to: '10.0.1.5:6379',
        outcome: 'switched',
        timeline: { switched: expect.any(String) },
      },
    ]);
    expect(last).toHaveLength(2);
  });

  test('are read from at most 300 events, and at most 20 are told', async () => {
    const asked: string[] = [];
    const aborted = (epoch: number) => [
      { type: '+new-epoch', payload: `${epoch}` },
      { type: '+try-failover', payload: 'master orders 10.0.1.5 6379' },
      { type: '-failover-abort-not-elected', payload: 'master orders 10.0.1.5 6379' },
    ];
    const all = Array.from({ length: 133 }, (_, i) => aborted(i + 1))
      .flat()
      .map((event, i) => ({ seq: i + 1, at: i, by: 'a', ...event }));
    endpoint = createEndpoint({ history: historyOf(all, asked) });
    await endpoint.store.createState({ ...monitored('orders'), events: all.slice(-32), lastSeq: all.length });
    const { last } = await told<{ last: { epoch: number; outcome: string }[] }>('/masters/orders/failovers');
    expect(asked).toEqual(['orders 100-367']);
    expect([last.length, last[0]?.epoch, last[0]?.outcome]).toEqual([20, 133, 'aborted: not elected']);
  });
});
