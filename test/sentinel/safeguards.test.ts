/** What keeps a zone from acting on a right or a knowledge that has run out while it was not looking (I4, I6). */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MasterState, nodeId } from '../../src/core/model.ts';
import { until } from '../../src/local/until.ts';
import { type Fixture, later, PATIENTLY, startFixture } from './fixture.ts';
import { knows, linked, roleOf, watched } from './group.ts';
import { LeapingClock } from './leaping-clock.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

async function isOver(): Promise<boolean> {
  const { failover, election, configEpoch } = await fixture.stateOf();
  return configEpoch > 0 && !failover && !election;
}

describe('a leader that stalls while its intent is written', () => {
  it('sends nothing on the lease that ran out meanwhile: it renews it first (I4)', async () => {
    const clock = new LeapingClock();
    const { master, replica, zone } = await watched(fixture, { world: { clock } });
    const { directives } = await fixture.stateOf();
    /** What the replica was at each write of the intent's failover, before the leader learnt that it is written. */
    const roles: string[] = [];
    fixture.table.onWrite(async ({ key, item }) => {
      if (key.sk !== 'STATE' || !item || roles.length >= 2) return;
      if ((unmarshall(item) as MasterState).failover?.step !== 'promoting') return;
      roles.push(await roleOf(replica));
      if (roles.length === 1) clock.leap(directives.leaseMs);
    });
    await master.kill();
    await fixture.pulseUntil('the failover over', zone, isOver);
    const following = `slave of ${nodeId(master.address)}`;
    expect(roles).toEqual([following, following]);
    const promotions = fixture.log.filter((line) => / promote /.test(line));
    expect(promotions[0]).toMatch(/: abandoned, /);
    expect(promotions.at(-1)).toMatch(/: done, says master/);
    expect((await fixture.stateOf()).master.address).toEqual(replica.address);
  });
});

describe('a repair', () => {
  it('by a zone that slept through a failover goes by the state that stands, not by the one it remembers (I6)', async () => {
    const { master, replicas, zone: a } = await watched(fixture, { replicas: 2 });
    const [b, c] = [fixture.zone('b'), fixture.zone('c')];
    await knows(fixture, b, replicas);
    await knows(fixture, c, replicas);
    await a.invoke(true, later());
    await master.kill();
    const stop = fixture.pulsing(b, c);
    await until('the failover over', isOver, PATIENTLY);
    await stop();
    const named = (await fixture.stateOf()).master.address;
    const promoted = replicas.find(({ address }) => nodeId(address) === nodeId(named));
    if (!promoted) throw new Error('no replica was promoted');
    await Promise.all(replicas.filter((replica) => replica !== promoted).map(linked));

    await master.restart();
    expect([await roleOf(master), await roleOf(promoted)]).toEqual(['master', 'master']);
    await a.invoke(false, later());
    expect(await roleOf(promoted)).toBe('master');
    const back = async () => (await roleOf(master)) === `slave of ${nodeId(named)}`;
    await fixture.pulseUntil('the old master demoted', a, back);
    expect((await fixture.stateOf()).master.address).toEqual(named);
    const sent = fixture.log.filter((line) => line.includes(`follow ${nodeId(named)}`));
    expect(sent).toEqual([]);
  });

  it('is not sent when its write is refused: the state it was decided from is gone', async () => {
    const { replica, zone } = await watched(fixture, { replicas: 1 });
    await replica.client().call('REPLICAOF', 'NO', 'ONE');
    const held = { kind: 'delay', delayMs: 150 } as const;
    const clear = fixture.table.fault({ caller: 'a', operation: 'PutItem', sk: 'STATE', fault: held });
    let decided = false;
    const others = (async () => {
      while (!decided) {
        const state = await fixture.stateOf();
        await fixture.store.compareAndSet(state, state);
      }
    })();
    await zone.invoke(true, later());
    decided = true;
    await others;
    clear();
    expect((await fixture.stateOf()).events.map(({ type }) => type)).not.toContain('+convert-to-slave');
    const demoted = fixture.log.filter((line) => line.includes(`follow ${nodeId(replica.address)}`));
    expect(demoted).toEqual([]);
    expect(await roleOf(replica)).toBe('master');
    const back = async () => (await roleOf(replica)) !== 'master';
    await fixture.pulseUntil('demoted after all', zone, back);
  });
});
