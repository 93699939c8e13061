/** The descriptions are held to what the endpoints really answer, and the endpoints to what is described. */
import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Hono } from 'hono';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import type { Description } from '../../src/http/openapi/document.ts';
import { OPERATE_DESCRIPTION } from '../../src/http/openapi/operate.ts';
import type { Operation, Told } from '../../src/http/openapi/operation.ts';
import { READ_DESCRIPTION } from '../../src/http/openapi/read.ts';
import type { Schema } from '../../src/http/openapi/schema.ts';
import { createEndpoint, type Endpoint } from './endpoint.ts';
import { createOperateEndpoint, type OperateEndpoint } from './operate-endpoint.ts';
import { heartbeats, observation } from './sightings.ts';
import { monitored, withFailover, withLastFailover, withReplicas } from './state.ts';

const DESCRIPTIONS = { read: READ_DESCRIPTION, operate: OPERATE_DESCRIPTION };
type Door = keyof typeof DESCRIPTIONS;

/** Here a field that is not described is a fault; whoever uses the description is to bear new ones. */
function closed(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in schema && !('additionalProperties' in schema)
    ? { ...inner, additionalProperties: false }
    : inner;
}

const validators = new Map<string, ValidateFunction>();

function validator(door: Door, schema: Schema): ValidateFunction {
  const key = `${door} ${JSON.stringify(schema)}`;
  const known = validators.get(key);
  if (known) return known;
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const { schemas } = DESCRIPTIONS[door].components;
  const root = { $defs: closed(schemas), ...(closed(schema) as object) };
  const text = JSON.stringify(root).replaceAll('#/components/schemas/', '#/$defs/');
  const made = ajv.compile(JSON.parse(text) as AnySchema);
  validators.set(key, made);
  return made;
}

/** Every answer that a test has seen, as `read get /masters 200 application/json`. */
const answered = new Set<string>();

/** Asks, and holds the answer to the description. */
async function held(
  door: Door,
  app: Hono,
  template: string,
  method: string,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const response = await app.request(path, { method: method.toUpperCase(), ...init });
  const operation = DESCRIPTIONS[door].paths[template]?.[method];
  const told: Told | undefined = operation?.responses[String(response.status)];
  const where = `${door} ${method} ${template} ${response.status}`;
  expect(told, `${where} is described`).toBeDefined();
  const [type = ''] = (response.headers.get('Content-Type') ?? '').split(';');
  answered.add(`${where} ${type}`.trim());
  const body = await response.clone().text();
  if (body === '') expect(told?.content).toSatisfy((content) => !content || response.status === 304);
  else {
    const media = told?.content?.[type];
    expect(media, `${where} as ${type} is described`).toBeDefined();
    if (media) {
      const validate = validator(door, media.schema);
      const value: unknown = type.endsWith('json') ? JSON.parse(body) : body;
      if (!validate(value)) expect.fail(`${where}: ${JSON.stringify(validate.errors, null, 1)}\n${body}`);
    }
  }
  return response;
}

/** A state with every field that can be told. */
function everything(name: string): MasterState {
  const state = withLastFailover(withReplicas(monitored(name), 6380, 6381, 6382));
  const { failover, outage } = withFailover(monitored(name));
  const [first, second, third] = Object.values(state.replicas);
  if (!failover || !outage || !first || !second || !third || !state.lastFailover)
    throw new Error('it is all there');
  return {
    ...state,
    outage,
    failover: { ...failover, epoch: 8, writesLost: 3 },
    lastFailover: { ...state.lastFailover, writesLost: 17, twoMasters: { from: 1, until: 2 } },
    replicas: {
      '10.0.1.5:6380': {
        ...first,
        declared: true,
        reconfigurationSentAt: 1,
        repairedAt: 2,
        unconfirmed: true,
      },
      '10.0.1.5:6381': { ...second, announced: false },
      '10.0.1.5:6382': { ...third, stranger: 'of another group' },
    },
    coolDown: { until: 5, reason: 'not elected' },
    limitation: { at: 4, by: 'a', reason: 'no good replica' },
    paused: { since: 3, by: 'ops', refused: 'two nodes say master' },
  };
}

