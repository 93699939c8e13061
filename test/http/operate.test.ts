import { beforeEach, describe, expect, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import { type Answered, createOperateEndpoint, type OperateEndpoint } from './operate-endpoint.ts';
import { monitored, withFailover, withReplicas } from './state.ts';

let endpoint: OperateEndpoint;
beforeEach(async () => {
  endpoint = createOperateEndpoint();
  await endpoint.store.createState(withReplicas(monitored('orders'), 6380));
});

const ask: OperateEndpoint['ask'] = (...request) => endpoint.ask(...request);
const CARTS = { host: '10.0.2.5', port: 6379, directives: { quorum: 2 } };

/** Of every item, to see that nothing was written. */
function table(): string[] {
  return endpoint.store.everything().map((item) => JSON.stringify(item));
}

function expectProblem({ status, headers, json }: Answered, wanted: number, type: string): void {
  expect([status, json['type']]).toEqual([wanted, `urn:problem-type:lambda-sentinel:${type}`]);
  expect(headers.get('Content-Type')).toBe('application/problem+json');
  expect(headers.get('Cache-Control')).toBe('no-store');
  expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  expect(json).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
}

describe('PUT', () => {
  test('enters a master, tells it, and is 200 the second time', async () => {
    const body = {
      ...CARTS,
      replicas: ['10.0.2.6:6379'],
      directives: { quorum: 2, 'down-after-milliseconds': 5000 },
    };
    const created = await ask('PUT', '/masters/carts', body);
    expect(created.status).toBe(201);
    expect(created.headers.get('Cache-Control')).toBe('no-store');
    expect(created.json).toMatchObject({
      changed: true,
      master: { name: 'carts', address: '10.0.2.5:6379', quorum: 2, replicas: [{ port: 6379 }] },
      directives: { quorum: '2', 'down-after-milliseconds': '5000', 'failover-timeout': '180000', tls: 'no' },
    });
    expect(await endpoint.store.names()).toEqual(['carts', 'orders']);
    const before = table();
    const again = await ask('PUT', '/masters/carts', body);
    expect([again.status, again.json['changed']]).toEqual([200, false]);
    expect(table()).toEqual(before);
    expect((await endpoint.stateOf('carts')).events[0]).toMatchObject({ type: '+monitor', by: 'operate' });
  });

  test('of a name that was removed is 201 again', async () => {
    await ask('DELETE', '/masters/orders');
    expect((await ask('PUT', '/masters/orders', CARTS)).status).toBe(201);
  });

  test('of another group under the name is 409, and says what to do', async () => {
    const answer = await ask('PUT', '/masters/orders', CARTS);
    expectProblem(answer, 409, 'duplicate');
    expect(answer.json['detail']).toBe(
      'Duplicated master name. PATCH changes its directives; DELETE it first to monitor another group under its name.',
    );
  });

  test('with faults is 422 with all of them, and writes nothing', async () => {
    const before = table();
    const answer = await ask('PUT', '/masters/carts', {
      port: 0,
      directives: { quorum: 'x', speed: [1, { a: 1 }] },
    });
    expectProblem(answer, 422, 'faults');
    expect(answer.json['detail']).toMatch(/^Nothing was changed\. port 0: .*\. And 3 more: see faults\.$/);
    expect(answer.json['faults']).toEqual([
      { directive: 'port', value: 0, allowed: 'a whole number from 1 to 65535' },
      { directive: 'quorum', value: 'x', allowed: 'a whole number from 1 to 1000' },
      { directive: 'speed', value: '[1,"{…}"]', allowed: expect.stringMatching(/^one of quorum, /) },
      { directive: 'host', allowed: 'an IP address or a host name' },
    ]);
    expect(table()).toEqual(before);
  });
});

describe('PATCH', () => {
  test('sets directives; null takes one back to its preset', async () => {
    const set = await ask('PATCH', '/masters/orders', {
      directives: { quorum: 1, 'prefer-zone': 'a', 'parallel-syncs': '4' },
    });
    expect([set.status, set.json['directives']]).toMatchObject([
      200,
      { quorum: '1', 'prefer-zone': 'a', 'parallel-syncs': '4' },
    ]);
    const merge = { 'Content-Type': 'application/merge-patch+json; charset=utf-8' };
    const back = await ask(
      'PATCH',
      '/masters/orders',
      { directives: { 'prefer-zone': null, 'parallel-syncs': null } },
      merge,
    );
    expect(back.json['directives']).toMatchObject({ quorum: '1', 'parallel-syncs': '1' });
    expect(back.json['directives']).not.toHaveProperty('prefer-zone');
  });

  test.each<[string, unknown, string]>([
    ['a quorum of null', { directives: { quorum: null } }, 'quorum'],
    ['an address', { host: '10.0.0.9', directives: {} }, 'host'],
    ['no directives', {}, 'directives'],
    ['a list of them', { directives: [] }, 'directives'],
    ['a program', { directives: { 'client-reconfig-script': '/x' } }, 'client-reconfig-script'],
  ])('with %s is 422', async (_, body, directive) => {
    const answer = await ask('PATCH', '/masters/orders', body);
    expectProblem(answer, 422, 'faults');
    expect(answer.json['faults']).toMatchObject([{ directive }]);
  });
});

describe('DELETE', () => {
  test('of a master is 204, then 404', async () => {
    const gone = await ask('DELETE', '/masters/orders');
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect(await endpoint.store.names()).toEqual([]);
    expectProblem(await ask('DELETE', '/masters/orders'), 404, 'unknown-master');
  });

  test('of a master whose promotion is under way is 409, and when to ask again', async () => {
    await endpoint.having('orders', withFailover);
    const answer = await ask('DELETE', '/masters/orders');
    expectProblem(answer, 409, 'in-progress');
    expect(answer.headers.get('Retry-After')).toBe('5');
    expect(answer.json['detail']).toMatch(/^Failover already in progress\. Ask again when it has ended/);
  });

  test('of a sentinel takes its vote from every master', async () => {
    await endpoint.store.createState(monitored('carts'));
    expect((await ask('DELETE', '/sentinels/c')).json).toEqual({ id: 'c', from: ['carts', 'orders'] });
    expect((await endpoint.stateOf('orders')).voters).toEqual(['a', 'b']);
    expectProblem(await ask('DELETE', '/sentinels/c'), 404, 'unknown-sentinel');
  });
});

describe('a failover', () => {
  const begun = (outcome: { epoch?: number; reason: string }) => async () =>
    endpoint.having('orders', ({ command, ...rest }: MasterState) => ({
      ...rest,
      lastCommand: { id: command?.id ?? '', at: endpoint.clock.now().wall, ...outcome },
    }));

  test('is 202 with where to ask for it, and written down as it was asked', async () => {
    const answer = await ask('POST', '/masters/orders/failover', { coordinated: false, to: '10.0.1.5:6380' });
    const { command } = await endpoint.stateOf('orders');
    expect(command).toMatchObject({
      kind: 'failover',
      coordinated: false,
      by: 'operate',
      to: { port: 6380 },
    });
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ command: command?.id, status: 'pending' });
    expect(answer.headers.get('Location')).toBe(`/masters/orders/commands/${command?.id}`);
    const followed = await ask('GET', answer.headers.get('Location') ?? '');
    expect([followed.status, followed.json['status']]).toEqual([202, 'pending']);
  });

  test('without a body is a coordinated one, to the best replica', async () => {
    expect((await ask('POST', '/masters/orders/failover')).status).toBe(202);
    expect((await endpoint.stateOf('orders')).command).toMatchObject({ coordinated: true });
  });

  test.each([
    [{ epoch: 5, reason: 'begun by a' }, 200, { status: 'begun', epoch: 5, reason: 'begun by a' }],
    [{ reason: 'no zone could' }, 409, { title: 'Refused by the sentinels', detail: 'no zone could.' }],
  ])('is waited for: %o is %i', async (outcome, status, told) => {
    endpoint.clock.meanwhile.push(async () => {}, begun(outcome));
    const answer = await ask('POST', '/masters/orders/failover?wait=5');
    expect([answer.status, answer.json]).toMatchObject([status, told]);
  });

  test('that nobody begins is 202 when the wait is over, and no sooner', async () => {
    const before = endpoint.clock.now().mono;
    expect((await ask('POST', '/masters/orders/failover?wait=20s')).status).toBe(202);
    expect(endpoint.clock.now().mono - before).toBe(20_000);
  });

  test('with the client’s own key is one, however often it is sent', async () => {
    const key = { 'Idempotency-Key': 'deploy-42' };
    for (const _ of [1, 2]) {
      const answer = await ask('POST', '/masters/orders/failover', {}, key);
      expect([answer.status, answer.json['command']]).toEqual([202, 'deploy-42']);
    }
    expectProblem(await ask('POST', '/masters/orders/failover'), 409, 'in-progress');
    expectProblem(
      await ask('POST', '/masters/orders/failover', {}, { 'Idempotency-Key': 'a b' }),
      400,
      'invalid-parameter',
    );
  });

  test.each<[string, Record<string, unknown>, number, string]>([
    ['to a node that is none of its', { to: '10.0.1.5:9999' }, 409, 'no-good-replica'],
    ['to the master', { to: '10.0.1.5:6379' }, 409, 'is-the-master'],
    ['to no address', { to: 'there' }, 422, 'faults'],
    ['of an unclear kind', { coordinated: 'yes' }, 422, 'faults'],
    ['with a field too many', { force: true }, 422, 'faults'],
  ])('%s is refused', async (_, body, status, type) => {
    const before = table();
    expectProblem(await ask('POST', '/masters/orders/failover', body), status, type);
    expect(table()).toEqual(before);
  });

  test('of a paused master is refused, and says to resume it', async () => {
    await ask('POST', '/masters/orders/pause');
    const answer = await ask('POST', '/masters/orders/failover');
    expectProblem(answer, 409, 'paused');
    expect(answer.json['detail']).toBe('orders is paused: resume it first.');
  });

  test.each(['21', '-1', '1.5', 'x', '', '100', '5m'])(
    'with a wait of %o is 400, and not begun',
    async (wait) => {
      expectProblem(await ask('POST', `/masters/orders/failover?wait=${wait}`), 400, 'invalid-parameter');
      expect(await endpoint.stateOf('orders')).not.toHaveProperty('command');
    },
  );

  test('that never was is 404', async () => {
    expectProblem(await ask('GET', '/masters/orders/commands/nothing'), 404, 'unknown-command');
    expectProblem(await ask('GET', '/masters/nobody/commands/nothing?wait=1'), 404, 'unknown-command');
  });
});

