import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeId } from '../../src/core/model.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { type Fixture, startFixture } from './fixture.ts';
import { linked, roleOf, watched } from './group.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

function follow(server: RedisServer, { address }: RedisServer): Promise<unknown> {
  return server.client().call('REPLICAOF', address.host, String(address.port));
}

it.each([
  ['while its replicas still follow it', false],
  ['and another was made the master in its place', true],
])(
  'a named master that was made a replica by hand %s is failed over, and one master is left',
  async (_, swapped) => {
    const { master, replicas, zone } = await watched(fixture, { replicas: 2 });
    const [chosen, other] = replicas as [RedisServer, RedisServer];
    if (swapped) await chosen.client().call('REPLICAOF', 'NO', 'ONE');
    await follow(master, chosen);
    await fixture.pulseUntil('the failover', zone, async () => (await fixture.stateOf()).lastFailover);
    fixture.pulsing(zone);

    const state = await fixture.stateOf();
    expect(state.lastFailover).toMatchObject({ outcome: expect.stringContaining('switched'), epoch: 1 });
    const named = [master, chosen, other].find(
      ({ address }) => nodeId(address) === nodeId(state.master.address),
    );
    const others = [master, chosen, other].filter((server) => server !== named);
    await Promise.all(others.map(linked));
    const roles = await Promise.all(others.map(roleOf));
    expect(named && (await roleOf(named))).toBe('master');
    expect(roles).toEqual(others.map(() => `slave of ${nodeId(state.master.address)}`));
    const types = fixture.events.map(({ type }) => type);
    expect(types.filter((type) => type === '+switch-master')).toHaveLength(1);
    expect(types).toContain('+sdown');
  },
);

it('it takes two looks: one is not believed', async () => {
  const { master, replica, zone } = await watched(fixture);
  await follow(master, replica);
  await zone.invoke(false, 0); // its deadline has passed: after one look it hands over
  const seen = await fixture.observationOf('a');
  expect(seen?.events.map(({ type }) => type)).toEqual(['-role-change']);
  expect((await fixture.stateOf()).currentEpoch).toBe(0);
});