describe.each(['read', 'operate'] as const)('the description of the %s endpoint', (door) => {
  const app = () => (door === 'read' ? createEndpoint().app : createOperateEndpoint().app);

  test('is what the endpoint serves', async () => {
    const response = await held(door, app(), '/openapi.json', 'get', '/openapi.json');
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(DESCRIPTIONS[door])));
    const etag = response.headers.get('ETag') ?? '';
    const again = await app().request('/openapi.json', { headers: { 'If-None-Match': etag } });
    expect(again.status).toBe(304);
  });

  test('has every route there is, and no other', () => {
    const described = Object.entries(DESCRIPTIONS[door].paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    const routes = app()
      .routes.filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`);
    expect(described.sort()).toEqual([...new Set(routes)].sort());
  });

  test('names every parameter of a path, an operation once, and schemas that exist', () => {
    const { paths, components, security } = DESCRIPTIONS[door];
    const operations = Object.values(paths).flatMap((item) => Object.values(item));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, item] of Object.entries(paths)) {
      for (const { parameters = [] } of Object.values<Operation>(item)) {
        const named = parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`);
        expect(named.sort()).toEqual((path.match(/\{\w+\}/g) ?? []).sort());
      }
    }
    const refs = JSON.stringify(DESCRIPTIONS[door]).match(/#\/components\/schemas\/\w+/g) ?? [];
    const names = refs.map((ref) => ref.split('/').at(-1) ?? '');
    expect(names.filter((name) => !(name in components.schemas))).toEqual([]);
    const schemes = security.flatMap((one) => Object.keys(one));
    expect(schemes.sort()).toEqual(Object.keys(components.securitySchemes).sort());
  });

  test('uses every schema that it has', () => {
    const { components, paths } = DESCRIPTIONS[door];
    const text = JSON.stringify([components, paths]);
    const unused = Object.keys(components.schemas).filter((name) => !text.includes(`schemas/${name}"`));
    expect(unused).toEqual([]);
  });
});

