import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { countEvents } from '../../src/core/metrics.ts';
import type { Metrics, Reading } from '../../src/ports.ts';
import { EventCounts } from '../../src/relay/event-counts.ts';

const master = (type: string) => ({ type, payload: 'master m 10.0.0.1 6379' });
const role = (type: string, kind: string, says: string) => ({
  type,
  payload: `${kind} 10.0.0.2:6379 10.0.0.2 6379 @ m 10.0.0.1 6379 new reported role is ${says}`,
});

describe('events count', () => {
  test.each([
    ['a failover that is begun', [master('+try-failover')], { FailoversStarted: 1 }],
    ['the master that moved', [master('+switch-master')], { Failovers: 1 }],
    ['O_DOWN', [master('+odown'), master('+new-epoch'), master('+try-failover')], oDownAndBegun()],
    ['a rogue master that is demoted', [master('+convert-to-slave')], { TwoMasters: 1 }],
    ['a replica that says master', [role('-role-change', 'slave', 'master')], { TwoMasters: 1 }],
    [
      'a node that refuses us',
      [master('+misconfigured'), master('+misconfigured')],
      { MisconfiguredNodes: 2 },
    ],
    ['data that are nowhere any more', [master('+data-lost')], { DataLost: 1 }],
    ['writes that a hand-over lost', [master('+failover-writes-lost')], { DataLost: 1 }],
  ])('%s', (_what, events, counts) => {
    expect(countEvents(events)).toEqual(counts);
  });

  test.each([
    ['what ended', [master('-odown'), master('+failover-end'), master('-misconfigured'), master('-sdown')]],
    ['a named master that says slave', [role('-role-change', 'master', 'slave')]],
    ['a replica that says slave again', [role('+role-change', 'slave', 'slave')]],
    [
      'a replica that lost its link',
      [{ type: '-role-change', payload: 'slave … new reported role is unknown' }],
    ],
    ['what one zone saw', [master('+sdown'), master('+tilt')]],
    ['nothing', []],
  ])('not %s', (_what, events) => {
    expect(countEvents(events)).toEqual({});
  });

  test('every way in which a failover is given up', () => {
    const sources = globSync('src/core/**/*.ts').map((file) => readFileSync(file, 'utf8'));
    const told = new Set(sources.flatMap((text) => text.match(/-failover-abort-[a-z-]+[a-z]/g) ?? []));
    expect(told.size).toBeGreaterThanOrEqual(5);
    for (const type of told)
      expect([type, countEvents([master(type)])]).toEqual([type, { FailoversAborted: 1 }]);
  });
});

function oDownAndBegun() {
  return { MasterDown: 1, FailoversStarted: 1 };
}

describe('the relay counts', () => {
  const at = Date.UTC(2026, 10, 27);
  const message = (seq: number, type: string, ms = 0) => ({
    id: `m:${seq}`,
    master: 'm',
    event: { seq, at: at + ms, by: 'a', ...master(type) },
  });

  function counting(): { counts: EventCounts; readings: Reading[] } {
    const readings: Reading[] = [];
    const metrics: Metrics = { put: (reading) => void readings.push(reading) };
    return { counts: new EventCounts(metrics), readings };
  }

  test('what was written together in one reading, under the time of the events', async () => {
    const { counts, readings } = counting();
    await counts.publish([message(1, '+odown'), message(2, '+new-epoch'), message(3, '+try-failover')]);
    await counts.publish([message(4, '+switch-master', 900), message(5, '+slave', 900)]);
    expect(readings).toEqual([
      { at, master: 'm', figures: { MasterDown: 1, FailoversStarted: 1 } },
      { at: at + 900, master: 'm', figures: { Failovers: 1 } },
    ]);
  });

  test('events of several moments apart, as a record without an old image brings them', async () => {
    const { counts, readings } = counting();
    await counts.publish([message(1, '+odown'), message(2, '-odown', 5000), message(3, '+odown', 60_000)]);
    expect(readings.map(({ at: when }) => when - at)).toEqual([0, 60_000]);
  });

  test('nothing when nothing counts', async () => {
    const { counts, readings } = counting();
    await counts.publish([message(1, '+slave'), message(2, '+sentinel')]);
    expect(readings).toEqual([]);
  });

  test('an event once, however often its record is tried, and what came with it for the first time', async () => {
    const { counts, readings } = counting();
    for (let tries = 0; tries < 3; tries++) await counts.publish([message(1, '+odown')]);
    await counts.publish([message(1, '+odown'), message(2, '+try-failover')]);
    expect(readings.map(({ figures }) => figures)).toEqual([{ MasterDown: 1 }, { FailoversStarted: 1 }]);
  });

  test('an event once that was followed by more than a batch can hold', async () => {
    const { counts, readings } = counting();
    const many = Array.from({ length: 3200 }, (_, i) => message(i + 2, '+slave'));
    for (let tries = 0; tries < 2; tries++) await counts.publish([message(1, '+odown'), ...many]);
    expect(readings).toHaveLength(1);
  });
});
