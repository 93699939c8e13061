import { describe, expect, it } from 'vitest';
import { VirtualZones } from './virtual-zones.ts';

const PULSE_MS = 60_000;

/** Two groups at a slow pulse, which every zone knows. */
async function watched(pulseMs = PULSE_MS, ids = ['a', 'b', 'c']) {
  const zones = new VirtualZones(pulseMs, ids);
  const first = zones.group('10.1.0.1', '10.1.0.2', '10.1.0.3');
  const second = zones.group('10.2.0.1', '10.2.0.2', '10.2.0.3');
  await zones.monitor('first', '10.1.0.1', { 'down-after-milliseconds': 5000 });
  await zones.monitor('second', '10.2.0.1', { 'down-after-milliseconds': 5000 });
  zones.start();
  await zones.run(3 * pulseMs);
  return { zones, first, second };
}

/** The alert for `first` goes on: none of its replicas comes up with the one that was promoted. */
async function reconfiguringFirst(pulseMs = PULSE_MS) {
  const { zones, first, second } = await watched(pulseMs);
  first.network.way('10.1.0.2:6379', '10.1.0.3:6379').set('refused');
  const [master] = first.nodes;
  if (master) first.kill(master);
  while (zones.inAlert().length < 3 || zones.toldAt('first', '+switch-master') === undefined)
    await zones.run(1000);
  await zones.run(2000);
  return { zones, second, from: zones.now };
}

function forced(zones: VirtualZones, name: string) {
  return zones.operator.failover(name, { id: `forced ${name}`, coordinated: false }, 'operator');
}

/** It is in alert for the first all the while. */
function expectFirstUnderWay(zones: VirtualZones): void {
  expect(zones.toldAt('first', '+failover-end')).toBeUndefined();
  expect(zones.inAlert()).toEqual(['a', 'b', 'c']);
}

describe('an alert at a pulse of a minute', () => {
  it('goes on when the host of the dead process falls silent too', async () => {
    const { zones, first } = await watched(PULSE_MS, ['a']);
    const [master] = first.nodes;
    if (master) first.kill(master);
    while (zones.inAlert().length === 0) await zones.run(10);
    first.network.way('a', '10.1.0.1:6379').set('silent');
    await zones.run(8000);
    expect(zones.toldAt('first', '+switch-master')).toBeDefined();
  });
});

describe('a zone in alert for one master, at a pulse of a minute', () => {
  it('carries out within two seconds what an operator asks of another', async () => {
    const { zones, from } = await reconfiguringFirst();
    await zones.done(forced(zones, 'second'));
    await zones.run(2000);
    expect(zones.toldAt('second', '+switch-master', from)).toBeDefined();
    expectFirstUnderWay(zones);
  });

  it('sees another master die, and agrees on it, as fast as at a pulse of a second', async () => {
    const { zones, second, from } = await reconfiguringFirst();
    const [master] = second.nodes;
    if (master) second.kill(master);
    await zones.run(8000);
    expect(zones.toldAt('second', '+switch-master', from)).toBeDefined();
    expectFirstUnderWay(zones);
  });

  it('looks after a master that is monitored meanwhile within two seconds, and leaves one that is removed', async () => {
    const { zones, from } = await reconfiguringFirst();
    zones.group('10.3.0.1', '10.3.0.2');
    await zones.monitor('third', '10.3.0.1');
    await zones.done(zones.operator.remove('second', 'operator'));
    await zones.run(2000);
    expect(zones.stateOf('third')?.voters).toEqual(['a', 'b', 'c']);
    expect(zones.toldAt('third', '+slave slave 10.3.0.2:6379', from)).toBeDefined();
    const since = zones.now;
    await zones.run(5000);
    const reads = zones.reads.filter(
      ({ at, zone, master }) => at > since && zone !== '' && master === 'second',
    );
    expect(reads).toEqual([]);
    expectFirstUnderWay(zones);
  });

  it('hears of what was written while its alert ended, and goes on with that', async () => {
    const { zones, first } = await watched(PULSE_MS, ['a']); // no switch by another wakes it
    const [, ...replicas] = first.nodes;
    for (const replica of replicas) first.stop(replica);
    await zones.done(forced(zones, 'first'));
    while (zones.inAlert().length === 0) await zones.run(10);
    // its wake finds the alert held, which ends before it reads of the second again
    await zones.done(forced(zones, 'second'));
    await zones.run(300);
    for (const replica of replicas) first.resume(replica);
    await zones.run(2000);
    expect(zones.toldAt('first', '+failover-end ')).toBeDefined();
    expect(zones.toldAt('second', '+switch-master')).toBeDefined();
  });

  it('reads fifty of the calm ones a second at most', async () => {
    const { zones } = await reconfiguringFirst();
    for (let i = 0; i < 80; i++) await zones.monitor(`third-${i}`, '10.2.0.1');
    await zones.run(30_000); // the names are read again, and each of them is settled once
    expect(zones.inAlert()).toContain('a');
    const [from, forMs] = [zones.now, 12_000];
    await zones.run(forMs);
    const calm = zones.reads.filter(
      ({ at, zone, master }) => at > from && zone === 'a' && master !== 'first',
    );
    expect(calm.length).toBeLessThan((50 * forMs) / 1000);
    expect(new Set(calm.map(({ master }) => master)).size).toBe(81);
  });
});

describe('a master that is removed and monitored again while its zones are in alert for another', () => {
  it('is looked after once in each zone', async () => {
    const { zones, second } = await reconfiguringFirst(1000);
    await zones.done(zones.operator.remove('second', 'operator'));
    await zones.run(2000); // the names are read every second
    await zones.monitor('second', '10.2.0.1', { 'down-after-milliseconds': 1000 });
    await zones.run(12_000);
    const from = zones.now;
    await zones.run(10_000);
    const reads = zones.reads.filter(({ at, master }) => at > from && master === 'second');
    for (const zone of ['a', 'b', 'c'])
      expect(reads.filter((read) => read.zone === zone).length).toBeLessThanOrEqual(10);
    const [master] = second.nodes;
    if (master) second.kill(master);
    await zones.run(5000);
    const promotions = zones.executed.filter((line) => /^10\.2\..* REPLICAOF NO ONE$/.test(line));
    expect(promotions).toHaveLength(1);
    expectFirstUnderWay(zones);
  });

  it('is not judged by what was seen of its nodes before', async () => {
    const { zones, second } = await reconfiguringFirst();
    await zones.done(zones.operator.remove('second', 'operator'));
    const removedAt = zones.now;
    const heard = () =>
      zones.reads.find(({ at, zone, master }) => at >= removedAt && zone && master === 'second');
    while (!heard()) await zones.run(1);
    for (const node of second.nodes) second.kill(node);
    await zones.monitor('second', '10.2.0.1', { 'down-after-milliseconds': 1000 });
    await zones.run(5000);
    expect(zones.toldAt('second', '+sdown master', removedAt)).toBeDefined();
    expect(zones.toldAt('second', '+slave ', removedAt)).toBeUndefined();
  });

  it('is no reason to stay when it was the one in trouble', async () => {
    const { zones } = await reconfiguringFirst();
    await zones.done(zones.operator.remove('first', 'operator'));
    await zones.run(2000);
    expect(zones.inAlert()).toEqual([]);
  });
});
