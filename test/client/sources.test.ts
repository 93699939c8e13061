/** The resolver against a server that says what a test wants, and against a table. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { createResolver, UnknownMaster } from '../../src/client/resolver.ts';
import type { MasterState } from '../../src/core/model.ts';
import { monitor } from '../../src/core/operations/monitor.ts';
import { until } from '../../src/local/until.ts';
import { checked } from '../../src/sentinel/operate.ts';

const BODY = {
  name: 'mymaster',
  host: '10.0.0.1',
  port: 6379,
  status: 'ok',
  replicas: [{ address: '10.0.0.2:6380', host: '10.0.0.2', port: 6380 }],
};

type Answer = (request: IncomingMessage, reply: ServerResponse) => void;

/** @returns its URL, and the requests it got */
async function endpoint(answer: () => Answer) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, reply) => {
    requests.push(request);
    answer()(request, reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const json =
  (body: unknown, { status = 200, type = 'application/json', etag = '' } = {}): Answer =>
  (_, reply) => {
    reply.writeHead(status, { 'content-type': type, ...(etag && { etag }) });
    reply.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

describe('over HTTP', () => {
  test('master and replicas are told', async () => {
    const { url, requests } = await endpoint(() => json(BODY));
    const resolver = createResolver({ url: `${url}/` });
    expect(await resolver.master('mymaster')).toEqual({ host: '10.0.0.1', port: 6379 });
    expect(await resolver.replicas('mymaster')).toEqual([{ host: '10.0.0.2', port: 6380 }]);
    expect(requests[0]?.url).toBe('/masters/mymaster');
  });

  test('text alone is enough', async () => {
    const { url } = await endpoint(() => json('[fd00::1]:6379\n', { type: 'text/plain; charset=utf-8' }));
    expect(await createResolver({ url }).master('mymaster')).toEqual({ host: 'fd00::1', port: 6379 });
  });

  test('the ETag is sent back, and 304 is the answer before', async () => {
    const { url, requests } = await endpoint(() => (request, reply) => {
      if (request.headers['if-none-match'] === '"1-json"') reply.writeHead(304).end();
      else json(BODY, { etag: '"1-json"' })(request, reply);
    });
    const resolver = createResolver({ url });
    await resolver.master('mymaster');
    expect(await resolver.master('mymaster')).toEqual({ host: '10.0.0.1', port: 6379 });
    expect(requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1-json"']);
  });

  test('a token, or what gives the present one, is sent as bearer', async () => {
    const { url, requests } = await endpoint(() => json(BODY));
    await createResolver({ url, token: 'abc' }).master('m');
    await createResolver({ url, token: async () => 'def' }).master('m');
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer abc', 'Bearer def']);
  });

  test('another fetch may sign what is sent', async () => {
    const { url, requests } = await endpoint(() => json(BODY));
    const signing = (to: string, init: RequestInit) =>
      fetch(to, { ...init, headers: { ...(init.headers as Record<string, string>), 'x-amz-date': 'now' } });
    await createResolver({ url, fetch: signing }).master('mymaster');
    expect(requests[0]?.headers['x-amz-date']).toBe('now');
  });

  test('questions that come together are asked once', async () => {
    const { url, requests } = await endpoint(() => json(BODY));
    const resolver = createResolver({ url });
    await Promise.all(Array.from({ length: 20 }, () => resolver.master('mymaster')));
    expect(requests).toHaveLength(1);
    await resolver.master('mymaster');
    expect(requests).toHaveLength(2);
  });

  test('a name that is not monitored is UnknownMaster', async () => {
    const problem = { type: '/problems#unknown-master', title: 'No such master', status: 404 };
    const { url } = await endpoint(() => json(problem, { status: 404, type: 'application/problem+json' }));
    await expect(createResolver({ url }).master('nobody')).rejects.toThrow(UnknownMaster);
    await expect(createResolver({ url }).master('no body')).rejects.toThrow(
      /"no body" is no name of a master/,
    );
  });

  test.each<[string, Answer, RegExp]>([
    ['another 404', json('<html>', { status: 404, type: 'text/html' }), /answers 404/],
    [
      'an error',
      json({ title: 'Unavailable', detail: 'the table' }, { status: 503 }),
      /answers 503 \(Unavailable: the table\)/,
    ],
    ['401', json({ title: 'Unauthorized' }, { status: 401 }), /answers 401 \(Unauthorized\)/],
    ['no JSON', json('nonsense'), /answers what is no master/],
    ['no address', json({ ...BODY, port: 'x' }), /answers what is no master/],
    ['an address that is none', json({ ...BODY, host: 'a b' }), /answers what is no master/],
    ['a page', json('<html>', { type: 'text/html' }), /answers what is no master/],
    ['a broken connection', (request) => request.socket.destroy(), /cannot be reached/],
  ])('%s is an error that says so', async (_, answer, why) => {
    const { url } = await endpoint(() => answer);
    await expect(createResolver({ url }).master('mymaster')).rejects.toThrow(why);
  });

  test('no answer in time is an error that says so', async () => {
    const { url } = await endpoint(() => () => {});
    await expect(createResolver({ url, timeoutMs: 100 }).master('m')).rejects.toThrow(/no answer in time/);
  });
});

test('from a table the same is told, and a tombstone is no master', async () => {
  const now = systemClock.now();
  const request = {
    name: 'mymaster',
    host: '10.0.0.1',
    port: 6379,
    directives: { quorum: 1 },
    replicas: ['10.0.0.2:6380', '10.0.0.3:6380', '10.0.0.4:6380'],
  };
  const first = checked(monitor(request, 'test', now));
  const [shown, hidden, strange] = Object.values(first.replicas);
  if (!shown || !hidden || !strange) throw new Error('three replicas were declared');
  let state: MasterState | undefined = {
    ...first,
    replicas: { a: shown, b: { ...hidden, announced: false }, c: { ...strange, stranger: 'another group' } },
    outage: { since: now.wall, masterValidAt: now.wall },
  };
  const resolver = createResolver({ table: { readState: async () => state } });
  expect(await resolver.resolve('mymaster')).toEqual({
    name: 'mymaster',
    master: { host: '10.0.0.1', port: 6379 },
    status: 'odown',
    replicas: [{ host: '10.0.0.2', port: 6380 }],
  });
  state = { ...state, removed: now.wall };
  await expect(resolver.master('mymaster')).rejects.toThrow(UnknownMaster);
});

describe('who follows a name', () => {
  test('is told where the master is, and of each move once', async () => {
    let port = 6379;
    const { url } = await endpoint(() => json({ ...BODY, port }));
    const resolver = createResolver({ url, pollMs: 20, alertPollMs: 10 });
    const told: number[] = [];
    const follower = resolver.follow('mymaster', (master) => told.push(master.port));
    onTestFinished(() => follower.end());
    await until('the first address', () => told.length === 1, { timeoutMs: 10_000 });
    port = 6380;
    await until('the second address', () => told.length === 2, { timeoutMs: 10_000 });
    expect(told).toEqual([6379, 6380]);
  });

  test('hears of trouble, and that it is over', async () => {
    let up = false;
    const { url } = await endpoint(() => (up ? json(BODY) : json('', { status: 500 })));
    const resolver = createResolver({ url, pollMs: 20, alertPollMs: 10 });
    const told: string[] = [];
    const follower = resolver.follow(
      'mymaster',
      ({ host }) => told.push(host),
      ({ message }) => told.push(message.replace(/.* answers/, 'answers')),
    );
    onTestFinished(() => follower.end());
    await until('trouble', () => told.includes('answers 500'), { timeoutMs: 10_000 });
    up = true;
    await until('an address', () => told.at(-1) === '10.0.0.1', { timeoutMs: 10_000 });
  });

  test('shares its questions with all who do, and asks no more when all have ended', async () => {
    const { url, requests } = await endpoint(() => json(BODY));
    const resolver = createResolver({ url, pollMs: 20, alertPollMs: 10 });
    let told = 0;
    const followers = Array.from({ length: 50 }, () => resolver.follow('mymaster', () => told++));
    await until('all told', () => told === 50, { timeoutMs: 10_000 });
    const before = requests.length;
    await until('three more questions', () => requests.length >= before + 3, { timeoutMs: 10_000 });
    // fifty that each asked for itself would have asked a hundred times and more by now
    expect(requests.length).toBeLessThan(50);
    for (const follower of followers) follower.end();
    const last = await resolver.resolve('mymaster').then(() => requests.length);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(requests.length).toBe(last);
  });
});

test.each([
  [{}, /the url of the read endpoint or a table/],
  [{ url: 'http://x', table: { readState: async () => undefined } }, /one of them/],
  [{ url: 'ftp://x' }, /url "ftp:\/\/x": allowed is/],
  [{ url: 'nonsense' }, /url "nonsense": allowed is/],
  [{ url: 'http://x', pollMs: 0 }, /pollMs 0: allowed is/],
])('options that are none are refused: %j', (options, why) => {
  expect(() => createResolver(options)).toThrow(why);
});
