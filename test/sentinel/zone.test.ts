import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeId } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import { until } from '../../src/local/until.ts';
import { type Fixture, later, startFixture } from './fixture.ts';
import { LeapingClock } from './leaping-clock.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

/** A master with one replica, known to a zone that votes. */
async function watchedMaster(name = 'mymaster') {
  const master = await fixture.redis();
  const replica = await fixture.redis(master.address);
  await fixture.monitor(name, master.address);
  const zone = fixture.zone('a');
  await until(
    'the replica known',
    async () => {
      await zone.invoke(false, later());
      return (await fixture.store.readState(name))?.replicas[nodeId(replica.address)] !== undefined;
    },
    { timeoutMs: 10_000, everyMs: 50 },
  );
  await zone.invoke(false, later());
  return { master, replica, zone, name };
}

function writesOf(caller: string): number {
  const rows = fixture.table
    .statistics()
    .filter((row) => row.caller === caller && row.operation === 'PutItem');
  return rows.reduce((sum, { requests }) => sum + requests, 0);
}

function requestsOf(caller: string): number {
  const rows = fixture.table.statistics().filter((row) => row.caller === caller);
  return rows.reduce((sum, { requests }) => sum + requests, 0);
}

async function stateOf(name = 'mymaster') {
  const state = await fixture.store.readState(name);
  if (!state) throw new Error(`${name} is not in the table`);
  return state;
}

describe('a pulse', () => {
  it('enters the voters, learns the replicas and the identity of the master', async () => {
    const { master, replica } = await watchedMaster();
    const state = await stateOf();
    expect(state.voters).toEqual(['a']);
    expect(Object.keys(state.replicas)).toEqual([nodeId(replica.address)]);
    const info = await master.client().info();
    expect(info).toContain(`run_id:${state.master.runId}`);
    expect(info).toContain(`master_replid:${state.master.replicationId}`);
  });

  it('of a healthy master asks the table for nothing and writes nothing', async () => {
    const { zone } = await watchedMaster();
    const before = requestsOf('a');
    for (let i = 0; i < 5; i++) expect(await zone.invoke(false, later())).toEqual({ outcome: 'calm' });
    expect(requestsOf('a')).toBe(before);
  });

  it('that is woken reads the table, and still writes nothing', async () => {
    const { zone } = await watchedMaster();
    const [reads, writes] = [requestsOf('a'), writesOf('a')];
    expect(await zone.invoke(true, later())).toEqual({ outcome: 'settled' });
    expect(requestsOf('a')).toBeGreaterThan(reads);
    expect(writesOf('a')).toBe(writes);
  });

  it('demotes a rogue master at the first look that reaches it', async () => {
    const { replica, zone, master } = await watchedMaster();
    await replica.client().call('REPLICAOF', 'NO', 'ONE');
    expect(await zone.invoke(false, later())).toEqual({ outcome: 'settled' });
    expect(((await replica.client().role()) as unknown[]).slice(0, 3)).toEqual([
      'slave',
      '127.0.0.1',
      master.address.port,
    ]);
    expect((await stateOf()).events.at(-1)?.type).toBe('+convert-to-slave');
  });

  it('re-points a replica that follows another node', async () => {
    const { replica, zone, master } = await watchedMaster();
    const nobody = await freePort(); // a node that is there would sync it, and make a stranger of it
    await replica.client().call('REPLICAOF', '127.0.0.1', String(nobody));
    await zone.invoke(false, later());
    expect(((await replica.client().role()) as unknown[]).slice(0, 3)).toEqual([
      'slave',
      '127.0.0.1',
      master.address.port,
    ]);
    expect((await stateOf()).events.at(-1)?.type).toBe('+fix-slave-config');
  });
});

