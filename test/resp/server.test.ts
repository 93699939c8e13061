/** What clients may do to a gateway, and what they may not do to each other. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import { until } from '../../src/local/until.ts';
import type { GatewayOptions } from '../../src/resp/gateway.ts';
import { monitored, startFixture } from './gateway-fixture.ts';
import { isKind, request, WireClient } from './wire-client.ts';

const MASTER = 'master mymaster 127.0.0.1 7000';

/** As a sentinel would write it. */
const withEvent =
  (type: string, payload = MASTER) =>
  (state: MasterState) => ({
    ...state,
    events: [...state.events, { seq: state.lastSeq + 1, at: Date.now(), by: 'a', type, payload }].slice(-32),
    lastSeq: state.lastSeq + 1,
  });

describe('a gateway that others than this machine reach', () => {
  test.each<[Partial<GatewayOptions>]>([
    [{ host: '0.0.0.0' }],
    [{ host: '::' }],
    [{ host: '10.1.2.3' }],
    [{ host: '0.0.0.0', users: [{ name: 'default', rules: 'on nopass +@all' }] }],
  ])('does not begin without a password: %j', async (options) => {
    await expect(startFixture(options)).rejects.toThrow(/asks nobody for a password: give it a password/);
  });

  test.each<[Partial<GatewayOptions>]>([
    [{ host: '0.0.0.0', requirePass: 'secret' }],
    [{ host: '0.0.0.0', users: [{ name: 'ann', rules: 'on >x +@all' }] }],
  ])('begins with one: %j', async (options) => {
    const { client } = await startFixture(options);
    expect(await (await client()).ask('PING')).toEqual({ error: 'NOAUTH Authentication required.' });
  });
});

test.each<[Partial<GatewayOptions>, RegExp]>([
  [{ allowOperate: true, operations: undefined as never }, /was given no operations/],
  [{ users: [{ name: 'ann', rules: 'on nothing' }] }, /user ann: modifier 'nothing': Syntax error/],
  [{ users: [{ name: 'a b', rules: 'on' }] }, /is no name of a user/],
  [{ pollMs: 0 }, /pollMs 0: allowed are/],
  [{ tls: { cert: 'x', key: 'y' } }, /PEM|no start line/i],
])('a gateway does not begin with %j', async (options, message) => {
  await expect(startFixture(options)).rejects.toThrow(message);
});

it('says which port is taken', async () => {
  const { port } = await startFixture();
  await expect(startFixture({ port })).rejects.toThrow(`the gateway cannot listen at 127.0.0.1:${port}: `);
});

describe('who logs in', () => {
  const options = {
    requirePass: 'secret',
    users: [{ name: 'ann', rules: 'on >hers +sentinel|masters +subscribe &+switch-master' }],
  };

  it.each([
    [['AUTH', 'secret'], { simple: 'OK' }],
    [['AUTH', 'default', 'secret'], { simple: 'OK' }],
    [['AUTH', 'ann', 'hers'], { simple: 'OK' }],
    [['AUTH', 'wrong'], { error: 'WRONGPASS invalid username-password pair or user is disabled.' }],
    [['AUTH', 'ann', 'secret'], { error: 'WRONGPASS invalid username-password pair or user is disabled.' }],
  ])('by %j gets %j', async (words, reply) => {
    const { client } = await startFixture(options);
    const one = await client();
    expect(await one.ask(...words)).toEqual(reply);
    const after = await one.ask('SENTINEL', 'MASTERS');
    expect(isKind(after, 'error')).toBe('error' in reply);
  });

  it('by HELLO is in at once, in the version that was asked for', async () => {
    const { client } = await startFixture(options);
    const one = await client();
    expect(await one.ask('HELLO', '3')).toMatchObject({
      error: expect.stringMatching(/^NOAUTH HELLO must be called/),
    });
    expect(await one.ask('HELLO', '3', 'AUTH', 'ann', 'hers', 'SETNAME', 'me')).toHaveProperty('map');
    expect(await one.ask('SENTINEL', 'MASTERS')).toEqual([]);
    expect(await one.ask('PING')).toEqual({
      error: "NOPERM this user has no permissions to run the 'ping' command",
    });
    expect(await one.ask('SUBSCRIBE', '+sdown')).toMatchObject({ error: expect.stringMatching(/^NOPERM/) });
    expect(await one.ask('SUBSCRIBE', '+switch-master')).toEqual({
      push: ['subscribe', '+switch-master', 1],
    });
  });

  it('with a wrong password is noted, without the password', async () => {
    const { client } = await startFixture(options);
    const [one, admin] = [await client(), await client()];
    await one.ask('AUTH', 'ann', 'guessed-password');
    await one.ask('AUTH', 'ann', 'guessed-password');
    await admin.ask('AUTH', 'secret');
    const log = JSON.stringify(await admin.ask('ACL', 'LOG'));
    expect(log).toContain('"count",2,"reason","auth"');
    expect(log).not.toContain('guessed-password');
  });
});

