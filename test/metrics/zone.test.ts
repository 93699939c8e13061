/** What a zone's function writes into its log: in health nothing, or a line a minute; in trouble what it is. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeId } from '../../src/core/model.ts';
import { until } from '../../src/local/until.ts';
import { type Fixture, PATIENTLY, startFixture } from '../sentinel/fixture.ts';
import { pointsIn, readEmf, sumsOf } from './emf.ts';
import { MeasuredZone } from './measured-zone.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.end());

const ALL = 'Deployment=Test';

/** A master and its replica, known to a zone that votes; what was written until then is passed over. */
async function watched(continuous: 'worst' | 'perMaster' | 'none', name = 'orders') {
  const master = await fixture.redis();
  const replica = await fixture.redis(master.address);
  await fixture.monitor(name, master.address);
  const zone = new MeasuredZone(fixture, 'a', continuous);
  await until(
    'the replica known and followed, in a pulse that is calm',
    async () => {
      const { outcome } = await zone.pulse();
      const known = (await fixture.stateOf(name)).replicas[nodeId(replica.address)] !== undefined;
      return known && outcome === 'calm' && (await isInSync(master));
    },
    PATIENTLY,
  );
  zone.newLines();
  return { master, replica, zone };
}

async function isInSync(master: Awaited<ReturnType<Fixture['redis']>>): Promise<boolean> {
  return (await master.client().info('replication')).includes('state=online');
}

const metricsIn = (lines: readonly string[]) => lines.filter((line) => readEmf(line));

describe('a healthy pulse', () => {
  it('writes no byte', async () => {
    const { zone } = await watched('none');
    for (let minutes = 0; minutes < 3; minutes++) {
      expect(await zone.calmPulses(5)).toEqual([]);
      expect(metricsIn(zone.newLines())).toEqual([]);
      zone.nextMinute();
    }
  });

  it('is measured once in a minute if that is wanted: one line, of the worst, under no name', async () => {
    const { zone } = await watched('worst');
    expect(await zone.calmPulses(5)).toEqual([]);
    const [line, sums] = await until('a minute with all well', () => aMinute(zone, ALL), PATIENTLY);
    expect(sums).toEqual({ UsableSentinels: 1, VisibleReplicas: 1, ReplicationLagBytes: expect.any(Number) });
    expect(pointsIn([line]).map(({ metric, unit }) => `${metric} ${unit}`)).toEqual([
      'UsableSentinels Count',
      'VisibleReplicas Count',
      'ReplicationLagBytes Bytes',
    ]);
    expect(readEmf(line)).toMatchObject({ Zone: 'a', VisibleReplicasOf: 'orders' });
    expect(line.length).toBeLessThan(600);
  });

  it('is measured under each master’s name where that is wanted', async () => {
    const { zone } = await watched('perMaster');
    const orders = `${ALL}, Master=orders`;
    const [line, sums] = await until('a minute with all well', () => aMinute(zone, orders), PATIENTLY);
    expect(sums).toEqual({ UsableSentinels: 1, VisibleReplicas: 1, ReplicationLagBytes: expect.any(Number) });
    expect(sumsOf(pointsIn([line]), ALL)).toEqual(sums);
  });

  /** @returns the one line of it, when the zone saw its replica in it: a look may go wrong on a machine that stood still */
  async function aMinute(zone: MeasuredZone, dimensions: string) {
    zone.nextMinute();
    zone.newLines();
    await zone.calmPulses(5);
    const lines = metricsIn(zone.newLines());
    expect(lines.length).toBeLessThanOrEqual(1);
    const sums = sumsOf(pointsIn(lines), dimensions);
    return sums['VisibleReplicas'] === 1 && ([lines[0] ?? '', sums] as const);
  }
});

