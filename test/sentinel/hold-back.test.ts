/** Where an operator holds the zones back: they watch and tell, and touch nothing. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeId } from '../../src/core/model.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import type { Zone } from '../../src/sentinel/zone.ts';
import { type Fixture, later, PATIENTLY, startFixture } from './fixture.ts';
import { callsOf, infoOf, linked, roleOf, watched } from './group.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

/** By hand, or by redis-sentinel: in the old word, so that the node counts it apart from the zones' REPLICAOF. */
async function promoteByHand(server: RedisServer): Promise<void> {
  await server.client().call('SLAVEOF', 'NO', 'ONE');
}

async function repointByHand(server: RedisServer, to: RedisServer): Promise<void> {
  await server.client().call('SLAVEOF', to.address.host, String(to.address.port));
  await linked(server);
}

/** What the zones have sent to the nodes beyond their looks. */
async function sentTo(...servers: RedisServer[]): Promise<string[]> {
  const words = ['replicaof', 'multi', 'exec', 'failover', 'config|rewrite', 'client|kill', 'script|kill'];
  const sent = servers.flatMap((server) =>
    words.map(async (word) => ((await callsOf(server, word)) > 0 ? [`${word} ${server.address.port}`] : [])),
  );
  return (await Promise.all(sent)).flat();
}

const typesOf = () => fixture.events.map(({ type }) => type);
const countOf = (type: string) => typesOf().filter((told) => told === type).length;
const ATTEMPTS = [
  '+try-failover',
  '+elected-leader',
  '+switch-master',
  '+convert-to-slave',
  '+fix-slave-config',
];
const attempts = () => typesOf().filter((type) => ATTEMPTS.includes(type));

/** Asks for a resume, and has the zone carry it out. */
async function resumed(zone: Zone) {
  const answer = await fixture.operator.resume('mymaster', randomUUID(), 'op');
  if (answer.kind !== 'done' || answer.command === undefined) throw new Error(JSON.stringify(answer));
  await zone.invoke(true, later()); // the stream's call
  return fixture.operator.awaitOutcome('mymaster', answer.command, { limitMs: 10_000, pollMs: 20 });
}

describe('a master that is paused', () => {
  it('is not failed over, and the reason stands in the state and in the observation', {
    timeout: 60_000,
  }, async () => {
    const { master, replica, zone } = await watched(fixture);
    await fixture.operator.pause('mymaster', 'op');
    await zone.invoke(true, later());
    await master.kill();
    const why = async () =>
      (await fixture.stateOf()).limitation?.reason === 'paused by op' &&
      (await fixture.observationOf('a'))?.limitation === 'paused by op';
    const stop = fixture.pulsing(zone);
    await until('the reason told', why, PATIENTLY);
    await sleep(1500); // three times down-after
    await stop();
    expect(await fixture.observationOf('a')).toMatchObject({ subjectivelyDown: true });
    const state = await fixture.stateOf();
    expect(state).toMatchObject({
      currentEpoch: 0,
      paused: { by: 'op' },
      master: { address: master.address },
    });
    expect(typesOf()).toEqual(expect.arrayContaining(['+pause', '+sdown', '+odown']));
    expect(attempts()).toEqual([]);
    expect(await sentTo(replica)).toEqual([]);
  });

  it('is resumed only when one node says master and all others follow it, and is then looked after again', {
    timeout: 60_000,
  }, async () => {
    const { master, replica, zone } = await watched(fixture);
    await fixture.operator.pause('mymaster', 'op');
    await zone.invoke(true, later());
    await promoteByHand(replica);
    const stop = fixture.pulsing(zone);
    await sleep(1500);
    await stop();
    expect(await roleOf(replica)).toBe('master'); // nothing is repaired either
    expect(await sentTo(master, replica)).toEqual([]);

    const two = `${nodeId(master.address)} and ${nodeId(replica.address)} say master`;
    expect(await resumed(zone)).toMatchObject({ kind: 'refused', outcome: { reason: two } });
    expect(await fixture.stateOf()).toMatchObject({
      paused: { by: 'op', refused: two },
      lastCommand: { reason: two },
      master: { address: master.address },
    });
    expect(attempts()).toEqual([]);
    expect(await sentTo(master, replica)).toEqual([]);

    await repointByHand(master, replica);
    const taken = await resumed(zone);
    expect(taken).toMatchObject({
      outcome: { reason: `resumed with ${nodeId(replica.address)} as the master` },
    });
    const state = await fixture.stateOf();
    expect(state).not.toHaveProperty('paused');
    expect(state).toMatchObject({ configEpoch: 1, master: { address: replica.address } });
    expect(Object.keys(state.replicas)).toEqual([nodeId(master.address)]);
    expect([countOf('-pause'), countOf('+switch-master')]).toEqual([1, 1]);
    expect(await sentTo(master, replica)).toEqual([]); // it was adopted as it was found

    await zone.invoke(true, later());
    await promoteByHand(master);
    const demoted = async () => (await roleOf(master)) === `slave of ${nodeId(replica.address)}`;
    await fixture.pulseUntil('the old master demoted again', zone, demoted);
    expect(countOf('+convert-to-slave')).toBe(1);
    expect(await sentTo(master)).toContain(`replicaof ${master.address.port}`); // what is sent would be counted
  });

  it('is resumed where nothing has changed, and then failed over', { timeout: 60_000 }, async () => {
    const { master, replica, zone } = await watched(fixture);
    await fixture.operator.pause('mymaster', 'op');
    await zone.invoke(true, later());
    expect(await resumed(zone)).toMatchObject({
      outcome: { reason: `resumed with ${nodeId(master.address)} as the master` },
    });
    expect(countOf('+switch-master')).toBe(0);
    expect((await fixture.stateOf()).configEpoch).toBe(0);
    await master.kill();
    const switched = async () => (await fixture.stateOf()).lastFailover?.outcome === 'switched';
    await fixture.pulseUntil('the failover', zone, switched);
    expect((await fixture.stateOf()).master.address).toEqual(replica.address);
  });
});

