import { beforeEach, describe, expect, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { heartbeats, observation } from './sightings.ts';
import { monitored, withFailover, withLastFailover, withOutage, withReplicas } from './state.ts';

let endpoint: Endpoint;
beforeEach(async () => {
  endpoint = createEndpoint();
  await heartbeats(endpoint, ['a', 'b', 'c']);
});

const well = () => withReplicas(monitored('orders'), 6380);

async function health(): Promise<{ status: number; headers: Headers; json: Record<string, unknown> }> {
  const response = await endpoint.app.request('/health/orders');
  return { status: response.status, headers: response.headers, json: (await response.json()) as never };
}

async function expectUnhealthy(reason: string | RegExp): Promise<void> {
  const { status, headers, json } = await health();
  expect([status, json['type']]).toEqual([503, 'urn:problem-type:lambda-sentinel:unhealthy']);
  expect(headers.get('Content-Type')).toBe('application/problem+json');
  expect(json['status']).toBe(503);
  expect(json['reasons']).toEqual([expect.stringMatching(reason)]);
  expect(json['detail']).toMatch(reason);
}

test('a master that is well and watched by enough is 200, and never from memory', async () => {
  await endpoint.store.createState(well());
  const { status, headers, json } = await health();
  expect(status).toBe(200);
  expect(headers.get('Cache-Control')).toBe('no-store');
  expect(json).toEqual({
    healthy: true,
    name: 'orders',
    address: '10.0.1.5:6379',
    state: 'ok',
    warnings: [],
  });
  endpoint.network.cut = true;
  expect((await health()).json).toMatchObject({ status: 503, title: 'Table unavailable' });
});

test('a master nobody monitors is 404, and a name that is none 400', async () => {
  expect((await health()).status).toBe(404);
  expect((await endpoint.app.request('/health/a%20b')).status).toBe(400);
});

describe('503 is told with its reason:', () => {
  test('the quorum holds it for down', async () => {
    await endpoint.store.createState(withOutage(well()));
    await expectUnhealthy(/holds the master for down since 2026-11-24T11:59:00.000Z: no failover has begun/);
  });

  test('and why no failover begins', async () => {
    const limitation = { at: 0, by: 'a', reason: 'no replica may be promoted' };
    await endpoint.store.createState({ ...withOutage(well()), limitation });
    await expectUnhealthy(/down since .*: no replica may be promoted/);
  });

  test('an election', async () => {
    const election = { epoch: 4, candidate: { sentinel: 'b', incarnation: 1 }, beat: 1, openedAt: 1 };
    await endpoint.store.createState({ ...withOutage(well()), election });
    await expectUnhealthy(/an election is open, epoch 4, candidate b/);
  });

  test('a failover that has not switched', async () => {
    await endpoint.store.createState(withFailover(well()));
    await expectUnhealthy(/a failover is open since .*: epoch 7, promoting, led by b/);
  });

  test('too few sentinels live', async () => {
    endpoint = createEndpoint();
    await heartbeats(endpoint, ['a']);
    await endpoint.store.createState(well());
    await expectUnhealthy(/^NOQUORUM 1 usable Sentinels\. /);
    expect((await health()).json['warnings']).toEqual(['not seen for three heartbeats: b, c']);
  });

  test('a second node says master', async () => {
    const state = well();
    await endpoint.store.createState(state);
    const at = endpoint.clock.now().wall;
    const conditions = { '10.0.1.5:6380': ['role' as const] };
    await endpoint.store.putObservation(observation(state, 'b', at, { conditions }));
    await expectUnhealthy('two nodes say master: 10.0.1.5:6380 does too, seen by b');
  });
});

describe('a warning, and no 503, is', () => {
  const paused = { since: 0, by: 'ops', refused: 'two nodes say master' };
  const observeOnly = ({ directives, ...rest }: MasterState) => ({
    ...rest,
    directives: { ...directives, observeOnly: true },
  });

  test.each<[string, (state: MasterState) => MasterState, readonly string[]]>([
    [
      'a pause',
      (state) => ({ ...state, paused }),
      [
        'paused by ops since 1970-01-01T00:00:00.000Z: neither failovers nor repairs',
        'it could not be resumed: two nodes say master',
      ],
    ],
    ['observe-only', observeOnly, ['observe-only is set: neither failovers nor repairs']],
    [
      'a cool-down',
      (state) => ({ ...state, coolDown: { until: Date.UTC(2026, 10, 24, 13), reason: 'not elected' } }),
      ['no automatic failover starts before 2026-11-24T13:00:00.000Z: not elected'],
    ],
    [
      'that it has no replica',
      (state) => ({ ...state, replicas: {} }),
      ['it has no replica: there is nothing to fail over to'],
    ],
    [
      'what is left of a failover after its switch',
      (state) => {
        const { outage, failover, ...rest } = withFailover(state);
        return failover ? { ...rest, failover: { ...failover, step: 'reconfiguring' } } : state;
      },
      ['a failover switched and still reconfigures the replicas'],
    ],
  ])('%s', async (_, change, warnings) => {
    await endpoint.store.createState(change(well()));
    expect(await health()).toMatchObject({ status: 200, json: { healthy: true, warnings } });
  });

  test('a cool-down that is over is none', async () => {
    await endpoint.store.createState({ ...withLastFailover(well()), coolDown: { until: 1, reason: 'x' } });
    expect((await health()).json['warnings']).toEqual([]);
  });

  test('what single sentinels find: S_DOWN, TILT, nodes that are down or misconfigured', async () => {
    const state = withReplicas(monitored('orders'), 6380, 6381);
    await endpoint.store.createState(state);
    const at = endpoint.clock.now().wall;
    const conditions = {
      '10.0.1.5:6379': ['misconfigured' as const],
      '10.0.1.5:6380': ['down' as const],
    };
    const down = { subjectivelyDown: true, detail: 'it is silent', limitation: 'down for 1 sentinel (a)' };
    await endpoint.store.putObservation(observation(state, 'a', at, { ...down, conditions }));
    await endpoint.store.putObservation(
      observation(state, 'b', at, { tilt: 'its clock jumped', conditions }),
    );
    await endpoint.store.putObservation(observation(state, 'nobody', at, { ...down, conditions }));
    expect(await health()).toMatchObject({
      status: 200,
      json: {
        warnings: [
          'S_DOWN for a: it is silent; down for 1 sentinel (a)',
          'TILT of b: its clock jumped',
          '10.0.1.5:6380 is down for a, b',
          '10.0.1.5:6379 is misconfigured for a, b',
        ],
      },
    });
  });
});
