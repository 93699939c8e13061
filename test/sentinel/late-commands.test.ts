/** Commands that come late run nowhere: not at a node that was stopped, not from a wire that held them back (I10). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { type MasterState, nodeId, sameAddress } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { type Fixture, later, PATIENTLY, startFixture } from './fixture.ts';
import { callsOf, infoOf, knows, linked, roleOf, through, watched } from './group.ts';
import { heldWire } from './held-wire.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

/** For so long a node is watched that must not change. */
const WATCHED_MS = 2000;

/** What Redis wrote each time it became a master out of a replica. */
async function promotionsOf(server: RedisServer): Promise<number> {
  const log = await readFile(join(server.dir, 'redis.log'), 'utf8');
  return log.split('MASTER MODE enabled').length - 1;
}

async function isOver(epoch: number): Promise<boolean> {
  const { failover, election, configEpoch } = await fixture.stateOf();
  return configEpoch >= epoch && !failover && !election;
}

describe('a replica that is stopped between the intent and its promotion', () => {
  it('is left for another in the next epoch, and never says master when it wakes', async () => {
    const { master, replicas, zone } = await watched(fixture, { replicas: 2 });
    const history = await infoOf(master, 'master_replid');
    let chosen: RedisServer | undefined;
    fixture.table.onWrite(async ({ key, item }) => {
      if (key.sk !== 'STATE' || !item || chosen) return;
      const { failover } = unmarshall(item) as MasterState;
      const node = failover?.intent?.node;
      if (failover?.step !== 'promoting' || !node) return;
      chosen = replicas.find(({ address }) => sameAddress(address, node));
      await chosen?.stop();
    });
    await master.kill();
    const stop = fixture.pulsing(zone);
    await until('another master named', () => isOver(1), PATIENTLY);
    const other = replicas.find((replica) => replica !== chosen);
    if (!chosen || !other) throw new Error('no replica was chosen');
    const after = await fixture.stateOf();
    expect(after.master.address).toEqual(other.address);
    expect(after.configEpoch).toBe(2);
    expect(after.lastFailover?.outcome).toBe('switched');
    expect(after.events.filter(({ type }) => type === '+switch-master')).toHaveLength(1);
    expect(fixture.log.some((line) => /promote .*: abandoned, /.test(line))).toBe(true);

    chosen.cont();
    const roles = new Set<string>();
    const asleepNoMore = systemClock.now().mono + WATCHED_MS;
    while (systemClock.now().mono < asleepNoMore) {
      roles.add(await roleOf(chosen));
      await systemClock.sleep(20);
    }
    expect([...roles].filter((role) => role === 'master')).toEqual([]);
    const synced = async () =>
      (await infoOf(chosen as RedisServer, 'master_replid')) === (await infoOf(other, 'master_replid'));
    await until('synced with the new master', synced, PATIENTLY);
    expect(await roleOf(chosen)).toBe(`slave of ${nodeId(other.address)}`);
    expect(await infoOf(other, 'master_replid2')).toBe(history);
    expect([history, '0'.repeat(40)]).toContain(await infoOf(chosen, 'master_replid2'));
    expect([await promotionsOf(chosen), await promotionsOf(other)]).toEqual([0, 1]);
    expect((await fixture.stateOf()).master.address).toEqual(other.address);
    await stop();
  });
});

/** Three zones; `a` reaches the last replica, which is never promoted, over a wire that can hold bytes back. */
async function heldOff() {
  const master = await fixture.redis();
  const others = [await fixture.redis(master.address), await fixture.redis(master.address)];
  const far = await fixture.redis(master.address, { 'replica-priority': '0' });
  const replicas = [...others, far];
  await Promise.all(replicas.map(linked));
  await fixture.monitor('mymaster', master.address);
  const wire = await heldWire(far.address);
  onTestFinished(() => wire.end());
  const a = fixture.zone('a', { connectTo: through([[far, wire]]) });
  const [b, c] = [fixture.zone('b'), fixture.zone('c')];
  for (const zone of [a, b, c]) await knows(fixture, zone, replicas);
  return { master, nodes: [master, ...replicas], far, wire, a, b, c };
}

/** What a command that ran late would change. */
async function standingOf(server: RedisServer) {
  return {
    role: await roleOf(server),
    execs: await callsOf(server, 'exec'),
    replicaofs: await callsOf(server, 'replicaof'),
    promotions: await promotionsOf(server),
  };
}

/** Each kind of repair, and what calls for it. */
const REPAIRS: readonly (readonly [string, string, (far: RedisServer) => Promise<unknown>])[] = [
  [
    're-points a replica',
    '+fix-slave-config',
    async (far) => far.client().call('REPLICAOF', '127.0.0.1', String(await freePort())),
  ],
  ['demotes a rogue master', '+convert-to-slave', (far) => far.client().call('REPLICAOF', 'NO', 'ONE')],
];

describe.each(REPAIRS)('a repair that %s, held back on the wire', (_, event, lead) => {
  it('at MULTI runs nothing when it comes late', async () => {
    const { far, wire, a } = await heldOff();
    await lead(far);
    wire.holdFrom('MULTI');
    await a.invoke(true, later());
    expect((await fixture.stateOf()).events.at(-1)?.type).toBe(event);
    expect(fixture.log.some((line) => /follow .*: abandoned, MULTI: timed out/.test(line))).toBe(true);
    const before = await standingOf(far);
    expect(wire.held()).toContain('MULTI');
    await wire.release();
    expect(await standingOf(far)).toEqual(before);
    expect(wire.held()).not.toMatch(/REPLICAOF|EXEC/);
  });

  it.each(['MULTI', 'EXEC'])('at %s runs nothing after two failovers by others', async (word) => {
    const { nodes, far, wire, a, b, c } = await heldOff();
    await lead(far);
    wire.holdFrom(word);
    await a.invoke(true, later());
    expect((await fixture.stateOf()).events.at(-1)?.type).toBe(event);
    expect(wire.held()).toContain(word);
    const stop = fixture.pulsing(b, c);
    for (const times of [1, 2]) {
      const { master, configEpoch } = await fixture.stateOf();
      await nodes.find(({ address }) => sameAddress(address, master.address))?.kill();
      await until(`failover ${times} over`, () => isOver(configEpoch + 1), PATIENTLY);
      await until('the replica repaired', () => follows(far), PATIENTLY);
    }
    await stop();
    expect(wire.held()).toContain(word);
    const before = await standingOf(far);
    await wire.release();
    expect(await standingOf(far)).toEqual(before);
    expect(await follows(far)).toBe(true);
  });
});

/** It follows the named master. */
async function follows(replica: RedisServer): Promise<boolean> {
  const { master } = await fixture.stateOf();
  return (await roleOf(replica)) === `slave of ${nodeId(master.address)}`;
}