describe('a master with observe-only', () => {
  const OBSERVED = { replicas: 2, directives: { 'observe-only': 'yes' } };

  it('whose replica is promoted by hand is adopted at its new address, and nothing is ever sent', {
    timeout: 60_000,
  }, async () => {
    const { master, replicas, zone } = await watched(fixture, OBSERVED);
    const [replica, other] = replicas as [RedisServer, RedisServer];
    const stop = fixture.pulsing(zone);
    await promoteByHand(replica);
    await sleep(1000); // between the steps of whoever does it
    expect((await fixture.stateOf()).master.address).toEqual(master.address);
    await repointByHand(other, replica);
    await repointByHand(master, replica);
    const adopted = async () => nodeId((await fixture.stateOf()).master.address) === nodeId(replica.address);
    await until('the new master adopted', adopted, PATIENTLY);
    await sleep(1000);
    await stop();
    const state = await fixture.stateOf();
    expect(state).toMatchObject({ configEpoch: 1, currentEpoch: 1 });
    const others = [master, other].map(({ address }) => nodeId(address)).sort();
    expect(Object.keys(state.replicas).sort()).toEqual(others);
    const told = fixture.events.filter(({ type }) => type === '+switch-master');
    expect(told.map(({ payload }) => payload)).toEqual([
      `mymaster 127.0.0.1 ${master.address.port} 127.0.0.1 ${replica.address.port}`,
    ]);
    expect(attempts()).toEqual(['+switch-master']);
    expect(await sentTo(master, replica, other)).toEqual([]);
  });

  it('that dies is left to the other, whose failover is adopted while the old master is still gone', {
    timeout: 60_000,
  }, async () => {
    const { master, replicas, zone } = await watched(fixture, OBSERVED);
    const [replica, other] = replicas as [RedisServer, RedisServer];
    await master.kill();
    const stop = fixture.pulsing(zone);
    const held = async () => (await fixture.stateOf()).limitation?.reason === 'observe-only is set';
    await until('the reason told', held, PATIENTLY);
    await sleep(1000);
    expect(attempts()).toEqual([]);
    await promoteByHand(replica);
    await repointByHand(other, replica);
    const adopted = async () => nodeId((await fixture.stateOf()).master.address) === nodeId(replica.address);
    await until('the new master adopted', adopted, PATIENTLY);
    expect(await fixture.stateOf()).not.toHaveProperty('outage');

    // the old one comes back as a master: that is for the other to mend, too
    await master.restart();
    const seen = async () => {
      const { conditions = {} } = (await fixture.observationOf('a')) ?? {};
      return conditions[nodeId(master.address)]?.includes('role');
    };
    await until('its role told', seen, PATIENTLY);
    await sleep(1000);
    expect(await infoOf(master, 'role')).toBe('master');
    await repointByHand(master, replica);
    await until('its role right', async () => !(await seen()), PATIENTLY);
    await stop();
    expect(attempts()).toEqual(['+switch-master']);
    expect(await sentTo(master, replica, other)).toEqual([]);
  });
});
