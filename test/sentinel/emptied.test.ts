import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeId } from '../../src/core/model.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { type Fixture, later, PATIENTLY, startFixture } from './fixture.ts';
import { callsOf, infoOf, linked, roleOf, watched } from './group.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

const VALUE = 'x'.repeat(10_000);

/** A master without persistence that holds data, as the zone knows. */
async function filled() {
  const group = await watched(fixture);
  await group.master.client().set('kept', VALUE);
  await until('the data', async () => (await group.replica.client().get('kept')) === VALUE, PATIENTLY);
  await group.zone.invoke(true, later());
  expect((await fixture.stateOf()).master.offset).toBeGreaterThan(VALUE.length);
  return group;
}

/** Killed and started again at once, before any sentinel has missed it. */
async function reboot(server: RedisServer): Promise<void> {
  await server.kill();
  await server.restart();
  expect(await server.client().dbsize()).toBe(0);
}

it('a master that comes back empty is failed over to the replica which still has the data', async () => {
  const { master, replica, zone } = await filled();
  await replica.client().config('SET', 'masterauth', 'none-is-asked-for'); // it cannot resynchronize
  await reboot(master);
  await fixture.pulseUntil('the failover', zone, async () => (await fixture.stateOf()).lastFailover);
  const state = await fixture.stateOf();
  expect(state.lastFailover?.outcome).toBe('switched');
  expect(state.master.address).toEqual(replica.address);
  expect(await replica.client().get('kept')).toBe(VALUE);
  await linked(master);
  expect(await master.client().get('kept')).toBe(VALUE);
  expect(fixture.events.map(({ type }) => type)).not.toContain('+data-lost');
});

/** As by Redis' own default, though sooner: the replicas are fed so long after the first of them has asked. */
const UNHURRIED = { 'repl-diskless-sync': 'yes', 'repl-diskless-sync-delay': '3' };
const KEYS = 100;

/** A master with many keys, of which the zone has seen enough. */
async function withKeys(options: Parameters<typeof watched>[1] = {}) {
  const group = await watched(fixture, options);
  const many = group.master.client().pipeline();
  for (let i = 0; i < KEYS; i++) many.set(`key ${i}`, VALUE);
  await many.exec();
  await until('the keys', async () => (await group.replica.client().dbsize()) >= KEYS, PATIENTLY);
  await group.zone.invoke(true, later());
  return group;
}

it.each([
  ['before the first look', {}, 'first'],
  ['while the epoch is taken', {}, 'epoch'],
  ['through the write probe', { 'write-probe': 'yes' }, 'never'],
])(
  'a master that comes back empty is failed over, though a key is written %s',
  async (_, directives, when) => {
    const { master, replica, zone } = await withKeys({ config: UNHURRIED, directives });
    const write = () => master.client().set('written since', '1');
    let written = when !== 'epoch';
    fixture.table.onWrite(async ({ key, item }) => {
      if (written || key.sk !== 'STATE' || !item || !('election' in unmarshall(item))) return;
      written = true;
      await write();
    });
    await reboot(master);
    if (when === 'first') await write();
    await fixture.pulseUntil('the failover', zone, async () => (await fixture.stateOf()).lastFailover);
    expect(written).toBe(true);
    const state = await fixture.stateOf();
    expect(state.lastFailover?.outcome).toBe('switched');
    expect(state.master.address).toEqual(replica.address);
    expect(await replica.client().dbsize()).toBeGreaterThanOrEqual(KEYS);
    expect(fixture.events.map(({ type }) => type)).not.toContain('+data-lost');
  },
);

it('a master that comes back with all its keys from its AOF is not failed over', async () => {
  const { master, replica, zone } = await withKeys({ config: { ...UNHURRIED, appendonly: 'yes' } });
  await master.kill();
  await master.restart();
  const loaded = async () => (await master.client().dbsize()) === KEYS;
  await until('its keys', async () => loaded().catch(() => false), PATIENTLY);
  expect(Number(await infoOf(master, 'master_repl_offset'))).toBe(0);
  const runId = await infoOf(master, 'run_id');
  await fixture.pulseUntil(
    'the new run id',
    zone,
    async () => (await fixture.stateOf()).master.runId === runId,
  );
  await linked(replica);
  const state = await fixture.stateOf();
  expect([state.currentEpoch, state.failover, state.lastFailover]).toEqual([0, undefined, undefined]);
  expect(await replica.client().dbsize()).toBe(KEYS);
  expect(fixture.events.map(({ type }) => type)).not.toContain('+data-lost');
});

it('no write probe is sent to a process that the state does not know', async () => {
  const directives = { 'write-probe': 'yes', quorum: 2 };
  const { master, zone } = await withKeys({ config: UNHURRIED, directives });
  const probed = () => master.client().exists('lambda-sentinel:write-probe');
  expect(await probed()).toBe(1);
  await reboot(master);
  await zone.invoke(true, later(1000));
  await master.client().flushall(); // the first look did not know yet who answers
  await zone.invoke(true, later(1000));
  expect(await probed()).toBe(0);
});

it('while no replica with the data is in reach nothing is touched; one that comes back has them still', async () => {
  const { master, replica, zone } = await filled();
  await replica.client().config('SET', 'masterauth', 'none-is-asked-for');
  await replica.stop();
  await reboot(master);
  fixture.pulsing(zone);
  const waits = async () =>
    (await fixture.stateOf()).limitation?.reason.includes('no replica may be promoted');
  await until('the limitation', waits, PATIENTLY);
  expect((await fixture.stateOf()).currentEpoch).toBe(0);
  expect(await roleOf(master)).toBe('master');
  replica.cont();
  await until('the failover', async () => (await fixture.stateOf()).lastFailover, PATIENTLY);
  expect(await replica.client().get('kept')).toBe(VALUE);
});

it('where every replica is empty too the alarm is raised, and the master goes on', async () => {
  const { master, replica, zone } = await filled();
  await reboot(master);
  await until('the replica empty', async () => (await replica.client().dbsize()) === 0, PATIENTLY);
  await linked(replica);
  const lost = () => fixture.events.filter(({ type }) => type === '+data-lost');
  await fixture.pulseUntil('the alarm', zone, () => lost().length > 0);
  expect(lost()[0]?.payload).toMatch(/^master mymaster .* #no node has the known replication history/);
  const state = await fixture.stateOf();
  expect(state.master.address).toEqual(master.address);
  expect(state.master.runId).toBe(await infoOf(master, 'run_id'));
  expect([state.currentEpoch, state.failover, state.lastFailover]).toEqual([0, undefined, undefined]);
  await until('calm', async () => (await zone.invoke(false, later())).outcome === 'calm', PATIENTLY);
  expect(lost()).toHaveLength(1);
  expect([await roleOf(master), await roleOf(replica)]).toEqual([
    'master',
    `slave of ${nodeId(master.address)}`,
  ]);
  expect(await callsOf(replica, 'replicaof')).toBe(0);
});
