/** A master that lives, and answers slowly: by a long way there, or under load. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../src/local/until.ts';
import { slowProxy } from '../redis/slow-proxy.ts';
import { type Fixture, PATIENTLY, startFixture } from './fixture.ts';
import { knows, roleOf, streaming, through } from './group.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

it.each([40, 150])(
  'a round trip of %i ms away is found again after a stall, and not S_DOWN by what came before',
  { timeout: 60_000 },
  async (roundTripMs) => {
    const master = await fixture.redis();
    const replicas = [await fixture.redis(master.address)];
    await streaming(master, replicas);
    const paths = [];
    for (const node of [master, ...replicas]) {
      paths.push([node, await slowProxy(node.address, roundTripMs)] as const);
    }
    const directives = { quorum: 1, 'down-after-milliseconds': 1500, 'replica-evidence': 'no' };
    await fixture.monitor('mymaster', master.address, directives);
    const zone = fixture.zone('a', { connectTo: through(paths) });
    await knows(fixture, zone, replicas);
    fixture.pulsing(zone);
    await master.stop();
    const alerts = () => fixture.log.filter((line) => line.includes('in alert as incarnation')).length;
    await until('an alert', () => alerts() > 0, PATIENTLY);
    master.cont();
    await until('its end', () => fixture.log.some((line) => line.includes('alert over')), PATIENTLY);
    expect(fixture.events.filter(({ type }) => type.endsWith('down'))).toEqual([]);
    expect(await fixture.stateOf()).toMatchObject({ configEpoch: 0, currentEpoch: 0 });
    // and its loss is found as ever
    await master.kill();
    await until('a switch', async () => (await fixture.stateOf()).configEpoch > 0, PATIENTLY);
    expect(await roleOf(replicas[0] ?? master)).toBe('master');
  },
);