describe('pause, resume and reset', () => {
  test('pause holds, resume is carried out by a sentinel', async () => {
    const paused = await ask('POST', '/masters/orders/pause');
    expect([paused.status, paused.json]).toMatchObject([
      200,
      { changed: true, master: { paused: { by: 'operate' } } },
    ]);
    expect((await ask('POST', '/masters/orders/pause')).json).toMatchObject({ changed: false });
    const resumed = await ask('POST', '/masters/orders/resume');
    const { command } = await endpoint.stateOf('orders');
    expect([resumed.status, resumed.json['command'], command?.kind]).toEqual([202, command?.id, 'resume']);
  });

  test('resume of what is not paused is 200 and nothing', async () => {
    const answer = await ask('POST', '/masters/orders/resume', {});
    expect([answer.status, answer.json['changed']]).toEqual([200, false]);
  });

  test('reset forgets what went wrong of this master alone', async () => {
    await endpoint.store.createState(monitored('orders2'));
    expect((await ask('POST', '/masters/orders/reset')).json).toEqual({ name: 'orders', reset: true });
    expect((await endpoint.stateOf('orders')).events.at(-1)).toMatchObject({ type: '+reset-master' });
    expect((await endpoint.stateOf('orders2')).events).toHaveLength(1);
    await endpoint.having('orders', withFailover);
    expectProblem(await ask('POST', '/masters/orders/reset'), 409, 'in-progress');
  });

  test.each(['failover', 'pause', 'resume', 'reset'])('%s of nobody is 404', async (what) => {
    expectProblem(await ask('POST', `/masters/nobody/${what}`), 404, 'unknown-master');
  });

  test.each(['pause', 'resume', 'reset'])('%s takes no field', async (what) => {
    const before = table();
    const answer = await ask('POST', `/masters/orders/${what}`, { force: 'hunter2' });
    expectProblem(answer, 422, 'faults');
    expect(answer.json['faults']).toEqual([{ directive: 'force', value: '…', allowed: 'no field at all' }]);
    expect(table()).toEqual(before);
  });
});

