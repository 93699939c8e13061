/** Nodes that go by several addresses: names, announced addresses, addresses that are not allowed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressMap } from '../../src/adapters/redis/address-map.ts';
import { type Address, nodeId } from '../../src/core/model.ts';
import { until } from '../../src/local/until.ts';
import { type Fixture, later, PATIENTLY, startFixture } from './fixture.ts';
import { callsOf, knows, linked, roleOf } from './group.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

const typesOf = () => fixture.events.map(({ type }) => type);
const REPAIRS = ['+fix-slave-config', '+convert-to-slave', '+stranger'];
const repairs = () => typesOf().filter((type) => REPAIRS.includes(type));
const replicasOf = async () => Object.keys((await fixture.stateOf()).replicas).sort();

async function failedOverTo(node: Address): Promise<void> {
  const { master, lastFailover } = await fixture.stateOf();
  expect([nodeId(master.address), lastFailover?.outcome]).toEqual([nodeId(node), 'switched']);
}

const switched = async () => (await fixture.stateOf()).lastFailover?.outcome === 'switched';

/** Names that resolve to loopback; every other one is unknown. */
function names(...known: string[]) {
  return async (name: string) => {
    if (!known.includes(name)) throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    return [{ address: '127.0.0.1' }];
  };
}

describe('a master monitored by its name', () => {
  it.each([
    ['localhost', {}],
    ['master.example', { lookup: names('master.example') }],
  ])(
    '%s, while its replicas name it by its address: nothing is repaired, and it is failed over',
    {
      timeout: 60_000,
    },
    async (host, world) => {
      const master = await fixture.redis();
      const replicas = [await fixture.redis(master.address), await fixture.redis(master.address)];
      await Promise.all(replicas.map(linked));
      const named = { host, port: master.address.port };
      await fixture.monitor('mymaster', named, { 'resolve-hostnames': 'yes' });
      const zone = fixture.zone('a', world);
      await knows(fixture, zone, replicas);
      const state = await fixture.stateOf();
      expect(state.master).toMatchObject({ address: named, ip: '127.0.0.1' });
      expect(await replicasOf()).toEqual(replicas.map(({ address }) => nodeId(address)).sort());
      for (let i = 0; i < 10; i++) {
        expect((await zone.invoke(i % 2 === 0, later())).outcome).toBe(i % 2 === 0 ? 'settled' : 'calm');
      }
      expect(repairs()).toEqual([]);
      for (const replica of replicas) expect(await callsOf(replica, 'replicaof')).toBe(0);
      expect(await fixture.observationOf('a')).toBeUndefined(); // nothing was ever worth telling

      await master.kill();
      await fixture.pulseUntil('the failover', zone, switched);
      const { master: now } = await fixture.stateOf();
      const [promoted, other] = [...replicas].sort((a) =>
        nodeId(a.address) === nodeId(now.address) ? -1 : 1,
      );
      if (!promoted || !other) throw new Error('two replicas');
      await failedOverTo(promoted.address);
      expect([await roleOf(promoted), await roleOf(other)]).toEqual([
        'master',
        `slave of ${nodeId(promoted.address)}`,
      ]);
      expect(await replicasOf()).toEqual([nodeId(named), nodeId(other.address)].sort());

      // its old name finds it again, and makes it a replica
      await master.restart();
      const follows = async () => (await roleOf(master)) === `slave of ${nodeId(promoted.address)}`;
      await fixture.pulseUntil('the old master demoted', zone, follows);
      await linked(master);
      const demotions = () => typesOf().filter((type) => type === '+convert-to-slave').length;
      const before = [repairs().length, await replicasOf()];
      for (let i = 0; i < 5; i++) await zone.invoke(true, later());
      expect([repairs().length, await replicasOf()]).toEqual(before); // one node under one name
      expect(demotions()).toBeLessThanOrEqual(1);
    },
  );

  it('has a replica whose name does not resolve: all the others are looked after', {
    timeout: 60_000,
  }, async () => {
    const master = await fixture.redis();
    const replica = await fixture.redis(master.address);
    const lost = await fixture.redis(master.address, { 'replica-announce-ip': 'lost.example' });
    await Promise.all([replica, lost].map(linked));
    const named = { host: 'master.example', port: master.address.port };
    await fixture.monitor('mymaster', named, { 'resolve-hostnames': 'yes' });
    const zone = fixture.zone('a', { lookup: names('master.example') });
    const unresolved = { host: 'lost.example', port: lost.address.port };
    await knows(fixture, zone, [replica, { address: unresolved }]);
    const down = async () => {
      const { conditions = {} } = (await fixture.observationOf('a')) ?? {};
      return conditions[nodeId(unresolved)]?.includes('down');
    };
    await fixture.pulseUntil('the unresolved one down', zone, down);
    expect((await fixture.observationOf('a'))?.subjectivelyDown).toBe(false);
    expect(repairs()).toEqual([]);

    await master.kill();
    await fixture.pulseUntil('the failover', zone, switched);
    await failedOverTo(replica.address);
    expect((await fixture.stateOf()).lastFailover?.passedOver).toHaveProperty([nodeId(unresolved)]);
  });

  it('is not learnt of by name unless names are resolved', { timeout: 30_000 }, async () => {
    const master = await fixture.redis();
    const replica = await fixture.redis(master.address);
    const named = await fixture.redis(master.address, { 'replica-announce-ip': 'localhost' });
    await Promise.all([replica, named].map(linked));
    await fixture.monitor('mymaster', master.address);
    const zone = fixture.zone('a');
    await knows(fixture, zone, [replica]);
    expect(await replicasOf()).toEqual([nodeId(replica.address)]);
  });
});

