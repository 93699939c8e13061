import { beforeEach, describe, expect, test } from 'vitest';
import { encodeState } from '../../src/adapters/dynamodb/codec.ts';
import { stateKey } from '../../src/adapters/dynamodb/keys.ts';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { heartbeats, observation } from './sightings.ts';
import { monitored, withFailover, withReplicas } from './state.ts';

let endpoint: Endpoint;
beforeEach(async () => {
  endpoint = createEndpoint();
  await heartbeats(endpoint, ['a', 'b', 'c']);
  await endpoint.store.createState(withReplicas(monitored('orders'), 6380));
  await endpoint.store.createState(withReplicas(monitored('six', 'fd00::5'), 6380));
});

async function ask(
  path: string,
): Promise<{ status: number; headers: Headers; json: Record<string, unknown> }> {
  const response = await endpoint.app.request(path);
  return { status: response.status, headers: response.headers, json: (await response.json()) as never };
}

describe('a load balancer is answered 200', () => {
  test.each([
    ['/nodes/10.0.1.5:6379/primary', { node: '10.0.1.5:6379', role: 'primary', master: 'orders' }],
    ['/nodes/10.0.1.5:6380/replica', { node: '10.0.1.5:6380', role: 'replica', master: 'orders' }],
    ['/nodes/10.0.1.5:6379/primary?master=orders', { role: 'primary' }],
    ['/nodes/10.0.1.5:6380/replica?master=orders', { role: 'replica' }],
    ['/nodes/[fd00::5]:6379/primary', { node: '[fd00::5]:6379', role: 'primary', master: 'six' }],
    ['/nodes/%5Bfd00:0::0:5%5D:6379/primary', { node: '[fd00::5]:6379' }],
  ])('to %s', async (path, json) => {
    const answer = await ask(path);
    expect(answer).toMatchObject({ status: 200, json });
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const head = await endpoint.app.request(path, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('for the old master until the switch, as GET-MASTER-ADDR-BY-NAME does', async () => {
    await endpoint.store.createState(withFailover(monitored('carts', '10.0.7.7')));
    expect((await ask('/nodes/10.0.7.7:6379/primary')).status).toBe(200);
  });

  test('for what a host name was last resolved to, and for the name', async () => {
    const master = { address: { host: 'redis.internal', port: 6379 }, ip: '10.0.8.8' };
    await endpoint.store.createState({ ...monitored('named'), master });
    expect((await ask('/nodes/10.0.8.8:6379/primary')).json).toMatchObject({ master: 'named' });
    expect((await ask('/nodes/redis.internal:6379/primary')).status).toBe(200);
  });

  test('for a replica that only one sentinel of a quorum of two holds for down', async () => {
    const state = withReplicas(monitored('orders'), 6380);
    const conditions = { '10.0.1.5:6380': ['down' as const] };
    const at = endpoint.clock.now().wall;
    await endpoint.store.putObservation(observation(state, 'a', at, { conditions }));
    expect((await ask('/nodes/10.0.1.5:6380/replica')).status).toBe(200);
    await endpoint.store.putObservation(observation(state, 'b', at, { conditions }));
    const { status, json } = await ask('/nodes/10.0.1.5:6380/replica');
    expect([status, json['detail']]).toEqual([503, '10.0.1.5:6380 is down for the quorum: a, b.']);
  });
});

describe('a load balancer is answered 503, with the reason,', () => {
  test.each([
    [
      '/nodes/10.0.1.5:6380/primary',
      'not-primary',
      '10.0.1.5:6380 is a replica of orders, whose master is 10.0.1.5:6379.',
    ],
    ['/nodes/10.0.1.5:6379/replica', 'not-replica', '10.0.1.5:6379 is the master of orders.'],
    ['/nodes/10.9.9.9:6379/primary', 'not-primary', 'No monitored master knows 10.9.9.9:6379.'],
    ['/nodes/10.9.9.9:6379/replica', 'not-replica', 'No monitored master knows 10.9.9.9:6379.'],
    ['/nodes/10.0.1.5:6379/primary?master=six', 'not-primary', 'No monitored master knows 10.0.1.5:6379.'],
    ['/nodes/10.0.1.5:6379/primary?master=nobody', 'not-primary', 'No monitored master knows 10.0.1.5:6379.'],
  ])('to %s', async (path, type, detail) => {
    const { status, json, headers } = await ask(path);
    expect([status, json['type'], json['detail']]).toEqual([
      503,
      `urn:problem-type:lambda-sentinel:${type}`,
      detail,
    ]);
    expect(headers.get('Cache-Control')).toBe('no-store');
  });

  test.each([
    [{ announced: false }, '10.0.7.7:6380 is not announced to clients.'],
    [{ stranger: 'of another group' }, '10.0.7.7:6380 is left alone: of another group.'],
  ])('for a replica that is %o', async (change, detail) => {
    const state = withReplicas(monitored('carts', '10.0.7.7'), 6380);
    const [replica] = Object.values(state.replicas);
    if (!replica) throw new Error('one was entered');
    await endpoint.store.createState({ ...state, replicas: { '10.0.7.7:6380': { ...replica, ...change } } });
    const { status, json } = await ask('/nodes/10.0.7.7:6380/replica');
    expect([status, json['detail']]).toEqual([503, detail]);
  });

  test('and says which masters could not be read', async () => {
    const state = { ...monitored('later'), rev: 1, writeId: 'w' };
    await endpoint.store.createState(state);
    endpoint.store.plant({ ...encodeState(state), schema: { major: 9, minor: 0 }, ...stateKey('later') });
    expect((await ask('/nodes/10.9.9.9:6379/primary')).json['detail']).toBe(
      'No monitored master knows 10.9.9.9:6379 (later could not be read).',
    );
    expect((await ask('/nodes/10.0.1.5:6379/primary')).status).toBe(200);
  });
});

test('while the table is out of reach the last answer stands, and is marked (I8)', async () => {
  for (const path of ['/nodes/10.0.1.5:6379/primary', '/nodes/10.0.1.5:6380/replica']) await ask(path);
  endpoint.network.cut = true;
  endpoint.clock.advance({ wall: 30_000, mono: 30_000 });
  for (const path of ['/nodes/10.0.1.5:6379/primary', '/nodes/10.0.1.5:6380/replica']) {
    const { status, headers } = await ask(path);
    expect([status, headers.get('Age')]).toEqual([200, '30']);
  }
  const other = await ask('/nodes/10.0.1.5:6380/primary');
  expect([other.status, other.headers.get('Age')]).toEqual([503, '30']);
});

test('a named master costs one read, and not one of each there is', async () => {
  await ask('/nodes/10.0.1.5:6379/primary?master=orders');
  expect(endpoint.network.reads).toEqual(['readState orders']);
});

test.each([
  'nowhere',
  '10.0.1.5',
  '10.0.1.5:0',
  'fd00::5:6379',
  '1.2.3:6379',
  '%00:1',
  '[]:1',
  `${'x'.repeat(300)}:1`,
])('what is no node, such as %s, is 400, and nothing is read', async (node) => {
  for (const role of ['primary', 'replica']) {
    const { status, json } = await ask(`/nodes/${node}/${role}`);
    expect([status, json['type']]).toEqual([400, 'urn:problem-type:lambda-sentinel:invalid-parameter']);
  }
  expect(endpoint.network.reads).toEqual([]);
});

test('a master whose name is none is 400', async () => {
  expect((await ask('/nodes/10.0.1.5:6379/primary?master=a%20b')).json).toMatchObject({
    title: 'Not a valid name',
  });
});
