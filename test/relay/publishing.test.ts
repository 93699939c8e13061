import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MasterState } from '../../src/core/model.ts';
import { set } from '../../src/core/operations/set.ts';
import { ALL_TARGETS, STANDARD_TOPIC, Stage } from './stage.ts';
import { AT, aCalmState, observationRecord, observed, stateRecord, switched, written } from './writes.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.start();
});
afterEach(() => stage.end());

/** Four writes of a failover, with six events, as records. */
function aFailover(name: string) {
  const states: [MasterState, ...MasterState[]] = [aCalmState(name)];
  const write = (next: (before: MasterState) => MasterState) => states.push(next(states.at(-1) ?? states[0]));
  write((before) => written(before, ['+odown', '+new-epoch', '+try-failover']));
  write((before) => written(before, ['+elected-leader']));
  write((before) => switched(before, '10.0.0.2'));
  write((before) => written(before, ['+failover-end']));
  return { states, records: states.slice(1).map((state, i) => stateRecord(state, states[i])) };
}

const SIX = [1, 2, 3, 4, 5, 6];

/** Each number once, in the order in which it was first told. */
function firstTold(told: readonly { readonly seq: number }[]): number[] {
  return [...new Set(told.map(({ seq }) => seq))];
}

function onBus(master: string) {
  return stage.services.busEvents.map(({ detail }) => detail).filter((detail) => detail.master === master);
}

function onTopic(master: string) {
  return stage.received('ordered.fifo').filter((message) => message.master === master);
}

async function inHistory(master: string) {
  return (await stage.history(master)).map((item) => ({ seq: Number(item['seq']) }));
}

async function expectTold(master: string, seqs: readonly number[] = SIX): Promise<void> {
  expect(firstTold(onBus(master))).toEqual(seqs);
  // what was told again, the topic has passed over by its id
  expect(onTopic(master).map(({ seq }) => seq)).toEqual(seqs);
  expect(await inHistory(master)).toEqual(seqs.map((seq) => ({ seq })));
}

test('each event is told once to every target, in its order and by its name', async () => {
  await stage.load(ALL_TARGETS);
  const { states, records } = aFailover('m');
  await stage.put(states.at(-1) ?? states[0]);
  expect(await stage.invoke(records)).toEqual([]);
  await expectTold('m');
  expect(onBus('m')).toHaveLength(6);
  const [event] = stage.services.busEvents;
  expect(event).toEqual({
    ...{ source: 'lambda-sentinel', bus: 'events-bus', type: '+odown', time: AT / 1000 },
    detail: {
      ...{ id: 'm:1', master: 'm', seq: 1, at: '2026-11-27T12:00:00.000Z', by: 'a', type: '+odown' },
      payload: 'master m 10.0.0.1 6379',
    },
  });
  expect(stage.received('ordered.fifo')[0]).toEqual(event?.detail);
  expect(stage.services.zone.says('m.example.com')).toEqual(['A 10.0.0.2']);
});

test('an item of the history is kept for the days that are set, counted from its event', async () => {
  await stage.load({ TABLE_NAME: ALL_TARGETS.TABLE_NAME, HISTORY_DAYS: '30' });
  const before = aCalmState('m');
  await stage.invoke([stateRecord(written(before, ['+sdown']), before)]);
  expect(await stage.history('m')).toEqual([
    {
      ...{ pk: 'EVENTS#m', sk: '000000000001', schema: { major: 1, minor: 0 }, id: 'm:1', seq: 1, at: AT },
      ...{ by: 'a', type: '+sdown', payload: 'master m 10.0.0.1 6379', ttl: AT / 1000 + 30 * 86_400 },
    },
  ]);
});

test('an event that the history has already stays there as it is', async () => {
  const before = aCalmState('m');
  const record = stateRecord(written(before, ['+sdown']), before);
  await stage.load({ TABLE_NAME: ALL_TARGETS.TABLE_NAME, HISTORY_DAYS: '30' });
  await stage.invoke([record]);
  const first = await stage.history('m');
  await stage.load({ TABLE_NAME: ALL_TARGETS.TABLE_NAME, HISTORY_DAYS: '31' });
  expect(await stage.invoke([record])).toEqual([]);
  expect(await stage.history('m')).toEqual(first);
});

test('what one sentinel saw is told under its name, beside the numbered events', async () => {
  await stage.load(ALL_TARGETS);
  const events = [{ seq: 1, at: AT, by: 'b', type: '+sdown', payload: 'master m 10.0.0.1 6379' }];
  const before = aCalmState('m');
  const records = [
    observationRecord(observed('m', 'b', AT, events)),
    stateRecord(written(before, ['+odown']), before),
  ];
  await stage.put(before);
  expect(await stage.invoke(records)).toEqual([]);
  const ids = [`m:b:${AT}:1`, 'm:1'];
  expect(onBus('m').map(({ id }) => id)).toEqual(ids);
  expect(onTopic('m').map(({ id }) => id)).toEqual(ids);
  expect(onBus('m')[0]).toMatchObject({ sentinel: 'b', by: 'b', type: '+sdown' });
  const keys = (await stage.history('m')).map(({ sk }) => sk);
  expect(keys).toEqual(['000000000001', `OBS#b#${String(AT).padStart(16, '0')}#1`]);
});

test('a standard topic gets what a subscription filters and de-duplicates by', async () => {
  await stage.load({ TOPIC_ARN: STANDARD_TOPIC });
  const before = aCalmState('m');
  expect(await stage.invoke([stateRecord(written(before, ['+sdown']), before)])).toEqual([]);
  const [message] = stage.messages('plain');
  expect(message?.messageAttributes).toMatchObject({
    id: { DataType: 'String', StringValue: 'm:1' },
    master: { DataType: 'String', StringValue: 'm' },
    type: { DataType: 'String', StringValue: '+sdown' },
  });
});