describe('what the read endpoint answers', () => {
  let endpoint: Endpoint;
  beforeEach(async () => {
    endpoint = createEndpoint();
    const at = endpoint.clock.now().wall;
    await endpoint.store.createState(everything('full'));
    await endpoint.store.createState(withReplicas(monitored('plain', '10.0.2.5'), 6380));
    await endpoint.store.createState(monitored('alone', '10.0.3.5'));
    const event = { seq: 1, at, by: 'a', type: '+sdown', payload: 'master full 10.0.1.5 6379' };
    const sees = {
      ...{
        health: 'refused' as const,
        subjectivelyDown: true,
        tilt: 'its clock jumped',
        limitation: 'paused',
      },
      ...{ lastValidAt: at, heardBy: ['10.0.1.5:6380'], events: [event], alert: true },
      conditions: { '10.0.1.5:6380': ['down' as const, 'role' as const, 'misconfigured' as const] },
    };
    await endpoint.store.putObservation(observation(everything('full'), 'a', at, sees));
    await heartbeats(endpoint, ['a', 'b', 'c']);
    const later = { ...monitored('zlater'), rev: 1, writeId: 'w' };
    await endpoint.store.createState(later);
    endpoint.store.plant({ pk: 'MASTER#zlater', sk: 'STATE', schema: { major: 9, minor: 0 } });
  });

  const ask = (template: string, path: string, headers: Record<string, string> = {}) =>
    held('read', endpoint.app, template, 'get', path, { headers });

  test('is as described, of a master with every field, of a plain one, and of one that is alone', async () => {
    for (const name of ['full', 'plain', 'alone']) {
      for (const path of ['', '/replicas', '/sentinels', '/events', '/failovers']) {
        const template = `/masters/{name}${path}`;
        const response = await ask(template, `/masters/${name}${path}`);
        expect(response.status).toBe(200);
        const etag = response.headers.get('ETag') ?? '';
        expect((await ask(template, `/masters/${name}${path}`, { 'If-None-Match': etag })).status).toBe(304);
      }
      await ask('/health/{name}', `/health/${name}`);
    }
    await ask('/masters', '/masters');
    await ask('/health', '/health');
    await ask('/', '/');
    for (const node of ['10.0.1.5:6379', '10.0.2.5:6380', '10.9.9.9:1']) {
      await ask('/nodes/{node}/primary', `/nodes/${node}/primary`);
      await ask('/nodes/{node}/replica', `/nodes/${node}/replica`);
    }
  });

  test('as text is as described', async () => {
    const headers = { Accept: 'text/plain' };
    for (const [template, path] of [
      ['/masters', '/masters'],
      ['/masters/{name}', '/masters/full'],
      ['/masters/{name}/replicas', '/masters/full/replicas'],
    ] as const) {
      expect((await ask(template, path, headers)).headers.get('Content-Type')).toMatch('text/plain');
    }
  });

  test('when it refuses is as described', async () => {
    for (const part of ['', '/replicas', '/sentinels', '/events', '/failovers']) {
      const template = `/masters/{name}${part}`;
      expect((await ask(template, `/masters/nobody${part}`)).status).toBe(404);
      expect((await ask(template, `/masters/a%20b${part}`)).status).toBe(400);
      expect((await ask(template, `/masters/full${part}`, { Accept: 'image/png' })).status).toBe(406);
      expect((await ask(template, `/masters/zlater${part}`)).status).toBe(500);
      endpoint.network.cut = true;
      expect((await ask(template, `/masters/other${part}`)).status).toBe(503);
      endpoint.network.cut = false;
    }
    expect((await ask('/masters/{name}', '/masters/full?wait=5')).status).toBe(400);
    expect((await ask('/masters/{name}/events', '/masters/full/events?after=x')).status).toBe(400);
    expect((await ask('/health/{name}', '/health/nobody')).status).toBe(404);
    expect((await ask('/health/{name}', '/health/a%20b')).status).toBe(400);
    expect((await ask('/nodes/{node}/primary', '/nodes/x/primary')).status).toBe(400);
  });

  test('without a token is as described, and the page asks for none', async () => {
    endpoint = createEndpoint({ tokens: { digests: () => [] } });
    for (const [template, item] of Object.entries(READ_DESCRIPTION.paths)) {
      const { status } = await ask(
        template,
        template.replace('{name}', 'full').replace('{node}', '10.0.0.1:1'),
      );
      expect(status).toBe(item['get']?.security ? 200 : 401);
    }
  });
});