describe('the alert of a zone', () => {
  it('fails a dead master over by itself when the quorum is one', { timeout: 30_000 }, async () => {
    const { master, replica, zone } = await watchedMaster();
    await master.kill();
    const ended = await zone.invoke(false, later());
    expect(ended).toEqual({ outcome: 'alert over', incarnation: 2 });
    const state = await stateOf();
    expect(state.master.address).toEqual(replica.address);
    expect(state.configEpoch).toBe(1);
    expect(state.lastFailover?.outcome).toBe('switched');
    expect((await replica.client().role()) as unknown[]).toContain('master');
    expect(await fixture.store.readSentinel('a')).not.toHaveProperty('alertUntil');
  });

  it('is held by one incarnation at a time', { timeout: 30_000 }, async () => {
    const { master, zone } = await watchedMaster();
    const second = fixture.zone('a');
    await second.invoke(false, later());
    await master.kill();
    const outcomes = await Promise.all([zone.invoke(false, later()), second.invoke(false, later())]);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['alert held elsewhere', 'alert over']);
    expect((await stateOf()).currentEpoch).toBe(1);
  });

  it('is handed over before the deadline, and the next incarnation goes on', {
    timeout: 30_000,
  }, async () => {
    const { master, zone } = await watchedMaster();
    await master.kill();
    const handedOver = await zone.invoke(false, later(1600));
    expect(handedOver).toEqual({ outcome: 'handed over', incarnation: 2 });
    const { observations } = await fixture.store.readView('mymaster');
    expect(observations[0]).toMatchObject({ sentinel: 'a', incarnation: 2, handover: true });
    expect(await fixture.store.readSentinel('a')).not.toHaveProperty('alertUntil');

    expect(await fixture.zone('a').invoke(true, later())).toEqual({ outcome: 'alert over', incarnation: 3 });
    expect((await stateOf()).lastFailover?.outcome).toBe('switched');
  });

  it('goes on when a renewal of it gets lost: nobody else has taken it', { timeout: 30_000 }, async () => {
    const { master, zone } = await watchedMaster();
    let renewals = 0;
    fixture.table.onWrite(({ key }) => {
      if (key.pk !== 'SENTINELS' || renewals++ > 0) return;
      // behind the write that took the alert: no attempt of the next one arrives
      fixture.table.fault({ caller: 'a', operation: 'PutItem', sk: 'a', times: 3, fault: { kind: 'hang' } });
    });
    // no failover may start: the alert hopes for some seconds, and is renewed in each of them
    const set = { 'min-replicas-visible': 5 };
    expect(await fixture.operator.set('mymaster', set, 'test')).toMatchObject({ kind: 'done' });
    await zone.invoke(true, later());
    await master.kill();
    expect(await zone.invoke(false, later())).toEqual({ outcome: 'alert over', incarnation: 2 });
    expect(fixture.log.filter((line) => line.includes('superseded'))).toEqual([]);
    expect(renewals).toBeGreaterThan(3);
  });

  it('is given up by an incarnation that a newer one has superseded', { timeout: 30_000 }, async () => {
    const { master, zone } = await watchedMaster();
    await fixture.monitor('other', { host: '127.0.0.1', port: 1 }); // nobody there: alert without a failover
    await zone.invoke(true, later());
    await master.stop();
    const alert = zone.invoke(false, later());
    const held = await until(
      'the alert taken',
      async () => {
        const record = await fixture.store.readSentinel('a');
        return record?.alertUntil === undefined ? undefined : record;
      },
      { timeoutMs: 10_000 },
    );
    const taken = { ...held, incarnation: held.incarnation + 1 };
    expect(await fixture.store.putSentinel(taken, held.incarnation)).toBe('written');
    expect(await alert).toEqual({ outcome: 'superseded', incarnation: held.incarnation });
    const writes = writesOf('a');
    expect(await fixture.store.readSentinel('a')).toEqual(taken);
    expect(writesOf('a')).toBe(writes);
  });

  it('voids what it saw before it stalled (I9)', { timeout: 30_000 }, async () => {
    const { master } = await watchedMaster();
    const stalling = new LeapingClock();
    const zone = fixture.zone('a', { clock: stalling });
    await zone.invoke(false, later());
    await master.kill();
    const alert = zone.invoke(false, later());
    await until('in alert', () => fixture.log.some((line) => line.includes('in alert')), {
      timeoutMs: 10_000,
    });
    stalling.leap(5000);
    await alert;
    expect(fixture.log.filter((line) => line.includes('what was seen before is void'))).toHaveLength(1);
    const { events } = (await fixture.store.readView('mymaster')).observations[0] ?? { events: [] };
    const opened = (await stateOf()).events.find(({ type }) => type === '+try-failover');
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual(['+tilt', '-tilt', '+sdown']);
    expect(opened).toBeDefined();
  });
});

