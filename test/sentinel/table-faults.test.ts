/** What a zone does while the table fails it: it changes nothing, says so, and goes on where it was (I8, I9). */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../src/adapters/redis/connection.ts';
import type { Connect } from '../../src/adapters/redis/wire.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { MasterState } from '../../src/core/model.ts';
import type { Fault } from '../../src/local/table-faults.ts';
import { until } from '../../src/local/until.ts';
import type { Zone } from '../../src/sentinel/zone.ts';
import { freeze } from '../redis/fixture.ts';
import { type Fixture, later, PATIENTLY, PULSE_MS, startFixture } from './fixture.ts';
import { knows, roleOf, watched } from './group.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['cut', { kind: 'cut' }],
  ['throttled', { kind: 'throttle' }],
  ['slow by 400 ms', { kind: 'delay', delayMs: 400 }],
  ['hanging', { kind: 'hang' }],
];
/** Longer than half a lease, the down-after time and every look take together. */
const MEANWHILE_MS = 2000;
/** What each failover tells once. */
const ONCE = [
  ...['+odown', '+new-epoch', '+try-failover', '+vote-for-leader', '+elected-leader'],
  ...['+failover-state-select-slave', '+selected-slave', '+failover-state-send-slaveof-noone'],
  ...['+failover-state-wait-promotion', '+promoted-slave', '+failover-state-reconf-slaves'],
  ...['+switch-master', '+failover-end'],
];

const frozen = () => fixture.log.some((line) => line.includes('frozen: '));

const isOver = async () => {
  const { failover, election, configEpoch } = await fixture.stateOf();
  return configEpoch > 0 && !failover && !election;
};

/** Called once, between the effect and the reply of the first write of the state that is `wanted`. */
function atWrite(wanted: (state: MasterState) => boolean, then: () => void | Promise<void>): void {
  const unsubscribe = fixture.table.onWrite(({ key, item }) => {
    if (key.sk !== 'STATE' || !item || !wanted(unmarshall(item) as MasterState)) return;
    unsubscribe();
    return then();
  });
}

/** One failover happened, told without a gap, every event of it once. */
async function expectOneFailover(): Promise<MasterState> {
  const state = await fixture.stateOf();
  expect(state).toMatchObject({ currentEpoch: 1, configEpoch: 1, lastFailover: { outcome: 'switched' } });
  const told = fixture.events.filter(({ source }) => source === 'state');
  for (const type of ONCE)
    expect([type, told.filter((event) => event.type === type).length]).toEqual([type, 1]);
  expect(told.map(({ seq }) => seq)).toEqual(told.map((_, i) => i + 1));
  const standing = state.events.map(({ seq }) => seq);
  expect(standing).toEqual(standing.map((_, i) => state.lastSeq - standing.length + 1 + i));
  return state;
}

describe.each(FAULTS)('while the table is %s', (_, fault) => {
  it('a zone whose master dies is frozen, and fails it over once the table is back', async () => {
    const { master, replica, zone } = await watched(fixture);
    const before = await fixture.stateOf();
    const clear = fixture.table.fault({ caller: 'a', fault });
    await master.kill();
    for (let i = 0; i < 3; i++) expect(await zone.invoke(false, later())).toEqual({ outcome: 'frozen' });
    expect(fixture.log.some((line) => /^warn reading the zone record failed: /.test(line))).toBe(true);
    expect(await fixture.stateOf()).toEqual(before);
    expect(await roleOf(replica)).not.toBe('master');
    clear();
    await fixture.pulseUntil('the failover over', zone, isOver);
    expect((await expectOneFailover()).master.address).toEqual(replica.address);
  });

  it('an open failover stands still, and ends once the table is back', async () => {
    const { master, replicas, zone } = await watched(fixture, { replicas: 2 });
    let clear = () => {};
    atWrite(
      ({ failover }) => failover?.step === 'promoting',
      () => {
        clear = fixture.table.fault({ caller: 'a', fault });
      },
    );
    await master.kill();
    const stop = fixture.pulsing(zone);
    await until('frozen', frozen, PATIENTLY);
    // what a slow table was sent before the zone gave it up arrives all the same: the switch, and no more
    if (fault.kind === 'delay') await systemClock.sleep(MEANWHILE_MS);
    const before = await fixture.stateOf();
    const step = fault.kind === 'delay' ? /^(promoting|reconfiguring)$/ : /^promoting$/;
    expect(before.failover).toMatchObject({ step: expect.stringMatching(step), intent: { epoch: 1 } });
    await systemClock.sleep(MEANWHILE_MS);
    expect(await fixture.stateOf()).toEqual(before);
    clear();
    await until('the failover over', isOver, PATIENTLY);
    const { master: named } = await expectOneFailover();
    expect(named.address).toEqual(before.failover?.intent?.node);
    const roles = await Promise.all(replicas.map(roleOf));
    expect(roles.filter((role) => role === 'master')).toHaveLength(1);
    await stop();
  });
});