test('more events than a call takes are told in several', async () => {
  await stage.load({ EVENT_BUS_NAME: 'bus' });
  const before = aCalmState('m');
  const after = written(
    before,
    Array.from({ length: 23 }, () => '+slave'),
  );
  expect(await stage.invoke([stateRecord(after, before)])).toEqual([]);
  expect(stage.services.puts).toEqual([10, 10, 3]);
  expect(firstTold(onBus('m'))).toEqual(Array.from({ length: 23 }, (_, i) => i + 1));
});

test('of a call that took only some, the others are put again and nothing else', async () => {
  await stage.load({ EVENT_BUS_NAME: 'bus' });
  const before = aCalmState('m');
  stage.services.refusedEntries.push('m:2', 'm:3', 'm:3');
  const after = written(before, ['+odown', '+new-epoch', '+try-failover']);
  expect(await stage.invoke([stateRecord(after, before)])).toEqual([]);
  expect(stage.services.puts).toEqual([3, 2, 1]);
  expect(onBus('m').map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test('an entry that is refused again and again fails its record', async () => {
  await stage.load({ EVENT_BUS_NAME: 'bus' });
  const before = aCalmState('m');
  stage.services.refusedEntries.push('m:1', 'm:1', 'm:1');
  const record = stateRecord(written(before, ['+odown']), before);
  expect(await stage.invoke([record])).toEqual([record.dynamodb?.SequenceNumber]);
  expect(await stage.invoke([record])).toEqual([]);
});

describe.each(['events', 'sns', 'route53'] as const)('%s', (service) => {
  test.for([
    ['fails once', 'error', 1],
    ['fails for a whole invocation', 'error', 3],
    ['loses its first reply', 'lost', 1],
    ['loses the replies of a whole invocation', 'lost', 3],
    ['denies', 'denied', 1],
  ] as const)('%s: nothing is lost, and the order stays', async ([, kind, times]) => {
    await stage.load(ALL_TARGETS);
    const { states, records } = aFailover('m');
    await stage.put(states.at(-1) ?? states[0]);
    stage.services.faults.add(service, kind, times);
    expect(await stage.deliver(records)).toEqual([]);
    await expectTold('m');
    expect(stage.services.zone.says('m.example.com')).toEqual(['A 10.0.0.2']);
  });

  test('fails for good: every other target has everything, and the records go where failures go', async () => {
    await stage.load(ALL_TARGETS);
    const { states, records } = aFailover('m');
    await stage.put(states.at(-1) ?? states[0]);
    stage.services.faults.add(service, 'denied', Number.POSITIVE_INFINITY);
    expect((await stage.deliver(records)).length).toBeGreaterThan(0);
    if (service !== 'events') expect(firstTold(onBus('m'))).toEqual(SIX);
    if (service !== 'sns') expect(firstTold(onTopic('m'))).toEqual(SIX);
    if (service !== 'route53') expect(stage.services.zone.says('m.example.com')).toEqual(['A 10.0.0.2']);
    expect(await inHistory('m')).toEqual(SIX.map((seq) => ({ seq })));
    expect(stage.lines.some((line) => line.includes('"level":"error"'))).toBe(true);
  });
});

test('a table that takes no history for a while has all of it in the end', async () => {
  await stage.load(ALL_TARGETS);
  const { states, records } = aFailover('m');
  await stage.put(states.at(-1) ?? states[0]);
  stage.table.fault({ operation: 'PutItem', times: 7, fault: { kind: 'refuse' } });
  expect(await stage.deliver(records)).toEqual([]);
  await expectTold('m');
});

test('a message that is refused for good holds up its own master at that target alone', async () => {
  await stage.load(ALL_TARGETS);
  const [ours, other] = [aFailover('m'), aFailover('n')];
  for (const { states } of [ours, other]) await stage.put(states.at(-1) ?? states[0]);
  stage.services.faults.add('sns', 'denied', Number.POSITIVE_INFINITY, '"id":"m:4"');
  const records = ours.records.flatMap((record, i) => [record, ...other.records.slice(i, i + 1)]);
  const failed = await stage.invoke(records);
  expect(failed).toEqual([ours.records[1]?.dynamodb?.SequenceNumber]);
  await expectTold('n');
  expect(firstTold(onBus('m'))).toEqual(SIX);
  expect(firstTold(onTopic('m'))).toEqual([1, 2, 3]);
  expect(await stage.deliver(records)).toEqual([ours.records[1]]);
  expect(firstTold(onTopic('m'))).toEqual([1, 2, 3, 5, 6]);
});

test('where a password is found is told to nobody, as little as the password', async () => {
  await stage.load(ALL_TARGETS);
  const before = aCalmState('m');
  const now = { wall: AT, mono: 0 };
  const outcome = set(before, { 'auth-pass': 'env:PLANTED', 'auth-user': 'planted-user' }, 'operator', now);
  if (outcome.kind !== 'change') throw new Error(`nothing was set: ${outcome.kind}`);
  await stage.put(before);
  await stage.invoke([stateRecord(outcome.next, before)]);
  const told = [stage.services.busEvents, stage.messages('ordered.fifo'), await stage.history('m')];
  expect(told.map((each) => each.length)).toEqual([2, 2, 2]);
  const { woken, zone } = stage.services;
  expect(JSON.stringify([told, woken, zone.history, stage.lines])).not.toMatch(/PLANTED|env:|REDIS_PASSWORD/);
});
