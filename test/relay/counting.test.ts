/** What the relay counts, as its function writes it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pointsIn, readEmf, sumsOf } from '../metrics/emf.ts';
import { ALL_TARGETS, Stage } from './stage.ts';
import { AT, aCalmState, observationRecord, observed, stateRecord, switched, written } from './writes.ts';

const DEPLOYMENT = 'Test/Sentinel';
const ALL = `Deployment=${DEPLOYMENT}`;

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.start();
});
afterEach(() => stage.end());

function aFailover(name: string) {
  const calm = aCalmState(name);
  const down = written(calm, ['+odown', '+new-epoch', '+try-failover', '+vote-for-leader']);
  const led = written(down, ['+elected-leader', '+failover-state-select-slave']);
  const moved = switched(led, '10.0.0.2');
  const ended = written(moved, ['+slave-reconf-done', '+failover-end']);
  const states = [calm, down, led, moved, ended];
  return { moved, records: states.slice(1).map((state, i) => stateRecord(state, states[i])) };
}

const metricLines = () => stage.lines.filter((line) => readEmf(line));

test('a failover is three counts in two lines, under its master’s name and under none', async () => {
  await stage.load({ DEPLOYMENT });
  expect(await stage.invoke(aFailover('m').records)).toEqual([]);
  expect(metricLines()).toHaveLength(2);
  const points = pointsIn(stage.lines).map(({ dimensions, metric, value, at }) => [
    dimensions,
    metric,
    value,
    at - AT,
  ]);
  const one = `${ALL}, Master=m`;
  expect(points).toEqual([
    [ALL, 'MasterDown', 1, 0],
    [ALL, 'FailoversStarted', 1, 0],
    [one, 'MasterDown', 1, 0],
    [one, 'FailoversStarted', 1, 0],
    [ALL, 'Failovers', 1, 6],
    [one, 'Failovers', 1, 6],
  ]);
});

test('each master is counted under its own name, and both under none', async () => {
  await stage.load({ DEPLOYMENT });
  await stage.invoke([...aFailover('m').records, ...aFailover('n').records]);
  const points = pointsIn(stage.lines);
  const counts = { MasterDown: 1, FailoversStarted: 1, Failovers: 1 };
  expect(sumsOf(points, `${ALL}, Master=m`)).toEqual(counts);
  expect(sumsOf(points, `${ALL}, Master=n`)).toEqual(counts);
  expect(sumsOf(points, ALL)).toEqual({ MasterDown: 2, FailoversStarted: 2, Failovers: 2 });
});

test('a target that fails, and has everything told again, makes nothing count twice', async () => {
  await stage.load({ ...ALL_TARGETS, DEPLOYMENT });
  const { moved, records } = aFailover('m');
  await stage.put(moved);
  stage.services.faults.add('sns', 'denied', Number.POSITIVE_INFINITY);
  expect((await stage.deliver(records)).length).toBeGreaterThan(0);
  expect(sumsOf(pointsIn(stage.lines), ALL)).toEqual({ MasterDown: 1, FailoversStarted: 1, Failovers: 1 });
});

test('what one sentinel saw counts as well', async () => {
  await stage.load({ DEPLOYMENT });
  const event = (seq: number, type: string, payload: string) => ({ seq, at: AT, by: 'b', type, payload });
  const slave = 'slave 10.0.0.2:6379 10.0.0.2 6379 @ m 10.0.0.1 6379';
  const events = [
    event(1, '+misconfigured', `${slave} #WRONGPASS`),
    event(2, '-role-change', `${slave} new reported role is master`),
    event(3, '+sdown', slave),
  ];
  await stage.invoke([observationRecord(observed('m', 'b', AT, events))]);
  expect(sumsOf(pointsIn(stage.lines), ALL)).toEqual({ MisconfiguredNodes: 1, TwoMasters: 1 });
});

test('events that count for nothing, and writes without any, write no line', async () => {
  await stage.load({ DEPLOYMENT });
  const calm = aCalmState('m');
  const told = written(calm, ['+slave', '+sentinel', '+set']);
  const silent = { ...told, rev: told.rev + 1 };
  expect(await stage.invoke([stateRecord(told, calm), stateRecord(silent, told)])).toEqual([]);
  expect(stage.lines).toEqual([]);
});

test('without a deployment’s name nothing is counted', async () => {
  await stage.load({});
  await stage.invoke(aFailover('m').records);
  expect(metricLines()).toEqual([]);
});
