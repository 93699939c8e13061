import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import { ALL_TARGETS, Stage } from './stage.ts';
import { aCalmState, stateRecord, switched, unreadableRecord, written } from './writes.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.start();
});
afterEach(() => stage.end());

/** A switch, of which every zone but `a`, who made it, is told. */
function aSwitch(name = 'm', host = '10.0.0.2') {
  const before = aCalmState(name);
  const after = switched(before, host);
  return { before, after, record: stateRecord(after, before) };
}

const woken = () => stage.services.woken.map(({ name }) => name).sort();
const toldOnBus = () => stage.services.busEvents.map(({ detail }) => detail.id);

test('without any target it only wakes', async () => {
  await stage.load({});
  expect(await stage.invoke([aSwitch().record])).toEqual([]);
  expect(woken()).toEqual(['sentinel-b', 'sentinel-c']);
  expect(stage.services.arrivals).toEqual(['lambda', 'lambda']);
  expect(stage.table.statistics()).toEqual([]);
});

test('every wake is taken before anything is told', async () => {
  await stage.load(ALL_TARGETS);
  const { after, record } = aSwitch();
  await stage.put(after);
  stage.services.faults.add('lambda', 'slow', 1);
  expect(await stage.invoke([record])).toEqual([]);
  expect(stage.services.arrivals.slice(0, 2)).toEqual(['lambda', 'lambda']);
  expect(stage.services.arrivals.slice(2)).not.toContain('lambda');
  expect(stage.services.arrivals).toEqual(expect.arrayContaining(['events', 'sns', 'route53']));
});

test('a zone that cannot be reached holds up neither the other zones nor the events, and is tried again', async () => {
  await stage.load(ALL_TARGETS);
  const { after, record } = aSwitch();
  await stage.put(after);
  stage.services.faults.add('lambda', 'error', 3, 'sentinel-b');
  expect(await stage.invoke([record])).toEqual([record.dynamodb?.SequenceNumber]);
  expect(woken()).toEqual(['sentinel-c']);
  expect(toldOnBus()).toEqual(['m:1']);
  expect(stage.services.zone.says('m.example.com')).toEqual(['A 10.0.0.2']);
  expect(await stage.invoke([record])).toEqual([]);
  expect(woken()).toEqual(['sentinel-b', 'sentinel-c', 'sentinel-c']);
});

test('a zone that does not answer holds up the events for a moment only', async () => {
  await stage.load(ALL_TARGETS);
  const { after, record } = aSwitch();
  await stage.put(after);
  stage.services.faults.add('lambda', 'hang', 1, 'sentinel-b');
  const invoked = stage.invoke([record]);
  await expect.poll(toldOnBus, { timeout: 1500, interval: 20 }).toEqual(['m:1']);
  expect(await invoked).toEqual([]); // the second try reached it
  expect(woken()).toEqual(['sentinel-b', 'sentinel-c']);
});

test('a function that is not there is told of, and tried again with the next change', async () => {
  await stage.load({ EVENT_BUS_NAME: 'bus' });
  stage.services.faults.add('lambda', 'denied', 1, 'sentinel-b');
  expect(await stage.invoke([aSwitch().record])).toEqual([]);
  expect(stage.lines.join('')).toContain('zone b cannot be woken');
  expect(toldOnBus()).toEqual(['m:1']);
});

test('a target that never answers costs seconds, and none of the other targets', async () => {
  await stage.load(ALL_TARGETS);
  const { after, record } = aSwitch();
  await stage.put(after);
  stage.services.faults.add('events', 'hang', Number.POSITIVE_INFINITY);
  const begun = performance.now();
  expect(await stage.invoke([record])).toEqual([record.dynamodb?.SequenceNumber]);
  expect(performance.now() - begun).toBeLessThan(10_000); // four of these are well within a minute
  expect(stage.received('ordered.fifo').map(({ id }) => id)).toEqual(['m:1']);
  expect(stage.services.zone.says('m.example.com')).toEqual(['A 10.0.0.2']);
  expect(await stage.history('m')).toHaveLength(1);
});

test('a record that cannot be read is passed over and told of, and delays no wake behind it', async () => {
  await stage.load(ALL_TARGETS);
  const { after, record } = aSwitch();
  await stage.put(after);
  const poison = unreadableRecord();
  expect(await stage.invoke([poison, record, poison])).toEqual([]);
  expect(woken()).toEqual(['sentinel-b', 'sentinel-c']);
  expect(toldOnBus()).toEqual(['m:1']);
  expect(stage.lines.filter((line) => line.includes('was passed over'))).toHaveLength(2);
});

test('a record that is refused for good wakes who stands behind it at the first try', async () => {
  await stage.load({ EVENT_BUS_NAME: 'bus' });
  const before = aCalmState('m');
  const told = written(before, ['+slave']);
  stage.services.faults.add('events', 'denied', Number.POSITIVE_INFINITY, 'm:1');
  const after: MasterState = switched(told, '10.0.0.2');
  const records = [stateRecord(told, before), stateRecord(after, told)];
  const failed = await stage.invoke(records);
  expect(woken()).toEqual(['sentinel-b', 'sentinel-c']);
  expect(failed).toEqual([records[0]?.dynamodb?.SequenceNumber]);
  expect(toldOnBus()).toEqual([]); // the switch waits for what comes before it
});
