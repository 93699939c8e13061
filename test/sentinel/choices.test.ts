/** What an operator may choose: whom to promote, when not to, and what counts as down. */
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeId } from '../../src/core/model.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { type Fixture, later, PATIENTLY, startFixture } from './fixture.ts';
import { callsOf, infoOf, roleOf, watched } from './group.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

const switched = async () => (await fixture.stateOf()).lastFailover?.outcome === 'switched';
const typesOf = () => fixture.events.map(({ type }) => type);

/** All replicas have all there is: nothing but the rule under test tells them apart. */
async function level(master: RedisServer, replicas: readonly RedisServer[]): Promise<void> {
  const same = async () => {
    const offset = await infoOf(master, 'master_repl_offset');
    const offsets = await Promise.all(replicas.map((replica) => infoOf(replica, 'slave_repl_offset')));
    return offsets.every((one) => one === offset);
  };
  await until('the replicas level', same, PATIENTLY);
}

describe('prefer-zone', () => {
  // whichever sorts first by run id: each of them in turn is the one in the zone
  it.each([0, 1, 2])('promotes the replica of that zone, be it the %ith', { timeout: 60_000 }, async (i) => {
    const { master, replicas, zone } = await watched(fixture, { replicas: 3 });
    const preferred = replicas[i] ?? master;
    const nodeZones = replicas.map(({ address }) => [
      nodeId(address),
      address === preferred.address ? 'eu-1b' : 'eu-1a',
    ]);
    const given = { 'prefer-zone': 'eu-1b', 'node-zones': Object.fromEntries(nodeZones) };
    expect((await fixture.operator.set('mymaster', given, 'op')).kind).toBe('done');
    await zone.invoke(true, later());
    await level(master, replicas);
    await master.kill();
    await fixture.pulseUntil('the failover', zone, switched);
    const { master: now, lastFailover } = await fixture.stateOf();
    expect(now.address).toEqual(preferred.address);
    const others = replicas.filter((replica) => replica !== preferred);
    for (const { address } of others) {
      expect(lastFailover?.passedOver).toHaveProperty(
        [nodeId(address)],
        'not in the preferred zone, as the chosen one is',
      );
    }
  });

  it('comes after replica-priority, and a replica of no known zone is promoted when there is none of it', {
    timeout: 60_000,
  }, async () => {
    const directives = { 'prefer-zone': 'eu-1b' };
    const { master, replicas, zone } = await watched(fixture, { replicas: 2, directives });
    const [first, second] = replicas as [RedisServer, RedisServer];
    await second.client().config('SET', 'replica-priority', '50');
    const zones = { [nodeId(first.address)]: 'eu-1b' };
    await fixture.operator.set('mymaster', { 'node-zones': zones }, 'op');
    await zone.invoke(true, later());
    await master.kill();
    await fixture.pulseUntil('the failover', zone, switched);
    expect((await fixture.stateOf()).master.address).toEqual(second.address);
    expect(await roleOf(first)).toBe(`slave of ${nodeId(second.address)}`);
  });
});

describe('min-replicas-visible', () => {
  it('holds a failover back while fewer answer, says why, and lets it go when they do', {
    timeout: 60_000,
  }, async () => {
    const directives = { 'min-replicas-visible': 2, 'down-after-milliseconds': 1000 };
    const { master, replicas, zone } = await watched(fixture, { replicas: 2, directives });
    const [replica, hidden] = replicas as [RedisServer, RedisServer];
    await hidden.stop();
    await master.kill();
    const why = '1 of its replicas visible, min-replicas-visible is 2';
    const stop = fixture.pulsing(zone);
    const told = async () =>
      (await fixture.stateOf()).limitation?.reason === why &&
      (await fixture.observationOf('a'))?.limitation === why;
    await until('the reason told', told, PATIENTLY);
    expect(fixture.log.some((line) => line.includes(`no failover: ${why}`))).toBe(true);
    expect(typesOf()).toContain('+odown');
    expect(typesOf()).not.toContain('+try-failover');
    expect((await fixture.stateOf()).currentEpoch).toBe(0);
    expect([await roleOf(replica), await callsOf(replica, 'replicaof')]).toEqual([
      `slave of ${nodeId(master.address)}`,
      0,
    ]);

    hidden.cont();
    await until('the failover', switched, PATIENTLY);
    void stop();
    const state = await fixture.stateOf();
    expect(state).not.toHaveProperty('limitation');
    expect(replicas.map(({ address }) => nodeId(address))).toContain(nodeId(state.master.address));
  });
});

describe('write-probe', () => {
  /** A folder lies where its snapshots go: they fail, and it takes no writes. @returns what makes them work again */
  async function breakWrites(server: RedisServer): Promise<() => Promise<void>> {
    const client = server.client();
    const inTheWay = join(server.dir, 'dump.rdb');
    await mkdir(inTheWay);
    await client.config('SET', 'save', '3600 1000000');
    await client.set('a', '1');
    await expect(client.save()).rejects.toThrow();
    await client.bgsave();
    const refused = async () => String(await client.set('a', '1').catch(String)).includes('MISCONF');
    await until('MISCONF', refused, PATIENTLY);
    return async () => {
      await rmdir(inTheWay);
      await client.save();
    };
  }

  it('yes: a master that answers MISCONF to writes is failed over', { timeout: 60_000 }, async () => {
    const directives = { 'write-probe': 'yes', 'replica-evidence': 'no' };
    const { master, replica, zone } = await watched(fixture, { directives });
    expect(await master.client().exists('lambda-sentinel:write-probe')).toBe(1);
    const mend = await breakWrites(master);
    await fixture.pulseUntil('the failover', zone, switched);
    const { master: now } = await fixture.stateOf();
    expect(now.address).toEqual(replica.address);
    expect(await replica.client().set('b', '2')).toBe('OK');
    expect(fixture.log.some((line) => /takes no commands for \d+ ms \(MISCONF/.test(line))).toBe(true);
    expect((await fixture.stateOf()).currentEpoch).toBe(1);

    await mend(); // until then it answers every PING with MISCONF, and no look counts as having reached it
    const follows = async () => (await roleOf(master)) === `slave of ${nodeId(replica.address)}`;
    await fixture.pulseUntil('the old master demoted', zone, follows);
    expect(typesOf().filter((type) => type === '+switch-master')).toHaveLength(1);
  });
});
