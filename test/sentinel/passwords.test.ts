/** The nodes' password: wrong it is no outage, changed it is none either, and it is told nowhere. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { nodeId } from '../../src/core/model.ts';
import { createReadApp } from '../../src/http/read-app.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { type Fixture, later, PATIENTLY, startFixture } from './fixture.ts';
import { knows } from './group.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

const DOWN_AFTER_MS = 500;
const RIGHT = 'correct-horse';
const SENTINEL = 'sentinel on >s3ntinel ~* &* +@all';

/** Comes in whatever becomes of the password. */
function admin(server: RedisServer) {
  return server.client({ username: 'admin', password: 'any' });
}

/** A master and a replica behind a password, with a second user that has every right. */
async function secured(password: string) {
  const config = { requirepass: password, masterauth: password, user: 'admin on nopass ~* &* +@all' };
  const master = await fixture.redis(undefined, config);
  const replica = await fixture.redis(master.address, config);
  for (const node of [master, replica]) await admin(node).call('ACL', 'SETUSER', ...SENTINEL.split(' '));
  const up = async () => (await admin(replica).info('replication')).includes('master_link_status:up');
  await until('the link up', up, PATIENTLY);
  return { master, replica, nodes: [master, replica] };
}

async function watching(password: string, directives: Record<string, unknown>) {
  const { nodes, master, replica } = await secured(password);
  await fixture.monitor('mymaster', master.address, directives);
  const zone = fixture.zone('a');
  await knows(fixture, zone, [replica]);
  return { nodes, master, replica, zone };
}

/** The node asks for another password from here on, also of who is in already. */
async function changePassword(server: RedisServer, password: string): Promise<void> {
  await admin(server).config('SET', 'masterauth', password);
  await admin(server).config('SET', 'requirepass', password);
  await admin(server).call('CLIENT', 'KILL', 'TYPE', 'normal');
}

async function told(server: RedisServer): Promise<boolean> {
  const { conditions = {} } = (await fixture.observationOf('a')) ?? {};
  return conditions[nodeId(server.address)]?.includes('misconfigured') === true;
}

const typesOf = () => fixture.events.map(({ type }) => type);
/** What would say that an outage was seen. */
const OUTAGE = ['+sdown', '+odown', '+try-failover', '+switch-master'];

describe('misconfigured is not down', () => {
  it.each([
    [
      'a password that is wrong',
      { 'auth-pass': RIGHT },
      (node: RedisServer) => changePassword(node, 'changed-behind-our-back'),
      (node: RedisServer) => changePassword(node, RIGHT),
      /WRONGPASS|NOAUTH/,
    ],
    [
      'a user without the right to INFO',
      { 'auth-user': 'sentinel', 'auth-pass': 's3ntinel' },
      (node: RedisServer) => admin(node).call('ACL', 'SETUSER', 'sentinel', '-info'),
      (node: RedisServer) => admin(node).call('ACL', 'SETUSER', 'sentinel', '+info'),
      /NOPERM/,
    ],
  ] as const)('%s', { timeout: 60_000 }, async (_, directives, breakIt, mend, word) => {
    const { nodes, master, replica, zone } = await watching(RIGHT, directives);
    for (const node of nodes) await breakIt(node);
    const stop = fixture.pulsing(zone);
    const both = async () => (await told(master)) && (await told(replica));
    await until('both told of', both, PATIENTLY);
    await sleep(4 * DOWN_AFTER_MS);
    const misconfigured = fixture.events.filter(({ type }) => type === '+misconfigured');
    expect(misconfigured.map(({ payload }) => payload)).toEqual(
      expect.arrayContaining([expect.stringMatching(word), expect.stringMatching(word)]),
    );
    expect(misconfigured).toHaveLength(2); // once for each node, however often it is seen
    expect(await fixture.observationOf('a')).toMatchObject({
      health: 'misconfigured',
      subjectivelyDown: false,
    });
    expect(typesOf().filter((type) => OUTAGE.includes(type))).toEqual([]);

    for (const node of nodes) await mend(node);
    const over = async () => !(await told(master)) && !(await told(replica));
    await until('both over', over, PATIENTLY);
    await stop();
    expect(typesOf().filter((type) => type === '-misconfigured')).toHaveLength(2);
    expect(typesOf().filter((type) => OUTAGE.includes(type))).toEqual([]);
    expect(await fixture.stateOf()).toMatchObject({ currentEpoch: 0, master: { address: master.address } });
  });
});

