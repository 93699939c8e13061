import { beforeEach, describe, expect, test } from 'vitest';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { monitored, withFailover, withLastFailover, withOutage, withReplicas } from './state.ts';

let endpoint: Endpoint;
beforeEach(() => {
  endpoint = createEndpoint();
});

const text = { headers: { Accept: 'text/plain' } };

async function describeMaster(name: string): Promise<Record<string, unknown>> {
  return (await (await endpoint.app.request(`/masters/${name}`)).json()) as Record<string, unknown>;
}

test('a timeline of a later version is told as far as it is known, and hides no master', async () => {
  const { failover, ...rest } = withFailover(monitored('orders'));
  if (!failover) throw new Error('there is a failover');
  const timeline = { ...failover.timeline, attempts: 3, weight: 1e300 };
  await endpoint.store.createState({ ...rest, failover: { ...failover, timeline } });
  const told = (await describeMaster('orders'))['failover'] as { timeline: object };
  expect(Object.keys(told.timeline)).toEqual(['started', 'odown', 'elected', 'intended']);
  expect((await endpoint.app.request('/masters')).status).toBe(200);
});

describe('a master that is well', () => {
  beforeEach(async () => {
    await endpoint.store.createState(withReplicas(monitored('orders'), 6380, 6381));
  });

  test('is described in JSON', async () => {
    const response = await endpoint.app.request('/masters/orders');
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(await response.json()).toEqual({
      name: 'orders',
      address: '10.0.1.5:6379',
      host: '10.0.1.5',
      port: 6379,
      status: 'ok',
      since: '2026-11-24T11:59:00.000Z',
      epoch: 0,
      currentEpoch: 0,
      rev: 1,
      quorum: 2,
      replicas: [
        { address: '10.0.1.5:6380', host: '10.0.1.5', port: 6380 },
        { address: '10.0.1.5:6381', host: '10.0.1.5', port: 6381 },
      ],
      sentinels: ['a', 'b', 'c'],
    });
  });

  test('is its bare address as text, ready for a shell', async () => {
    const response = await endpoint.app.request('/masters/orders', text);
    expect(response.headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe('10.0.1.5:6379\n');
  });

  test('costs one consistent read of its own item and no listing', async () => {
    await endpoint.app.request('/masters/orders');
    expect(endpoint.network.reads).toEqual(['readState orders']);
  });

  test('answers HEAD with the headers of GET and no body', async () => {
    const get = await endpoint.app.request('/masters/orders');
    const head = await endpoint.app.request('/masters/orders', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect([...head.headers]).toEqual([...get.headers]);
    expect(await head.text()).toBe('');
  });
});

test('an IPv6 master has its host in brackets where the port follows', async () => {
  await endpoint.store.createState(monitored('six', 'fd00::5'));
  expect(await (await endpoint.app.request('/masters/six', text)).text()).toBe('[fd00::5]:6379\n');
  expect(await describeMaster('six')).toMatchObject({ address: '[fd00::5]:6379', host: 'fd00::5' });
});

test('a master the quorum holds down is odown and keeps its address', async () => {
  await endpoint.store.createState(withOutage(monitored('orders')));
  expect(await describeMaster('orders')).toMatchObject({ status: 'odown', address: '10.0.1.5:6379' });
});

test('an open failover shows its step, leader, target and time line', async () => {
  await endpoint.store.createState(withFailover(monitored('orders')));
  expect(await describeMaster('orders')).toMatchObject({
    status: 'failover',
    currentEpoch: 7,
    failover: {
      epoch: 7,
      leader: 'b',
      step: 'promoting',
      from: '10.0.1.5:6379',
      to: '10.0.2.5:6379',
      passedOver: { '10.0.3.5:6379': 'its link was down for 31 s' },
      timeline: {
        started: '2026-11-24T11:59:00.000Z',
        odown: '2026-11-24T11:59:00.000Z',
        elected: '2026-11-24T11:59:00.020Z',
        intended: '2026-11-24T11:59:00.035Z',
      },
    },
  });
});

test('the last failover is told with its outcome once it ended', async () => {
  await endpoint.store.createState(withLastFailover(monitored('orders')));
  const described = await describeMaster('orders');
  expect(described).toMatchObject({
    status: 'ok',
    lastFailover: {
      epoch: 7,
      leader: 'b',
      from: '10.0.1.5:6379',
      to: '10.0.2.5:6379',
      outcome: 'switched',
      timeline: { switched: '2026-11-24T11:59:00.060Z', ended: '2026-11-24T11:59:00.300Z' },
    },
  });
  expect(described).not.toHaveProperty('failover');
});

test('a cool-down tells until when and why', async () => {
  const until = Date.UTC(2026, 10, 24, 12, 6);
  await endpoint.store.createState({
    ...monitored('orders'),
    coolDown: { until, reason: 'no good replica' },
  });
  expect(await describeMaster('orders')).toMatchObject({
    coolDown: { until: '2026-11-24T12:06:00.000Z', reason: 'no good replica' },
  });
});

test('why a master is down and not failed over is told, and by whom', async () => {
  const reason = 'no replica may be promoted: 10.0.1.5:6380 priority 0: never to be promoted';
  await endpoint.store.createState({
    ...withOutage(monitored('orders')),
    limitation: { at: Date.UTC(2026, 10, 24, 12), by: 'a', reason },
  });
  expect(await describeMaster('orders')).toMatchObject({
    limitation: { since: '2026-11-24T12:00:00.000Z', by: 'a', reason },
  });
});

test('a pause is told, with what the last attempt to end it ran into', async () => {
  const paused = { since: Date.UTC(2026, 10, 24, 12), by: 'ops', refused: 'no node says master' };
  await endpoint.store.createState({ ...monitored('orders'), paused });
  expect(await describeMaster('orders')).toMatchObject({
    paused: { since: '2026-11-24T12:00:00.000Z', by: 'ops', refused: 'no node says master' },
  });
});

test('a replica that is not announced is not told, and a stranger only as what it is', async () => {
  const state = withReplicas(monitored('orders'), 6380, 6381, 6382);
  const [shown, hidden, strange] = Object.values(state.replicas);
  if (!shown || !hidden || !strange) throw new Error('three replicas were entered');
  const replicas = {
    '10.0.1.5:6380': shown,
    '10.0.1.5:6381': { ...hidden, announced: false },
    '10.0.1.5:6382': { ...strange, stranger: 'of another replication history' },
  };
  await endpoint.store.createState({ ...state, replicas });
  const described = await describeMaster('orders');
  expect(described['replicas']).toEqual([{ address: '10.0.1.5:6380', host: '10.0.1.5', port: 6380 }]);
  expect(described['strangers']).toEqual({ '10.0.1.5:6382': 'of another replication history' });
});

test.each([
  [false, '10.0.9.9:6379'],
  [true, 'redis.internal:6379'],
])('with announce-hostnames %s a named master is told as %s', async (announceHostnames, address) => {
  const state = monitored('orders');
  const master = { address: { host: 'redis.internal', port: 6379 }, ip: '10.0.9.9' };
  const directives = { ...state.directives, announceHostnames };
  await endpoint.store.createState({ ...state, master, directives });
  expect(await describeMaster('orders')).toMatchObject({ address });
  expect(await (await endpoint.app.request('/masters/orders', text)).text()).toBe(`${address}\n`);
});

test('a removed master is unknown, though its tombstone lies in the table', async () => {
  await endpoint.store.createState({ ...monitored('orders'), removed: Date.UTC(2026, 10, 24) });
  expect((await endpoint.app.request('/masters/orders')).status).toBe(404);
  expect(await (await endpoint.app.request('/masters')).json()).toEqual({ masters: [] });
});
