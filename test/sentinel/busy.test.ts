/** Nodes that are kept from answering by something of their own: a script, or a FAILOVER that does not end. */
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

const typesOf = () => fixture.events.map(({ type }) => type);
const countOf = (type: string) => typesOf().filter((told) => told === type).length;
const ATTEMPTS = ['+try-failover', '+elected-leader', '+switch-master'];
const attempts = () => typesOf().filter((type) => ATTEMPTS.includes(type));
const switched = async () => (await fixture.stateOf()).lastFailover?.outcome === 'switched';

describe('a script without an end', () => {
  /** BUSY comes early. */
  const config = { 'busy-reply-threshold': '50' };
  const LOOP = 'while true do end';
  const killsIn = (log: readonly string[]) => log.filter((line) => line.includes('kill script'));

  /** @returns what became of it, in the node's words */
  function loop(server: RedisServer, script = LOOP): Promise<string> {
    const client = server.client({ retryStrategy: () => null });
    return client.eval(script, 0).then(String, String);
  }

  it.each(['master', 'replica'] as const)(
    'on the %s is ended by one SCRIPT KILL in each episode of S_DOWN, and no failover is begun',
    { timeout: 60_000 },
    async (which) => {
      const { zone, ...nodes } = await watched(fixture, { config, directives: { quorum: 2 } });
      const node = nodes[which];
      for (const episode of [1, 2]) {
        const ended = loop(node);
        const stop = fixture.pulsing(zone);
        expect(await ended).toContain('killed by user');
        await stop(); // the look that ended the script may tell of S_DOWN yet: the next one ends that
        await zone.invoke(false, later());
        expect(countOf('-sdown')).toBe(countOf('+sdown'));
        expect(countOf('+sdown')).toBeLessThanOrEqual(episode);
        expect(await callsOf(node, 'script|kill')).toBe(episode);
        expect(killsIn(fixture.log)).toHaveLength(episode);
      }
      expect(attempts()).toEqual([]);
      expect(await fixture.stateOf()).toMatchObject({ currentEpoch: 0 });
      expect(await roleOf(nodes.master)).toBe('master');
    },
  );

  it('on a master that is paused is left to the operator', { timeout: 60_000 }, async () => {
    const { master, zone } = await watched(fixture, { config });
    await fixture.operator.pause('mymaster', 'op');
    await zone.invoke(true, later());
    const ended = loop(master);
    await fixture.pulseUntil('S_DOWN', zone, () => countOf('+odown') === 1);
    for (let i = 0; i < 3; i++) await zone.invoke(true, later());
    expect(killsIn(fixture.log)).toEqual([]);
    await master.kill();
    expect(await ended).not.toContain('killed by user');
    expect(attempts()).toEqual([]);
  });

  it('that has written cannot be ended: it is tried once, and the master failed over', {
    timeout: 60_000,
  }, async () => {
    const { master, replica, zone } = await watched(fixture, { config });
    const ended = loop(master, `redis.call('SET', 'a', '1') ${LOOP}`);
    await fixture.pulseUntil('the failover', zone, switched);
    for (let i = 0; i < 5; i++) await zone.invoke(true, later());
    expect((await fixture.stateOf()).master.address).toEqual(replica.address);
    expect(killsIn(fixture.log)).toEqual([expect.stringContaining('UNKILLABLE')]);
    await master.kill();
    expect(await ended).not.toContain('killed by user');
  });
});

describe("a FAILOVER of Redis' own", () => {
  const stateIn = (server: RedisServer) => infoOf(server, 'master_failover_state');

  /** For the master, too, all its replicas are there: later than the link is up for them. */
  async function online(master: RedisServer, replicas: number): Promise<void> {
    const all = async () =>
      (await master.client().info('replication')).split('state=online').length > replicas;
    await until('the replicas online', all, PATIENTLY);
  }

  it('that waits for a replica without an end is aborted: writers go on, and no failover is begun', {
    timeout: 60_000,
  }, async () => {
    const { master, replica, zone } = await watched(fixture, { directives: { quorum: 2 } });
    await online(master, 1);
    await replica.stop();
    await master.client().set('a', '1'); // so that the replica is behind
    await master.client().call('FAILOVER');
    const held = master.client({ retryStrategy: () => 20 }).set('b', '2'); // held back, closed, and sent again
    expect(await stateIn(master)).toBe('waiting-for-sync');
    await fixture.pulseUntil('it freed', zone, async () => (await stateIn(master)) === 'no-failover');
    await held;
    expect(await master.client().get('b')).toBe('2');
    replica.cont();
    expect(countOf('+failover-freed')).toBe(1);
    expect(attempts()).toEqual([]);
    expect(await roleOf(master)).toBe('master');
    expect(fixture.log.some((line) => line.includes('is stuck in a FAILOVER of its own'))).toBe(true);
  });

  it.each([1, 2])(
    'whose target is killed does not keep %i replicas without a master',
    {
      timeout: 60_000,
    },
    async (replicas) => {
      const { master, replicas: nodes, zone } = await watched(fixture, { replicas });
      const [target, other] = nodes as [RedisServer, RedisServer?];
      await online(master, replicas);
      await target.stop();
      await master.client().set('a', '1');
      const to = ['TO', target.address.host, String(target.address.port)];
      await master.client().call('FAILOVER', ...to, 'FORCE', 'TIMEOUT', '100');
      await until('it under way', async () => (await stateIn(master)) === 'failover-in-progress', PATIENTLY);
      await target.kill();
      expect(await roleOf(master)).toBe(`slave of ${nodeId(target.address)}`);
      const whole = async () => {
        const { master: named, failover } = await fixture.stateOf();
        if (failover) return false;
        const node = [master, other].find((one) => one && nodeId(one.address) === nodeId(named.address));
        return node !== undefined && (await roleOf(node)) === 'master' && node;
      };
      const now = await fixture.pulseUntil('a master again', zone, whole);
      expect(await now.client().set('b', '2')).toBe('OK');
      if (!other) return;
      const rest = now === master ? other : master;
      const follows = async () => (await roleOf(rest)) === `slave of ${nodeId(now.address)}`;
      await fixture.pulseUntil('the other one its replica', zone, follows);
      expect(await stateIn(master)).toBe('no-failover');
    },
  );

  it('that ends is followed: its target is the master, and the old one its replica', {
    timeout: 60_000,
  }, async () => {
    const { master, replica, zone } = await watched(fixture);
    await online(master, 1);
    const stop = fixture.pulsing(zone);
    await master.client().call('FAILOVER');
    await until('the failover', switched, PATIENTLY);
    const follows = async () => (await roleOf(master)) === `slave of ${nodeId(replica.address)}`;
    await until('the old master a replica', follows, PATIENTLY);
    await stop();
    expect((await fixture.stateOf()).master.address).toEqual(replica.address);
    expect(await roleOf(replica)).toBe('master');
    expect([countOf('+failover-freed'), countOf('+switch-master')]).toEqual([0, 1]);
  });
});