describe('a stream of bytes', () => {
  it.each([
    ['malformed', '*1\r\nPING\r\n', "ERR Protocol error: expected '$', got 'P'"],
    ['an endless line', 'x'.repeat(200_000), 'ERR Protocol error: too big inline request'],
    [
      'a word that is too long',
      `*1\r\n$70000\r\n${'x'.repeat(200_000)}`,
      'ERR Protocol error: invalid bulk length',
    ],
  ])('that is %s ends its connection with the reason, and no other', async (_, bytes, message) => {
    const { client } = await startFixture();
    const [bad, good] = [await client(), await client()];
    bad.write(bytes);
    expect(await bad.next()).toEqual({ error: message });
    await bad.untilClosed();
    expect(await good.ask('PING')).toEqual({ simple: 'PONG' });
  });

  it('that stops half-way is ended, and one that has not begun is not', async () => {
    const { client } = await startFixture({ patienceMs: 300 });
    const [half, idle] = [await client(), await client()];
    half.write('*2\r\n$4\r\nPING\r\n');
    expect(await half.next()).toEqual({
      error: 'ERR Protocol error: the request was begun and did not end in time',
    });
    await half.untilClosed();
    expect(await idle.ask('PING')).toEqual({ simple: 'PONG' });
  });

  it('that drips is ended as well', async () => {
    const { client } = await startFixture({ patienceMs: 300 });
    const slow = await client();
    slow.write('*1\r\n$60000\r\n');
    const timer = setInterval(() => slow.write('x'), 20);
    onTestFinished(() => clearInterval(timer));
    expect(await slow.next()).toMatchObject({ error: expect.stringMatching(/did not end in time/) });
  });

  it('of many requests at once is answered in their order', async () => {
    const { client } = await startFixture({ before: monitored });
    const one = await client();
    const all = Array.from({ length: 2000 }, (_, i) =>
      request(i % 3 === 0 ? ['SENTINEL', 'MYID'] : ['PING', String(i)]),
    );
    one.write(Buffer.concat(all));
    for (let i = 0; i < 2000; i++) {
      const reply = await one.next();
      if (i % 3 === 0) expect(reply).toMatch(/^[0-9a-f]{40}$/);
      else expect(reply).toBe(String(i));
    }
  });

  it('that is HTTP is not carried out', async () => {
    const { client, log } = await startFixture();
    const one = await client();
    one.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nSENTINEL RESET *\r\n');
    await one.untilClosed();
    expect(one.received).toEqual([]);
    expect(log).toContainEqual(expect.stringMatching(/^warn closed client \d+, which speaks HTTP/));
  });
});

