import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { nodeId } from '../../src/core/model.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { type Fixture, later, PATIENTLY, startFixture } from './fixture.ts';
import { knows, streaming, through } from './group.ts';
import { holdingProxy } from './holding-proxy.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

/** Zone a reaches the nodes by paths that can be refused. */
async function behindPaths(directives: Record<string, unknown> = {}) {
  const master = await fixture.redis();
  const replica = await fixture.redis(master.address);
  await streaming(master, [replica]);
  const toMaster = await fixture.proxy(master.address);
  const toReplica = await fixture.proxy(replica.address);
  await fixture.monitor('mymaster', master.address, directives);
  const connectTo = through([
    [master, toMaster],
    [replica, toReplica],
  ]);
  const zone = fixture.zone('a', { connectTo });
  await knows(fixture, zone, [replica]);
  return { master, replica, toMaster, toReplica, zone, id: nodeId(replica.address) };
}

/** Writes go on until the test is over, or the master is gone. */
function writesFlow(master: RedisServer): void {
  const client = master.client();
  void (async () => {
    for (let i = 0; client.status !== 'end'; i++) {
      await client.set('counter', i).catch(() => {});
      await systemClock.sleep(10);
    }
  })();
}

async function vetoed(): Promise<string> {
  return until(
    'the veto in the state',
    async () => {
      const { limitation, configEpoch } = await fixture.stateOf();
      if (limitation?.reason.startsWith('vetoed')) return limitation.reason;
      throw new Error(`epoch ${configEpoch}, ${limitation?.reason}; ${fixture.log.slice(-5).join('; ')}`);
    },
    PATIENTLY,
  );
}

function failoversTried(): number {
  return fixture.events.filter(({ type }) => type === '+try-failover').length;
}

describe('while the replicas hear the master that the zones cannot reach', () => {
  it('a busy master is not failed over; state and observation name the replica and the zone', async () => {
    const { master, toMaster, zone, id } = await behindPaths();
    writesFlow(master);
    await toMaster.refuse();
    fixture.pulsing(zone);
    const why = `vetoed by replicas that still hear the master: ${id} (seen by a)`;
    expect(await vetoed()).toBe(why);
    expect(await fixture.observationOf('a')).toMatchObject({
      subjectivelyDown: true,
      limitation: why,
      heardBy: [id],
    });
    expect((await fixture.stateOf()).master.address).toEqual(master.address);
    expect(failoversTried()).toBe(0);
    await toMaster.pass();
    await until('the end of O_DOWN', async () => !(await fixture.stateOf()).outage, PATIENTLY);
    expect(failoversTried()).toBe(0);
  });

  it('an idle master is not failed over: it pings its replicas every second', async () => {
    const { master, toMaster, zone, id } = await behindPaths({ 'down-after-milliseconds': 2500 });
    await toMaster.refuse();
    fixture.pulsing(zone);
    expect(await vetoed()).toContain(`${id} (seen by a)`);
    expect((await fixture.stateOf()).master.address).toEqual(master.address);
    expect(failoversTried()).toBe(0);
  });

  it('a zone that reaches no replica heeds what another zone has heard', async () => {
    const { master, replica, toMaster, toReplica, zone, id } = await behindPaths({ quorum: 2 });
    const elsewhere = await fixture.proxy(master.address);
    const other = fixture.zone('b', { connectTo: through([[master, elsewhere]]) });
    await knows(fixture, other, [replica]);
    writesFlow(master);
    await Promise.all([toReplica.refuse(), toMaster.refuse(), elsewhere.refuse()]);
    fixture.pulsing(zone, other);
    const heeded = async () => {
      const { limitation, heardBy } = (await fixture.observationOf('a')) ?? {};
      return limitation?.includes(`${id} (seen by b)`) && heardBy?.length === 0;
    };
    await until('the veto of b in the observation of a', heeded, PATIENTLY);
    expect(failoversTried()).toBe(0);
  });

  it('replica-evidence no turns the veto off: it is failed over', async () => {
    const { master, replica, toMaster, zone } = await behindPaths();
    writesFlow(master);
    await toMaster.refuse();
    fixture.pulsing(zone);
    await vetoed();
    await fixture.operator.set('mymaster', { 'replica-evidence': 'no' }, 'op');
    await until('the switch', async () => (await fixture.stateOf()).configEpoch === 1, PATIENTLY);
    expect((await fixture.stateOf()).master.address).toEqual(replica.address);
  });
});

it('the last I/O of a replica is evidence enough, where its offset says nothing', async () => {
  const master = await fixture.redis(undefined, { 'repl-ping-replica-period': '3600' });
  const replica = await fixture.redis(master.address);
  await streaming(master, [replica]);
  const path = await holdingProxy(master.address);
  await fixture.monitor('mymaster', master.address, { 'down-after-milliseconds': 6000 });
  const zone = fixture.zone('a', { connectTo: through([[master, path]]) });
  await knows(fixture, zone, [replica]);
  path.hold('');
  await zone.invoke(false, later()); // the first look that fails: what the replica had then is no evidence
  await systemClock.sleep(2200);
  await master.client().set('a', '1');
  await until('the write there', async () => (await replica.client().get('a')) === '1', PATIENTLY);
  await zone.invoke(false, later()); // its last I/O is later than that, and no byte follows
  await master.stop();
  fixture.pulsing(zone);
  expect(await vetoed()).toContain(`${nodeId(replica.address)} (seen by a)`);
  expect(failoversTried()).toBe(0);
});

it('a busy master that is really dead is failed over without a veto', async () => {
  const { master, replica, zone } = await behindPaths();
  writesFlow(master);
  fixture.pulsing(zone);
  await until(
    'writes at the replica',
    async () => Number(await replica.client().get('counter')) > 20,
    PATIENTLY,
  );
  await master.kill();
  await until('the switch', async () => (await fixture.stateOf()).configEpoch === 1, PATIENTLY);
  expect((await fixture.stateOf()).lastFailover?.outcome ?? 'switched').toBe('switched');
  expect(fixture.log.filter((line) => line.includes('vetoed'))).toEqual([]);
});
