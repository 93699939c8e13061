import { expect, test } from 'vitest';
import type { Change } from '../../src/core/change.ts';
import type { Observation } from '../../src/core/model.ts';
import type { BatchRecord } from '../../src/relay/batch.ts';
import { Wakes } from '../../src/relay/wakes.ts';
import { AT, aCalmState, observed, switched } from './writes.ts';

const ZONES = ['a', 'b', 'c'];
const BEFORE = aCalmState('m');

function recordsOf(...changes: Change[]): BatchRecord[] {
  return changes.map((change, i) => ({ sequenceNumber: String(i), change }));
}

function seen(sentinel: string, fields: Partial<Observation> = {}): Change {
  const after = { ...observed('m', sentinel, AT, []), ...fields };
  return { kind: 'observation', before: { ...after, alert: after.alert, handover: false, seq: 0 }, after };
}

/** By `a`, which need not be told of it. */
const SWITCH: Change = { kind: 'state', before: BEFORE, after: switched(BEFORE, '10.0.0.2') };

const zonesOf = (wakes: Wakes, now: number, ...changes: Change[]) =>
  wakes.of(recordsOf(...changes), now).map(({ zone }) => zone);

test('a switch wakes every zone but the one that made it', () => {
  expect(zonesOf(new Wakes(ZONES), 0, SWITCH)).toEqual(['b', 'c']);
});

test('a zone that was heard in alert is not woken until it has been silent for a while', () => {
  const wakes = new Wakes(ZONES);
  expect(zonesOf(wakes, 0, SWITCH, seen('b', { alert: true }))).toEqual(['c']); // the whole batch is heard first
  expect(zonesOf(wakes, 1499, SWITCH)).toEqual(['c']);
  expect(zonesOf(wakes, 1500, SWITCH)).toEqual(['b', 'c']);
});

test('a zone in alert for one master is woken for another: its alert may end before it reads of that one', () => {
  const wakes = new Wakes(ZONES);
  wakes.of(recordsOf(seen('b', { alert: true, master: 'n' })), 0);
  expect(zonesOf(wakes, 100, SWITCH)).toEqual(['b', 'c']);
});

test('a zone that has left its alert is woken at once', () => {
  const wakes = new Wakes(ZONES);
  wakes.of(recordsOf(seen('b', { alert: true })), 0);
  expect(zonesOf(wakes, 100, seen('b', { alert: false }), SWITCH)).toEqual(['b', 'c']);
});

test('a zone that hands its alert over is woken itself, though it is heard in alert', () => {
  const wakes = new Wakes(ZONES);
  wakes.of(recordsOf(seen('b', { alert: true })), 0);
  expect(zonesOf(wakes, 100, seen('b', { alert: true, handover: true }))).toEqual(['b']);
});

test('each zone is woken once, with the reasons of all records that call for it', () => {
  const other: Change = {
    kind: 'state',
    before: aCalmState('n'),
    after: switched(aCalmState('n'), '10.0.0.3'),
  };
  const batch = recordsOf(SWITCH, seen('a'), other);
  expect(new Wakes(ZONES).of(batch, 0)).toEqual(
    ['b', 'c'].map((zone) => ({
      zone,
      reasons: ['the master switched in epoch 7', 'the master switched in epoch 7'],
      records: [batch[0], batch[2]],
    })),
  );
});