describe('what a zone cannot reach or read', () => {
  it('freezes while the table does not answer, and goes on when it does (I8)', {
    timeout: 30_000,
  }, async () => {
    const { master, zone } = await watchedMaster();
    const before = await stateOf();
    const clear = fixture.table.fault({ caller: 'a', fault: { kind: 'cut' } });
    await master.kill();
    expect(await zone.invoke(false, later())).toEqual({ outcome: 'frozen' });
    expect(await stateOf()).toEqual(before);
    clear();
    expect(await zone.invoke(false, later())).toMatchObject({ outcome: 'alert over' });
    expect((await stateOf()).configEpoch).toBe(1);
  });

  it('loses no step of a failover to replies of the table that are lost', { timeout: 30_000 }, async () => {
    const { master, replica, zone } = await watchedMaster();
    await master.kill();
    fixture.table.fault({
      caller: 'a',
      operation: 'PutItem',
      sk: 'STATE',
      times: 6,
      fault: { kind: 'loseReply' },
    });
    await zone.invoke(false, later());
    const state = await stateOf();
    expect(state.master.address).toEqual(replica.address);
    expect(state.events.filter(({ type }) => type === '+switch-master')).toHaveLength(1);
    const seqs = state.events.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
  });

  it('refuses a state of a newer major version, leaves it as it is, and serves the other masters', {
    timeout: 30_000,
  }, async () => {
    const { master, replica, zone } = await watchedMaster();
    const other = await fixture.redis();
    await fixture.monitor('newer', other.address);
    const newer = { ...(await fixture.rawState('newer')), schema: { major: 2, minor: 0 } };
    await fixture.putRawState('newer', newer);
    await zone.invoke(true, later());
    await master.kill();
    await zone.invoke(false, later());
    expect(await fixture.rawState('newer')).toEqual(newer);
    expect((await stateOf()).master.address).toEqual(replica.address);
    expect(fixture.log.some((line) => line.includes('newer than this version can read'))).toBe(true);
  });

  it('keeps the fields of a newer minor version through its own writes', async () => {
    const master = await fixture.redis();
    await fixture.monitor('mymaster', master.address);
    const before = await fixture.rawState('mymaster');
    const extended = {
      ...before,
      schema: { major: 1, minor: 9 },
      later: { nested: [1, 'two'] },
      master: { ...(before['master'] as object), zone: 'eu-west-1a' },
    };
    await fixture.putRawState('mymaster', extended);
    await fixture.zone('a').invoke(false, later());
    const after = await fixture.rawState('mymaster');
    expect(after['voters']).toEqual(['a']);
    expect(after).toMatchObject({
      later: extended.later,
      master: { zone: 'eu-west-1a' },
      schema: { major: 1, minor: 9 },
    });
  });

  it('writes nothing of a master that is asked for with bad directives', async () => {
    const bad: [string, () => Promise<unknown>, RegExp][] = [
      [
        'quorum',
        () => fixture.monitor('m', { host: 'h', port: 1 }, { quorum: 0 }),
        /^quorum 0: allowed is a whole number from 1 to/,
      ],
      [
        'port',
        () => fixture.monitor('m', { host: 'h', port: 70_000 }),
        /^port 70000: allowed is a whole number from 1 to 65535/,
      ],
      [
        'name',
        () => fixture.monitor('my master', { host: 'h', port: 1 }),
        /^name "my master": allowed is 1 to 128 of/,
      ],
    ];
    for (const [, ask, message] of bad) await expect(ask()).rejects.toThrow(message);
    expect(await fixture.store.names()).toEqual([]);
    expect(await fixture.rawState('m')).toEqual({});
  });
});