describe('a client that does not read', () => {
  it('what it is told is closed, and the others are told on', async () => {
    const { client, having, log } = await startFixture({ before: monitored, outputBytesMax: 65_536 });
    const [slow, good] = [await client(), await client()];
    await slow.ask('SUBSCRIBE', '+load');
    await good.ask('SUBSCRIBE', '+load');
    slow.socket.pause();
    const payload = 'x'.repeat(100_000);
    let told = 0;
    await until(
      'the slow client closed',
      async () => {
        await having('mymaster', withEvent('+load', payload));
        told += 1;
        expect(await good.next('an event')).toEqual(['message', '+load', payload]);
        return log.some((line) => /closed client \d+, which left \d+ bytes unread/.test(line));
      },
      { timeoutMs: 20_000 },
    );
    expect(told).toBeLessThan(500);
    expect(await good.ask('PING')).toEqual(['pong', '']);
  });

  it('its answers is not read from either, and closed in the end', async () => {
    const { client, log } = await startFixture({ patienceMs: 500 });
    const [slow, good] = [await client(), await client()];
    slow.socket.pause();
    const commands = Buffer.concat(Array.from({ length: 100 }, () => request(['COMMAND'])));
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 400; i++) slow.write(commands); // answered in full these were 400 MB
    await until(
      'the slow client closed',
      () => log.some((line) => line.includes('does not read its answers')),
      { timeoutMs: 20_000 },
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
    expect(await good.ask('PING')).toEqual({ simple: 'PONG' });
  });
});

it('a thousand idle connections and 200 subscribers cost little, and each subscriber is told', {
  timeout: 120_000,
}, async () => {
  const { port, having, client } = await startFixture({ before: monitored });
  const clients: WireClient[] = [];
  onTestFinished(() => {
    for (const one of clients) one.end();
  });
  const before = process.memoryUsage();
  for (let i = 0; i < 1000; i++) clients.push(await WireClient.to(port));
  const subscribers = clients.slice(0, 200);
  for (const [i, one] of subscribers.entries())
    await one.ask(...(i % 2 ? ['SUBSCRIBE', '+switch-master'] : ['PSUBSCRIBE', '*']));
  await having('mymaster', withEvent('+switch-master', 'mymaster 127.0.0.1 7000 127.0.0.1 7001'));
  for (const [i, one] of subscribers.entries()) {
    expect(await one.next('the event')).toEqual([
      ...(i % 2 ? ['message'] : ['pmessage', '*']),
      '+switch-master',
      'mymaster 127.0.0.1 7000 127.0.0.1 7001',
    ]);
  }
  expect(await (await client()).ask('PING')).toEqual({ simple: 'PONG' });
  const after = process.memoryUsage();
  expect(after.rss - before.rss).toBeLessThan(150_000_000); // both ends of each connection are in this process
});

it('a client more than are allowed is told so', async () => {
  const { client } = await startFixture({ maxClients: 2 });
  const [one] = [await client(), await client()];
  await one?.ask('PING');
  const third = await client();
  expect(await third.next()).toEqual({ error: 'ERR max number of clients reached' });
  await third.untilClosed();
  one?.end();
  await until(
    'a place again',
    async () => {
      const next = await client();
      next.send('PING');
      return 'simple' in Object(await next.next());
    },
    { timeoutMs: 10_000 },
  );
});

it('a client has so many subscriptions and no more', async () => {
  const { client } = await startFixture();
  const one = await client();
  const names = Array.from({ length: 1000 }, (_, i) => `c${i}`);
  one.send('SUBSCRIBE', ...names);
  await until('all of them', () => one.received.length === 1000, { timeoutMs: 10_000 });
  one.received.length = 0;
  expect(await one.ask('SUBSCRIBE', ...names.slice(0, 100))).toEqual({
    error: 'ERR A client may have 1024 subscriptions at most',
  });
});