it('a zone that stands still whenever it opens a connection is no calmer for it', async () => {
  let stallMs = 0;
  const connect: Connect = (target, events) => {
    const connection = new Connection(target, events);
    void Promise.resolve().then(() => freeze(stallMs)); // before its connection is on its way
    return connection;
  };
  const { master, zone } = await watched(fixture, { world: { connect } });
  fixture.table.fault({ caller: 'a', fault: { kind: 'cut' } });
  await master.kill();
  const pulse = () => zone.invoke(false, later());
  expect(await pulse()).toEqual({ outcome: 'frozen' });
  stallMs = 40; // longer than a failed node is given
  expect([await pulse(), await pulse()]).toEqual([{ outcome: 'frozen' }, { outcome: 'frozen' }]);
});

describe('while the replies to writes of the state are lost', () => {
  it('a failover completes, for each write is looked up', async () => {
    const { master, replica, zone } = await watched(fixture);
    fixture.table.fault({ caller: 'a', operation: 'PutItem', sk: 'STATE', fault: { kind: 'loseReply' } });
    await master.kill();
    await fixture.pulseUntil('the failover over', zone, isOver);
    expect(frozen()).toBe(false);
    expect((await expectOneFailover()).master.address).toEqual(replica.address);
  });

  it('and cannot be looked up either, nothing is sent to a node: the right to send counts from a known write (I4)', async () => {
    const { master, replica, zone } = await watched(fixture);
    const clears = [
      fixture.table.fault({ caller: 'a', operation: 'PutItem', sk: 'STATE', fault: { kind: 'loseReply' } }),
      fixture.table.fault({ caller: 'a', operation: 'GetItem', sk: 'STATE', fault: { kind: 'cut' } }),
    ];
    await master.kill();
    const stop = fixture.pulsing(zone);
    const intended = async () => (await fixture.stateOf()).failover?.intent !== undefined;
    await until('the intent', intended, PATIENTLY);
    await systemClock.sleep(MEANWHILE_MS);
    expect(frozen()).toBe(true);
    expect(await roleOf(replica)).not.toBe('master');
    expect(await fixture.stateOf()).toMatchObject({ configEpoch: 0, failover: { step: 'promoting' } });
    for (const clear of clears) clear();
    await until('the failover over', isOver, PATIENTLY);
    expect((await expectOneFailover()).master.address).toEqual(replica.address);
    await stop();
  });
});

/** Woken again and again, so that it reads the table although all is well. */
async function wokenUntil(what: string, zone: Zone, wanted: () => Promise<boolean>): Promise<void> {
  const look = async () => {
    await zone.invoke(true, later());
    return wanted();
  };
  await until(what, look, { ...PATIENTLY, everyMs: PULSE_MS });
}

describe('a zone whose clock is 5 s from the table’s', () => {
  it('is in TILT, neither votes nor leads, and holds nobody up', async () => {
    const { master, replicas, zone: a } = await watched(fixture, { replicas: 2, directives: { quorum: 2 } });
    const [b, c] = [fixture.zone('b'), fixture.zone('c')];
    await knows(fixture, b, replicas);
    await knows(fixture, c, replicas);
    expect((await fixture.stateOf()).voters).toEqual(['a', 'b', 'c']);
    const votes: string[] = [];
    fixture.table.onWrite(({ key }) => {
      if (key.sk.startsWith('VOTE#')) votes.push(key.sk.slice(-1));
    });
    const clear = fixture.table.fault({ caller: 'c', fault: { kind: 'clock', aheadMs: 5000 } });
    const tilted = async () => (await fixture.observationOf('c'))?.tilt !== undefined;
    await wokenUntil('c in TILT', c, tilted);
    expect((await fixture.observationOf('c'))?.tilt).toMatch(/^this clock is \d+ ms behind the table's$/);

    await master.kill();
    const stop = fixture.pulsing(a, b, c);
    const wokenInTilt = wokenUntil('the failover over', c, isOver);
    await until('the failover over', isOver, PATIENTLY);
    await wokenInTilt;
    const state = await fixture.stateOf();
    expect(state).toMatchObject({ configEpoch: 1, lastFailover: { outcome: 'switched' } });
    expect(['a', 'b']).toContain(state.lastFailover?.leader);
    expect(votes.slice().sort()).toEqual(['a', 'b']);
    expect(state.events.filter(({ by, type }) => by === 'c' && type !== '+sentinel')).toEqual([]);
    await until('c still in TILT', tilted, PATIENTLY);
    await stop();

    clear();
    await wokenUntil('c out of TILT', c, async () => !(await tilted()));
    const own = fixture.events.filter(({ source, by }) => source === 'observation' && by === 'c');
    const turns = own.map(({ type }) => type).filter((type) => type.endsWith('tilt'));
    expect(turns).toEqual(['+tilt', '-tilt']);
  });
});