describe('a password that is changed', () => {
  it('is told to the zone first, then to one node after the other: no look ever fails', {
    timeout: 60_000,
  }, async () => {
    const { nodes, master, replica, zone } = await watching('the-old-one', { 'auth-pass': 'the-old-one' });
    const before = (await fixture.stateOf()).directives.authPass;
    expect(before).toMatch(/^stored:/);
    expect((await fixture.operator.set('mymaster', { 'auth-pass': 'the-new-one' }, 'op')).kind).toBe('done');
    const { authPass, authPassBefore } = (await fixture.stateOf()).directives;
    expect(authPass).toMatch(/^stored:/);
    expect([authPassBefore, authPass === before]).toEqual([before, false]);
    await zone.invoke(true, later()); // the stream's call
    const stop = fixture.pulsing(zone);
    for (const node of nodes) {
      await changePassword(node, 'the-new-one');
      await sleep(2 * DOWN_AFTER_MS);
    }
    await stop();
    const failures = ['+misconfigured', '-misconfigured', ...OUTAGE];
    expect(typesOf().filter((type) => failures.includes(type))).toEqual([]);
    expect(await zone.invoke(true, later())).toEqual({ outcome: 'settled' });

    // and everything is done with the new one
    await master.kill();
    const switched = async () => (await fixture.stateOf()).lastFailover?.outcome === 'switched';
    await fixture.pulseUntil('the failover', zone, switched);
    expect((await fixture.stateOf()).master.address).toEqual(replica.address);
  });
});

describe('a password given as one', () => {
  const PLANTED = ['zebra-crossing-7731', 'umbrella-stand-9046'] as const;

  /** Each secret as it is, and as it would look encoded. */
  const traces = PLANTED.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    // the part of its base64 that does not depend on what comes before it
    ...[0, 1, 2].map((pad) =>
      Buffer.concat([Buffer.alloc(pad), Buffer.from(secret)])
        .toString('base64')
        .slice(pad && 4, -4),
    ),
  ]);
  const found = (text: string) => traces.filter((trace) => text.includes(trace));

  it('is used, and told nowhere', { timeout: 60_000 }, async () => {
    const [first, second] = PLANTED;
    const { nodes, master, replica } = await secured(first);
    const request = { name: 'mymaster', ...master.address, replicas: [] };
    const directives = { quorum: 1, 'down-after-milliseconds': DOWN_AFTER_MS, 'auth-pass': first };
    const answers: unknown[] = [await fixture.operator.monitor({ ...request, directives }, 'op')];
    const zone = fixture.zone('a');
    await knows(fixture, zone, [replica]); // which takes the password
    answers.push(
      await fixture.operator.set('mymaster', { 'auth-pass': second, quorum: 0 }, 'op'),
      await fixture.operator.set('mymaster', { 'auth-passs': second }, 'op'),
      await fixture.operator.set('mymaster', { 'auth-pass': `env:${second}` }, 'op'),
      await fixture.operator.monitor({ ...request, name: 'no name', directives }, 'op'),
      await fixture.operator.set('mymaster', { 'auth-pass': second }, 'op'),
    );
    const kinds = answers.map((answer) => (answer as { kind: string }).kind);
    expect(kinds).toEqual(['done', 'refused', 'refused', 'refused', 'refused', 'done']);
    await zone.invoke(true, later());
    for (const node of nodes) await changePassword(node, second);
    expect(await zone.invoke(true, later())).toEqual({ outcome: 'settled' });

    // what a failure quotes, and what a failover writes down
    await changePassword(replica, 'another-one');
    await fixture.pulseUntil('told of', zone, () => told(replica));
    await changePassword(replica, second);
    await fixture.pulseUntil('over', zone, async () => !(await told(replica)));
    await master.kill();
    const switched = async () => (await fixture.stateOf()).lastFailover?.outcome === 'switched';
    await fixture.pulseUntil('the failover', zone, switched);
    expect((await fixture.stateOf()).master.address).toEqual(replica.address);

    const http = await httpAnswers();
    expect(http.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 404, 404, 400]);
    expect(http.flatMap(({ text }) => found(text))).toEqual([]);
    expect(fixture.log.length).toBeGreaterThan(0);
    expect(found(fixture.log.join('\n'))).toEqual([]);
    expect(typesOf()).toEqual(expect.arrayContaining(['+set', '+misconfigured', '+switch-master']));
    expect(found(JSON.stringify(fixture.events))).toEqual([]);
    expect(found(JSON.stringify(answers))).toEqual([]);
    const items = await fixture.rawItems();
    const table = JSON.stringify(items);
    expect(table).toContain('stored:');
    expect(found(table)).toEqual([]);
    for (const secret of PLANTED) expect(found(`see ${secret} there`)).toContain(secret); // they would be found
  });

  async function httpAnswers(): Promise<{ status: number; text: string }[]> {
    const app = createReadApp({
      store: fixture.store,
      clock: systemClock,
      telemetry: {
        log: (level, message, fields) =>
          void fixture.log.push(`${level} ${message} ${JSON.stringify(fields)}`),
      },
    });
    const asked: [string, string][] = [
      ['/masters', 'application/json'],
      ['/masters', 'text/plain'],
      ['/masters/mymaster', 'application/json'],
      ['/masters/mymaster', 'text/plain'],
      ['/health', 'application/json'],
      ['/masters/nobody', 'application/json'],
      ['/nothing/here', 'application/json'],
      ['/masters/no%20name', 'application/json'],
    ];
    return Promise.all(
      asked.map(async ([path, accept]) => {
        const response = await app.request(path, { headers: { accept } });
        const headers = JSON.stringify([...response.headers]);
        return { status: response.status, text: `${headers}\n${await response.text()}` };
      }),
    );
  }
});