describe('the allowed networks', () => {
  it('a replica that announces an address outside is never learnt of', { timeout: 60_000 }, async () => {
    const master = await fixture.redis();
    const replica = await fixture.redis(master.address);
    const outside = await fixture.redis(master.address, { 'replica-announce-ip': '10.9.9.9' });
    await Promise.all([replica, outside].map(linked));
    const told = async () => (await master.client().info('replication')).includes('ip=10.9.9.9');
    await until('the master tells of both', told, PATIENTLY);
    await fixture.monitor('mymaster', master.address);
    const zone = fixture.zone('a', { allowed: ['127.0.0.0/8'] });
    await knows(fixture, zone, [replica]);
    for (let i = 0; i < 3; i++) await zone.invoke(true, later());
    expect(await replicasOf()).toEqual([nodeId(replica.address)]);

    await master.kill();
    await fixture.pulseUntil('the failover', zone, switched);
    await failedOverTo(replica.address);
    expect(await replicasOf()).toEqual([nodeId(master.address)]);
    expect(JSON.stringify(await fixture.rawItems())).not.toContain('10.9.9.9');
    expect(JSON.stringify(fixture.events)).not.toContain('10.9.9.9');
    expect(await callsOf(outside, 'replicaof')).toBe(0);

    // the same node is learnt of where that address is allowed: it was the network, and nothing else
    const announced = { host: '10.9.9.9', port: outside.address.port };
    const elsewhere = fixture.zone('b', {
      connectTo: addressMap(new Map([[nodeId(announced), nodeId(outside.address)]])),
    });
    await outside.client().call('REPLICAOF', replica.address.host, String(replica.address.port));
    await linked(outside);
    await knows(fixture, elsewhere, [{ address: announced }]);
  });
});

describe('nodes that announce an address at which they are not reached', () => {
  it('are reached by the address map, and failed over under their announced addresses', {
    timeout: 60_000,
  }, async () => {
    const places = new Map<string, string>();
    const announced = (i: number): Address => ({ host: '127.77.0.1', port: 7000 + i });
    const announcing = (i: number) => ({
      'replica-announce-ip': announced(i).host,
      'replica-announce-port': String(announced(i).port),
    });
    const master = await fixture.redis(undefined, announcing(0));
    const replicas = [
      await fixture.redis(master.address, announcing(1)),
      await fixture.redis(master.address, announcing(2)),
    ];
    await Promise.all(replicas.map(linked));
    for (const [i, { address }] of [master, ...replicas].entries()) {
      places.set(nodeId(announced(i)), nodeId(address));
    }
    await fixture.monitor('mymaster', master.address); // its replicas follow it by this one
    const zone = fixture.zone('a', { connectTo: addressMap(places) });
    await knows(fixture, zone, [{ address: announced(1) }, { address: announced(2) }]);
    expect(await replicasOf()).toEqual([nodeId(announced(1)), nodeId(announced(2))]);
    expect(repairs()).toEqual([]);

    await master.kill();
    await fixture.pulseUntil('the switch', zone, async () => (await fixture.stateOf()).configEpoch === 1);
    const { master: now } = await fixture.stateOf();
    const promoted = [1, 2].find((i) => nodeId(announced(i)) === nodeId(now.address)) ?? 0;
    expect(promoted).toBeGreaterThan(0);
    const [new_, other] = promoted === 1 ? replicas : [...replicas].reverse();
    if (!new_ || !other) throw new Error('two replicas');
    // nodes are told the announced address: what they cannot reach either says so by its link
    const told = async () => (await roleOf(other)) === `slave of ${nodeId(announced(promoted))}`;
    await until('the other re-pointed', told, PATIENTLY);
    expect(await roleOf(new_)).toBe('master');
  });
});