describe('a zone tells', () => {
  it('how many replicas it sees, when one is gone', async () => {
    const { zone, replica } = await watched('worst');
    await replica.kill();
    await until(
      'the replica missed',
      async () => {
        zone.nextMinute();
        await zone.pulse();
        return sumsOf(pointsIn(zone.newLines()), ALL)['VisibleReplicas'] === 0;
      },
      PATIENTLY,
    );
  });

  it('how far a replica is behind, in bytes', async () => {
    const { zone, master, replica } = await watched('worst');
    await replica.stop();
    await master.client().set('big', 'x'.repeat(100_000));
    const lag = await until(
      'it told',
      async () => {
        zone.nextMinute();
        await zone.pulse();
        return sumsOf(pointsIn(zone.newLines()), ALL)['ReplicationLagBytes'];
      },
      PATIENTLY,
    );
    replica.cont();
    expect(lag).toBeGreaterThan(100_000);
    expect(lag).toBeLessThan(200_000);
  });

  it('every minute that a master is down, in the alert and out of it, and no more when another is the master', {
    timeout: 60_000,
  }, async () => {
    const { zone, master, replica } = await watched('none');
    await replica.kill(); // nobody can take over
    await master.kill();
    const down = () => sumsOf(pointsIn(zone.newLines()), `${ALL}, Master=orders`)['MasterDown'];
    await until('O_DOWN', async () => (await afterAPulse(zone)).outage, PATIENTLY);
    zone.newLines();
    zone.nextMinute(); // it has slept, and must find out anew: that takes an alert
    expect(await zone.pulse()).toMatchObject({ outcome: 'alert over' });
    expect(down()).toBe(1);
    zone.beginMinute();
    await zone.pulse();
    expect(down()).toBe(1);
    await master.restart();
    await until('the end of the outage', async () => !(await afterAPulse(zone)).outage, PATIENTLY);
    zone.newLines();
    zone.nextMinute();
    await zone.pulse();
    expect(down()).toBeUndefined();
  });

  it('of a node that refuses it, each minute', async () => {
    const { zone, replica } = await watched('none');
    await replica.client().call('ACL', 'SETUSER', 'default', '-info');
    const told = () => sumsOf(pointsIn(zone.newLines()), ALL)['MisconfiguredNodes'];
    for (let minutes = 0; minutes < 2; minutes++) {
      await until(
        'the refusal told',
        async () => {
          zone.nextMinute();
          await zone.pulse();
          return told() === 1;
        },
        PATIENTLY,
      );
    }
  });

  it('that too few sentinels live', async () => {
    const { zone } = await watched('none');
    const state = await fixture.stateOf('orders');
    await fixture.store.compareAndSet(state, { ...state, voters: ['a', 'b', 'c'] });
    await until(
      'it known',
      async () => {
        zone.nextMinute();
        await zone.pulse(true);
        return sumsOf(pointsIn(zone.newLines()), ALL)['NoQuorum'] === 1;
      },
      PATIENTLY,
    );
  });
});

describe('a table that cannot be reached', () => {
  it('is told by the zone itself, once a minute, and no more when it is back', async () => {
    const { zone } = await watched('none');
    const back = fixture.table.fault({ caller: 'a', fault: { kind: 'refuse' } });
    for (let minutes = 0; minutes < 2; minutes++) {
      zone.nextMinute();
      for (let i = 0; i < 3; i++) await zone.pulse(true);
      const lines = zone.newLines();
      const told = metricsIn(lines);
      expect(sumsOf(pointsIn(lines), ALL)).toEqual({ TableUnreachable: 1 });
      expect(told).toHaveLength(1);
      expect(readEmf(told[0] ?? '')).toMatchObject({ Zone: 'a', Reason: expect.stringMatching(/.{10,}/) });
    }
    back();
    zone.nextMinute();
    await until(
      'a pulse that settles',
      async () => (await zone.pulse(true)).outcome === 'settled',
      PATIENTLY,
    );
    zone.newLines();
    zone.nextMinute();
    await zone.pulse();
    expect(sumsOf(pointsIn(zone.newLines()), ALL)).not.toHaveProperty('TableUnreachable');
  });
});

async function afterAPulse(zone: MeasuredZone) {
  await zone.pulse();
  return fixture.stateOf('orders');
}