describe('a body', () => {
  test.each(['{', 'null', '[]', '"x"', '5', ' ', '{"a":1}{', '\u0000'])('such as %o is 400', async (body) => {
    expectProblem(await ask('PUT', '/masters/carts', body), 400, 'malformed-body');
  });

  test('that is no UTF-8 is 400', async () => {
    const body = Buffer.concat([Buffer.from('{"host":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    const headers = { 'Content-Type': 'application/json' };
    const response = await endpoint.app.request('/masters/carts', { method: 'PUT', headers, body });
    expect(response.status).toBe(400);
  });

  test.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])(
    'of type %s is 415, and told what is taken',
    async (type) => {
      const answer = await ask('POST', '/masters/orders/failover', '{}', { 'Content-Type': type ?? '' });
      expectProblem(answer, 415, 'unsupported-media-type');
      expect(answer.headers.get('Accept')).toBe('application/json');
      expect(await endpoint.stateOf('orders')).not.toHaveProperty('command');
    },
  );

  test.each([
    ['that says how long it is', true],
    ['that comes in pieces', false],
  ])('%s is 413 beyond 64 KiB', async (_, sized) => {
    const headers = { 'Content-Type': 'application/json' };
    const long = ' '.repeat(64 * 1024 - 1);
    const fits = await endpoint.app.request('/masters/orders/pause', {
      method: 'POST',
      headers,
      body: `${long.slice(1)}{}`,
    });
    expect(fits.status).toBe(200);
    let pulled = 0;
    const pieces = new ReadableStream({
      pull(controller) {
        pulled += 1;
        if (pulled > 1024) controller.close();
        else controller.enqueue(Buffer.alloc(1024, ' '));
      },
    });
    const body = sized ? `${long}{}` : pieces;
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    const answer = await endpoint.app.request('/masters/orders/resume', init);
    expect([answer.status, await answer.json()]).toMatchObject([413, { title: 'Content Too Large' }]);
    expect(pulled).toBeLessThan(70);
  });
});

describe('a path', () => {
  test.each([
    ['GET', '/masters/orders', 'PUT, PATCH, DELETE'],
    ['POST', '/masters/orders', 'PUT, PATCH, DELETE'],
    ['GET', '/masters/orders/failover', 'POST'],
    ['POST', '/masters/orders/commands/x', 'GET, HEAD'],
    ['OPTIONS', '/sentinels/a', 'DELETE'],
  ])('%s %s is 405, with what is allowed', async (method, path, allow) => {
    const answer = await ask(method, path);
    expectProblem(answer, 405, 'method-not-allowed');
    expect(answer.headers.get('Allow')).toBe(allow);
  });

  test.each(['/', '/masters', '/masters/orders/', '/masters/orders/explode', '/health', '/sentinels'])(
    'such as %s is 404',
    async (path) => expectProblem(await ask('POST', path), 404, 'not-found'),
  );

  test.each([
    '/masters/a%20b',
    '/masters/%E0%A4%A',
    `/masters/${'x'.repeat(129)}`,
    '/sentinels/a%00',
    '/masters/*',
  ])('with a name such as %s is 400', async (path) =>
    expectProblem(await ask('DELETE', path), 400, 'invalid-name'),
  );
});

describe('the table', () => {
  test('out of reach is 503: it is not known what was done', async () => {
    endpoint.network.cut = true;
    const answer = await ask('PATCH', '/masters/orders', { directives: { quorum: 1 } });
    expectProblem(answer, 503, 'table-unavailable');
    expect(answer.json['detail']).toMatch(/not known whether this was done/);
    expect(answer.headers.get('Retry-After')).toBe('2');
    expect(endpoint.log.join()).toContain('error PATCH /masters/orders failed: no answer to readState');
  });

  test('in which others write first each time is 409, to be sent again', async () => {
    const { store } = endpoint;
    const write = store.compareAndSet.bind(store);
    store.compareAndSet = async (seen, next) => {
      await write(seen, { ...seen, lastSeq: seen.lastSeq + 1 });
      return write(seen, next);
    };
    const answer = await ask('PATCH', '/masters/orders', { directives: { quorum: 1 } });
    expectProblem(answer, 409, 'contended');
    expect(answer.headers.get('Retry-After')).toBe('1');
  });
});

describe('a password', () => {
  const GIVEN = { directives: { quorum: 2, 'auth-pass': 'hunter2' } };
  const everything = (answers: readonly Answered[]) =>
    [
      ...answers.flatMap(({ text, headers }) => [text, ...headers.values()]),
      ...endpoint.log,
      ...table(),
    ].join();

  test('is kept encrypted, and told in no answer, line, item or event', async () => {
    const answers = [
      await ask('PUT', '/masters/carts', { ...CARTS, ...GIVEN }),
      await ask('PATCH', '/masters/orders', GIVEN),
      await ask('PATCH', '/masters/orders', { directives: { 'auth-pass': 'hunter3' } }),
      await ask('POST', '/masters/orders/pause'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200]);
    expect(answers[0]?.json['directives']).toMatchObject({ 'auth-pass': '******' });
    expect((await endpoint.stateOf('orders')).directives.authPass).toMatch(/^stored:/);
    expect(everything(answers)).not.toContain('hunter');
    expect(answers.map(({ text }) => text).join()).not.toContain('stored:');
  });

  test('where nobody keeps one is 422, and not repeated', async () => {
    endpoint = createOperateEndpoint({ keepsPasswords: false });
    const answer = await ask('PUT', '/masters/carts', { ...CARTS, ...GIVEN });
    expectProblem(answer, 422, 'faults');
    expect(answer.json['faults']).toMatchObject([{ directive: 'auth-pass', value: '******' }]);
    expect(everything([answer])).not.toContain('hunter2');
  });

  test.each<[string, unknown]>([
    ['is misspelt', { directives: { quorum: 2, 'auth-passwd': 'hunter2' } }],
    ['is at the wrong level', { ...CARTS, 'auth-pass': 'hunter2' }],
    ['is in a field that is none', { ...CARTS, directive: { 'auth-pass': 'hunter2' } }],
    ['is in a list', { ...CARTS, directives: ['auth-pass', 'hunter2'] }],
    ['is in a map', { ...CARTS, directives: { quorum: 2, 'auth-pass': { is: 'hunter2' } } }],
    ['is in a body that is no JSON', '{"directives":{"auth-pass":hunter2}}'],
  ])('that %s is refused, and not repeated', async (_, body) => {
    const answer = await ask('PUT', '/masters/carts', body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(everything([answer])).not.toContain('hunter2');
  });
});