describe('when the table is not reached', () => {
  it('the last answer is given, and INFO and the log say so', async () => {
    const { client, network, log, having } = await startFixture({ before: monitored });
    const one = await client();
    expect(await one.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')).toEqual(['127.0.0.1', '7000']);
    network.cut = true;
    await until(
      'the log to say so',
      () => log.some((line) => line.startsWith('error the table is not reached')),
      { timeoutMs: 10_000 },
    );
    expect(await one.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')).toEqual(['127.0.0.1', '7000']);
    expect(await one.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'other')).toEqual({ nullArray: true });
    expect(await one.ask('INFO', 'sentinel')).toMatch(
      /sentinel_table:unreachable\r\nsentinel_table_age_ms:\d+\r\n/,
    );
    expect(log.filter((line) => line.startsWith('error the table is not reached'))).toHaveLength(1);

    await having('mymaster', (state) => ({
      ...state,
      master: { address: { host: '127.0.0.1', port: 7001 } },
    }));
    network.cut = false;
    await until('the log to say that it is over', () => log.some((line) => line.includes('reached again')), {
      timeoutMs: 10_000,
    });
    await until(
      'the new answer',
      async () => {
        const [, port] = (await one.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')) as string[];
        return port === '7001';
      },
      { timeoutMs: 10_000 },
    );
    expect(await one.ask('INFO', 'sentinel')).toMatch(/sentinel_table:ok\r\n/);
  });

  it('and never was, no answer is made up', async () => {
    const { client, network } = await startFixture({ before: monitored, cut: true });
    const one = await client();
    for (const words of [['GET-MASTER-ADDR-BY-NAME', 'mymaster'], ['MASTERS'], ['MASTER', 'mymaster']]) {
      expect(await one.ask('SENTINEL', ...words)).toMatchObject({
        error: expect.stringMatching(/^TRYAGAIN The table has not been reached/),
      });
    }
    expect(await one.ask('PING')).toEqual({ simple: 'PONG' });
    network.cut = false;
    await until(
      'an answer',
      async () => Array.isArray(await one.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')),
      { timeoutMs: 10_000 },
    );
  });

  it('a change is answered with what is not known of it', async () => {
    const { client, network } = await startFixture({ before: monitored, allowOperate: true });
    const one = await client();
    network.cut = true;
    expect(await one.ask('SENTINEL', 'SET', 'mymaster', 'quorum', '1')).toMatchObject({
      error: expect.stringMatching(/^TRYAGAIN The table did not answer/),
    });
  });
});

describe('TLS', () => {
  const dir = mkdtempSync(join(tmpdir(), 'gateway-tls-'));
  const pem = (name: string) => readFileSync(join(dir, `${name}.pem`), 'utf8');
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
  const certificate = (name: string, ...more: string[]) =>
    run(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      ...more,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}-key.pem`,
      '-out',
      `${name}.pem`,
    );
  certificate('server');
  certificate('client');
  onTestFinishedOnce(() => rmSync(dir, { recursive: true }));

  it('serves who speaks it, and disturbs nobody for who does not', async () => {
    const { port } = await startFixture({
      before: monitored,
      tls: { cert: pem('server'), key: pem('server-key') },
    });
    const plain = await WireClient.to(port);
    plain.write('PING\r\n');
    await plain.untilClosed();
    const secure = await WireClient.to(port, { ca: pem('server'), servername: 'server' });
    onTestFinished(() => secure.end());
    expect(await secure.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')).toEqual([
      '127.0.0.1',
      '7000',
    ]);
  });

  it('asks clients for a certificate when it is told whom to trust', async () => {
    const { port } = await startFixture({
      tls: { cert: pem('server'), key: pem('server-key'), ca: pem('client') },
    });
    const tls = { ca: pem('server'), servername: 'server' };
    const known = await WireClient.to(port, { ...tls, cert: pem('client'), key: pem('client-key') });
    onTestFinished(() => known.end());
    expect(await known.ask('PING')).toEqual({ simple: 'PONG' });
    const unknown = await WireClient.to(port, tls);
    unknown.send('PING');
    await unknown.untilClosed();
    expect(unknown.received).toEqual([]);
  });
});

function onTestFinishedOnce(clean: () => void): void {
  process.once('exit', clean);
}

describe('the end', () => {
  it('of a gateway ends every connection, and frees its port', async () => {
    const { gateway, client, port } = await startFixture();
    const one = await client();
    await one.ask('PING');
    await Promise.all([gateway.close(), gateway.close()]);
    await gateway.closed;
    await one.untilClosed();
    await startFixture({ port });
  });

  it('may be asked for by SHUTDOWN where changes are allowed', async () => {
    const { gateway, client } = await startFixture({ allowOperate: true });
    const one = await client();
    expect(await one.ask('SHUTDOWN', 'ABORT')).toEqual({ error: 'ERR No shutdown in progress.' });
    one.send('SHUTDOWN', 'NOSAVE');
    await gateway.closed;
    await one.untilClosed();
    expect(one.received).toEqual([]);
  });

  it('of a connection is what QUIT asks for', async () => {
    const { client } = await startFixture();
    const one = await client();
    expect(await one.ask('QUIT')).toEqual({ simple: 'OK' });
    await one.untilClosed();
  });
});

describe('CLIENT', () => {
  it('LIST and KILL know who is there', async () => {
    const { client } = await startFixture({ allowOperate: true });
    const [admin, one, two] = [await client(), await client(), await client()];
    await one.ask('CLIENT', 'SETNAME', 'one');
    await one.ask('CLIENT', 'SETINFO', 'LIB-NAME', 'lib');
    const id = await one.ask('CLIENT', 'ID');
    await two.ask('SUBSCRIBE', 'x');
    const list = (await admin.ask('CLIENT', 'LIST')) as string;
    expect(list.trim().split('\n')).toHaveLength(3);
    expect(list).toMatch(/ name=one .* cmd=client\|id user=default .*lib-name=lib /);
    expect(await admin.ask('CLIENT', 'LIST', 'TYPE', 'pubsub')).toMatch(/ flags=P .* sub=1 /);
    expect(await admin.ask('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBe(1);
    await two.untilClosed();
    expect(await admin.ask('CLIENT', 'KILL', 'ID', String(id), 'USER', 'nobody')).toBe(0);
    expect(await admin.ask('CLIENT', 'KILL', 'ID', String(id))).toBe(1);
    await one.untilClosed();
    expect(await admin.ask('CLIENT', 'KILL', 'SKIPME', 'no')).toBe(1);
    await admin.untilClosed();
  });

  it('PAUSE holds everybody back until UNPAUSE', async () => {
    const { client, having } = await startFixture({ before: monitored, allowOperate: true });
    const [admin, one, subscriber] = [await client(), await client(), await client()];
    await subscriber.ask('SUBSCRIBE', '+test');
    await admin.ask('CLIENT', 'PAUSE', '60000');
    one.send('PING');
    await having('mymaster', withEvent('+test'));
    expect(await subscriber.next('an event, which is no command')).toEqual(['message', '+test', MASTER]);
    expect(one.received).toEqual([]);
    expect(await admin.ask('CLIENT', 'UNPAUSE')).toEqual({ simple: 'OK' });
    expect(await one.next()).toEqual({ simple: 'PONG' });
  });

  it('REPLY OFF is obeyed, and events come all the same', async () => {
    const { client, having } = await startFixture({ before: monitored });
    const one = await client();
    await one.ask('HELLO', '3');
    await one.ask('SUBSCRIBE', '+test');
    one.send('CLIENT', 'REPLY', 'OFF');
    one.send('PING');
    await having('mymaster', withEvent('+test'));
    expect(await one.next()).toEqual({ push: ['message', '+test', MASTER] });
    expect(await one.ask('CLIENT', 'REPLY', 'ON')).toEqual({ simple: 'OK' });
  });
});

it('masters that come and go while it runs are told of', async () => {
  const { client, operator } = await startFixture();
  const one = await client();
  await one.ask('PSUBSCRIBE', '*monitor');
  const request = { name: 'new', host: '127.0.0.1', port: await freePort(), directives: { quorum: 1 } };
  for (let i = 0; i < 2; i++) {
    await operator.monitor(request, 'test');
    expect(await one.next('+monitor')).toEqual([
      'pmessage',
      '*monitor',
      '+monitor',
      `master new 127.0.0.1 ${request.port} quorum 1`,
    ]);
    await operator.remove('new', 'test');
    expect(await one.next('-monitor')).toEqual([
      'pmessage',
      '*monitor',
      '-monitor',
      `master new 127.0.0.1 ${request.port}`,
    ]);
  }
});
