import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import { ALL_TARGETS, Stage } from './stage.ts';
import { aCalmState, stateRecord, switched, written } from './writes.ts';

const { DNS, TABLE_NAME } = ALL_TARGETS;
const ONLY_NAMES = { DNS, TABLE_NAME };
const NAME = 'm.example.com';

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.start();
  await stage.load(ONLY_NAMES);
});
afterEach(() => stage.end());

/** Its master was first 10.0.0.1, and then at each of the hosts in turn. */
function switches(...hosts: string[]) {
  const states: [MasterState, ...MasterState[]] = [written(aCalmState('m'), ['+monitor'])];
  for (const host of hosts) states.push(switched(states.at(-1) ?? states[0], host));
  const records = states.map((state, i) => stateRecord(state, states[i - 1]));
  return { states, records, last: states.at(-1) ?? states[0] };
}

const says = () => stage.services.zone.says(NAME);

test('a name is made when its master is monitored, and follows a switch', async () => {
  const { states, records } = switches('10.0.0.2');
  for (const [i, host] of ['10.0.0.1', '10.0.0.2'].entries()) {
    await stage.put(states[i] ?? states[0]);
    expect(await stage.invoke(records.slice(i, i + 1))).toEqual([]);
    expect(says()).toEqual([`A ${host}`]);
  }
});

test.each(['by the process that knows it', 'after a cold start'])(
  'an old switch that is tried again does not turn the name back: %s',
  async (how) => {
    const { records, last } = switches('10.0.0.2', '10.0.0.3');
    await stage.put(last);
    expect(await stage.invoke(records)).toEqual([]);
    expect(says()).toEqual(['A 10.0.0.3']);
    if (how === 'after a cold start') await stage.load(ONLY_NAMES);
    expect(await stage.invoke(records.slice(1, 2))).toEqual([]);
    expect(says()).toEqual(['A 10.0.0.3']);
    expect(stage.services.zone.history).toEqual([[`${NAME}. A 10.0.0.3`]]);
  },
);

test('a change that arrives late, past another switch, is corrected by who made it', async () => {
  const { states, records, last } = switches('10.0.0.2', '10.0.0.3');
  await stage.put(states[1] ?? last);
  stage.services.onNameChange = async () => {
    stage.services.onNameChange = async () => {};
    await stage.put(last);
  };
  expect(await stage.invoke(records.slice(1, 2))).toEqual([]);
  expect(stage.services.zone.history).toEqual([[`${NAME}. A 10.0.0.2`], [`${NAME}. A 10.0.0.3`]]);
});

test('a name that an outage left behind follows with the next change of any kind', async () => {
  const { records, last } = switches('10.0.0.2');
  await stage.put(last);
  stage.services.faults.add('route53', 'error', Number.POSITIVE_INFINITY);
  expect(await stage.deliver(records)).toEqual([records[0], records[1]]);
  stage.services.faults.clear();
  expect(says()).toEqual([]);
  expect(await stage.invoke([stateRecord(written(last, ['+failover-end']), last)])).toEqual([]);
  expect(says()).toEqual(['A 10.0.0.2']);
});

test('a name of which nobody knows whether it was changed is looked up, even for a master it once led to', async () => {
  const { states, records, last } = switches('10.0.0.2', '10.0.0.1');
  await stage.put(states[0]);
  await stage.invoke(records.slice(0, 1));
  await stage.put(states[1] ?? last);
  stage.services.faults.add('route53', 'lost', 3, 'UPSERT');
  await stage.invoke(records.slice(1, 2));
  expect(says()).toEqual(['A 10.0.0.2']);
  await stage.put(last);
  expect(await stage.invoke(records.slice(2))).toEqual([]);
  expect(says()).toEqual(['A 10.0.0.1']);
});

test('a change that leaves the master where it is asks nothing of a process that knows the name', async () => {
  const { records, last } = switches('10.0.0.2');
  await stage.put(last);
  await stage.invoke(records);
  stage.services.arrivals.length = 0;
  await stage.invoke([stateRecord(written(last, ['+failover-end']), last)]);
  expect(stage.services.arrivals).toEqual([]);
});

test('no record of another type is left beside the new one, to lead to the old master', async () => {
  const hosts = ['2001:db8::2', 'redis-3.example.com', '10.0.0.4', 'redis-5.example.com'];
  const { states, records } = switches(...hosts);
  const said: string[][] = [];
  for (const [i, state] of states.entries()) {
    await stage.put(state);
    expect(await stage.invoke(records.slice(i, i + 1))).toEqual([]);
    said.push(says());
  }
  const [first, second, third, fourth] = hosts;
  expect(said).toEqual([
    ['A 10.0.0.1'],
    ...[[`AAAA ${first}`], [`CNAME ${second}`], [`A ${third}`], [`CNAME ${fourth}`]],
  ]);
});

test('a master that is not monitored any more keeps its name where it was', async () => {
  const { records, last } = switches('10.0.0.2');
  await stage.put(last);
  await stage.invoke(records);
  const removed = { ...switched(last, '10.0.0.9'), removed: 1 };
  await stage.put(removed);
  expect(await stage.invoke([stateRecord(removed, last)])).toEqual([]);
  expect(says()).toEqual(['A 10.0.0.2']);
});

test('a master for which no name is set is none of the name service’s business', async () => {
  const before = aCalmState('other');
  expect(await stage.invoke([stateRecord(switched(before, '10.0.0.2'), before)])).toEqual([]);
  expect(stage.services.arrivals).not.toContain('route53');
});

test('while the table cannot tell where the master is, the name stays and the record is tried again', async () => {
  const { records, last } = switches('10.0.0.2');
  await stage.put(last);
  const heal = stage.table.fault({ operation: 'GetItem', fault: { kind: 'refuse' } });
  expect(await stage.invoke(records.slice(1))).toEqual([records[1]?.dynamodb?.SequenceNumber]);
  expect(says()).toEqual([]);
  heal();
  expect(await stage.invoke(records.slice(1))).toEqual([]);
  expect(says()).toEqual(['A 10.0.0.2']);
});