describe('what the operate endpoint answers', () => {
  let endpoint: OperateEndpoint;
  beforeEach(async () => {
    endpoint = createOperateEndpoint();
    await endpoint.store.createState(withReplicas(monitored('orders'), 6380));
  });

  const ask = (method: string, template: string, path: string, body?: unknown, type = 'application/json') =>
    held('operate', endpoint.app, template, method, path, {
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': type } }),
    });
  const one = '/masters/{name}';
  const monitor = { host: '10.0.2.5', port: 6379, replicas: ['10.0.2.6:6379'], directives: { quorum: 2 } };
  const settle = (outcome: { epoch?: number; reason: string }) => () =>
    endpoint.having('orders', ({ command, ...rest }) => ({
      ...rest,
      lastCommand: { id: command?.id ?? '', at: endpoint.clock.now().wall, ...outcome },
    }));

  test('is as described when it is done', async () => {
    const statuses = [
      await ask('put', one, '/masters/carts', monitor),
      await ask('put', one, '/masters/carts', monitor),
      await ask(
        'patch',
        one,
        '/masters/carts',
        { directives: { quorum: 1 } },
        'application/merge-patch+json',
      ),
      await ask('post', `${one}/pause`, '/masters/carts/pause'),
      await ask('post', `${one}/resume`, '/masters/orders/resume'),
      await ask('post', `${one}/resume`, '/masters/carts/resume'),
      await ask('post', `${one}/reset`, '/masters/orders/reset'),
      await ask('delete', one, '/masters/carts'),
      await ask('delete', '/sentinels/{id}', '/sentinels/c'),
    ].map(({ status }) => status);
    expect(statuses).toEqual([201, 200, 200, 200, 200, 202, 200, 204, 200]);
  });

  test('of a command is as described, until it is begun or refused', async () => {
    const [template, path] = [`${one}/failover`, '/masters/orders/failover'];
    const accepted = await ask('post', template, path, { coordinated: true, to: '10.0.1.5:6380' });
    const follow = () => ask('get', `${one}/commands/{command}`, accepted.headers.get('Location') ?? '');
    expect([accepted.status, (await follow()).status]).toEqual([202, 202]);
    await settle({ epoch: 5, reason: 'begun by a' })();
    expect((await follow()).status).toBe(200);
    endpoint.clock.meanwhile.push(settle({ reason: 'no zone could' }));
    expect((await ask('post', template, `${path}?wait=5`)).status).toBe(409);
    endpoint.clock.meanwhile.push(settle({ epoch: 6, reason: 'begun by b' }));
    expect((await ask('post', template, `${path}?wait=5`)).status).toBe(200);
    expect((await ask('get', `${one}/commands/{command}`, '/masters/orders/commands/none')).status).toBe(404);
  });

  test('when it refuses is as described', async () => {
    const failover = `${one}/failover`;
    const asked: [number, Response][] = [
      [400, await ask('put', one, '/masters/a%20b', monitor)],
      [400, await ask('post', failover, '/masters/orders/failover?wait=x')],
      [404, await ask('delete', one, '/masters/nobody')],
      [404, await ask('delete', '/sentinels/{id}', '/sentinels/z')],
      [409, await ask('put', one, '/masters/orders', monitor)],
      [413, await ask('patch', one, '/masters/orders', { directives: ' '.repeat(70_000) })],
      [415, await ask('patch', one, '/masters/orders', {}, 'text/plain')],
      [
        422,
        await ask('patch', one, '/masters/orders', { directives: { quorum: [1, {}], 'auth-pass': 'x' } }),
      ],
      [422, await ask('put', one, '/masters/carts', { host: 7, port: null })],
    ];
    for (const [status, answer] of asked) expect(answer.status).toBe(status);
    endpoint.network.cut = true;
    expect((await ask('post', `${one}/reset`, '/masters/orders/reset')).status).toBe(503);
  });

  test('takes what is described as a body', async () => {
    const bodies = Object.entries(OPERATE_DESCRIPTION.components.schemas);
    const schema = (name: string) => validator('operate', Object.fromEntries(bodies)[name] as Schema);
    expect(schema('Monitor')(monitor)).toBe(true);
    expect(schema('Monitor')({ host: 'x' })).toBe(false);
    expect(
      schema('Directives')({ quorum: 2, tls: true, 'node-zones': { 'a:1': 'z' }, 'prefer-zone': null }),
    ).toBe(true);
    expect(schema('Directives')({ speed: 1 })).toBe(false);
    expect(schema('FailoverRequest')({ coordinated: false, to: '10.0.0.1:1' })).toBe(true);
  });
});

afterAll(() => {
  // Every 2xx that is described was seen: a description of what is never answered is a wrong one.
  const missing = Object.entries(DESCRIPTIONS).flatMap(([door, { paths }]: [string, Description]) =>
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { responses }]) =>
        Object.entries(responses).flatMap(([status, { content = { '': null } }]) =>
          status.startsWith('2')
            ? Object.keys(content).map((type) => `${door} ${method} ${path} ${status} ${type}`.trim())
            : [],
        ),
      ),
    ),
  );
  expect(missing.filter((answer) => !answered.has(answer))).toEqual([]);
});
