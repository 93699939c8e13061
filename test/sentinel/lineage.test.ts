import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeId } from '../../src/core/model.ts';
import { until } from '../../src/local/until.ts';
import { type Fixture, later, PATIENTLY, startFixture } from './fixture.ts';
import { callsOf, knows, linked, roleOf, watched } from './group.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

/** A master of another group, which holds data. */
async function foreigner(port?: number) {
  const master = await fixture.redis(undefined, {}, port === undefined ? {} : { port });
  await master.client().set('theirs', 'data');
  return master;
}

describe('a replica whose address a node of another group has taken over', () => {
  it('a replica of a foreign master: left alone with its data, told once, never promoted', async () => {
    const { master, replica, zone } = await watched(fixture);
    const foreign = await foreigner();
    await replica.kill();
    const stranger = await fixture.redis(foreign.address, {}, { port: replica.address.port });
    await linked(stranger);
    await fixture.pulseUntil('the stranger told', zone, () => told('+stranger'));
    const id = nodeId(stranger.address);
    const why = `follows ${nodeId(foreign.address)}, which is none of ours`;
    expect((await fixture.stateOf()).replicas[id]?.stranger).toContain(why);
    expect(told('+stranger')?.payload).toContain(why);
    expect(await callsOf(stranger, 'replicaof')).toBe(0);
    expect(await stranger.client().get('theirs')).toBe('data');

    await master.kill();
    fixture.pulsing(zone);
    const limited = async () => (await fixture.stateOf()).limitation?.reason;
    const reason = await until('the limitation', limited, PATIENTLY);
    expect(reason).toMatch(new RegExp(`no replica may be promoted: ${id} another replication history`));
    expect(await roleOf(stranger)).toBe(`slave of ${nodeId(foreign.address)}`);
    expect(fixture.events.filter(({ type }) => type === '+stranger')).toHaveLength(1);
  });

  it('a foreign master that has replicas of its own: not demoted', async () => {
    const { replica, zone } = await watched(fixture);
    await replica.kill();
    const foreign = await foreigner(replica.address.port);
    const theirs = await fixture.redis(foreign.address);
    await linked(theirs);
    await fixture.pulseUntil('the stranger told', zone, () => told('+stranger'));
    expect(told('+stranger')?.payload).toContain(`is followed by ${nodeId(theirs.address)}, none of ours`);
    for (let i = 0; i < 3; i++) await zone.invoke(true, later());
    expect(await roleOf(foreign)).toBe('master');
    expect(await foreign.client().get('theirs')).toBe('data');
    expect(await callsOf(foreign, 'replicaof')).toBe(0);
  });

  it('is made a replica when an operator has declared it', async () => {
    const master = await fixture.redis();
    await master.client().set('ours', 'data');
    const foreign = await foreigner();
    const declared = await fixture.redis(foreign.address);
    await linked(declared);
    await fixture.monitor('mymaster', master.address, {}, [nodeId(declared.address)]);
    const zone = fixture.zone('a');
    const follows = async () => (await roleOf(declared)) === `slave of ${nodeId(master.address)}`;
    await fixture.pulseUntil('the declared one re-pointed', zone, follows);
    await linked(declared);
    expect(await declared.client().keys('*')).toEqual(['ours']);
    expect(await foreign.client().keys('*')).toEqual(['theirs']);
  });
});

it('a lone old master that restarted with a history of its own is demoted when it is seen', async () => {
  const { master, replica, zone } = await watched(fixture);
  await master.client().set('kept', 'yes');
  await until('the data', async () => (await replica.client().get('kept')) === 'yes', PATIENTLY);
  await master.kill();
  await fixture.pulseUntil('the failover', zone, async () => (await fixture.stateOf()).lastFailover);
  await master.restart();
  fixture.pulsing(zone);
  await linked(master);
  expect(await roleOf(master)).toBe(`slave of ${nodeId(replica.address)}`);
  expect(await master.client().get('kept')).toBe('yes');
  expect(told('+stranger')).toBeUndefined();
});

it('the named master is never entered as a replica, nor told to follow itself, whatever its replicas announce', async () => {
  const master = await fixture.redis();
  const liar = await fixture.redis(master.address, {
    'replica-announce-ip': '127.0.0.1',
    'replica-announce-port': String(master.address.port),
  });
  const honest = await fixture.redis(master.address);
  await linked(liar);
  await linked(honest);
  await fixture.monitor('mymaster', master.address);
  const zone = fixture.zone('a');
  await knows(fixture, zone, [honest]);
  expect(Object.keys((await fixture.stateOf()).replicas)).toEqual([nodeId(honest.address)]);
  expect(await callsOf(master, 'replicaof')).toBe(0);
});

function told(type: string) {
  return fixture.events.find((event) => event.type === type);
}
