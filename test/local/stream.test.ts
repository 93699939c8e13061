import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Processes } from '../../src/local/processes.ts';
import { type StreamTrouble, TableStream, type TableStreamOptions } from '../../src/local/stream.ts';
import { type LocalTable, startTable } from '../../src/local/table.ts';

let processes: Processes;
let table: LocalTable;
let client: DynamoDBClient;
let stream: TableStream | undefined;
let events: DynamoDBStreamEvent[];
let troubles: StreamTrouble[];

beforeEach(async () => {
  processes = new Processes();
  table = await startTable(processes);
  const credentials = { accessKeyId: 'zone-a', secretAccessKey: 'local' };
  client = new DynamoDBClient({ endpoint: table.endpoint, region: 'us-east-1', credentials });
  events = [];
  troubles = [];
});

afterEach(async () => {
  await stream?.end();
  client.destroy();
  await table.end();
  await processes.end();
  stream = undefined;
});

/** Polls so seldom that whatever a test sees came by the doorbell, unless it says otherwise. */
async function startStream(options: Partial<TableStreamOptions> = {}): Promise<void> {
  stream = new TableStream({
    endpoint: table.storeEndpoint,
    tableName: table.tableName,
    table,
    pollMs: 3_600_000,
    delayMs: 0,
    deliver: async (event) => void events.push(event),
    onTrouble: (trouble) => troubles.push(trouble),
    ...options,
  });
  await stream.start();
}

async function put(sk: string, attributes: Record<string, AttributeValue> = {}, through = client) {
  const Item = { pk: { S: 'MASTER#cache' }, sk: { S: sk }, ...attributes };
  await through.send(new PutItemCommand({ TableName: table.tableName, Item }));
}

async function remove(sk: string) {
  const Key = { pk: { S: 'MASTER#cache' }, sk: { S: sk } };
  await client.send(new DeleteItemCommand({ TableName: table.tableName, Key }));
}

function records(): DynamoDBRecord[] {
  return events.flatMap(({ Records }) => Records);
}

async function untilRecords(count: number): Promise<DynamoDBRecord[]> {
  await vi.waitFor(() => expect(records()).toHaveLength(count), 5000);
  return records();
}

/** The revisions of one item in the order in which they came. */
function revisions(sk: string): (string | undefined)[] {
  const own = records().filter((record) => record.dynamodb?.Keys?.['sk']?.S === sk);
  return own.map((record) => record.dynamodb?.NewImage?.['rev']?.N);
}

describe('a stream', () => {
  test('tells of an insert, a change and a removal in the shape of DynamoDB', async () => {
    await startStream();
    await put('STATE', { rev: { N: '1' }, secret: { B: Uint8Array.of(1, 2, 255) } });
    await untilRecords(1);
    await put('STATE', { rev: { N: '2' } });
    await untilRecords(2);
    await remove('STATE');
    const [insert, modify, removal] = await untilRecords(3);
    const keys = { pk: { S: 'MASTER#cache' }, sk: { S: 'STATE' } };
    const first = { ...keys, rev: { N: '1' }, secret: { B: 'AQL/' } };
    const second = { ...keys, rev: { N: '2' } };
    expect(insert).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Number),
        Keys: keys,
        NewImage: first,
        SequenceNumber: expect.stringMatching(/^\d{21}$/),
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
    expect(modify).toMatchObject({ eventName: 'MODIFY', dynamodb: { NewImage: second, OldImage: first } });
    expect(removal).toMatchObject({ eventName: 'REMOVE', dynamodb: { Keys: keys, OldImage: second } });
    expect(removal?.dynamodb).not.toHaveProperty('NewImage');
  });

  test('starts with what is written after it was started, and passes over writes that change nothing', async () => {
    await put('STATE', { rev: { N: '1' } });
    await startStream();
    await put('STATE', { rev: { N: '1' } });
    await put('OBS#a', { seq: { N: '1' } });
    const [only] = await untilRecords(1);
    expect(only?.dynamodb?.Keys?.['sk']).toEqual({ S: 'OBS#a' });
  });

  test('keeps the order of each item under many writes, up to the last one', async () => {
    await startStream({ delayMs: { min: 5, max: 40 } });
    await Promise.all(
      ['OBS#a', 'OBS#b', 'OBS#c'].map(async (sk) => {
        for (let rev = 1; rev <= 40; rev++) await put(sk, { rev: { N: String(rev) } });
      }),
    );
    await vi.waitFor(() => {
      for (const sk of ['OBS#a', 'OBS#b', 'OBS#c']) expect(revisions(sk).at(-1)).toBe('40');
    }, 5000);
    for (const sk of ['OBS#a', 'OBS#b', 'OBS#c']) {
      const told = revisions(sk).map(Number);
      expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
    }
    const sequence = records().map((record) => record.dynamodb?.SequenceNumber ?? '');
    expect(sequence).toEqual([...new Set(sequence)].sort());
  });

  test('delivers one batch at a time, and what comes meanwhile in the next one', async () => {
    const release = Promise.withResolvers<void>();
    const order: string[] = [];
    await startStream({
      deliver: async (event) => {
        order.push('begin');
        events.push(event);
        if (events.length === 1) await release.promise;
        order.push('end');
      },
    });
    await put('STATE', { rev: { N: '1' } });
    await untilRecords(1);
    for (const sk of ['OBS#a', 'OBS#b']) await put(sk);
    release.resolve();
    await untilRecords(3);
    expect(order.slice(0, 3)).toEqual(['begin', 'end', 'begin']);
  });

  test('delivers no sooner than the least delay', async () => {
    await startStream({ delayMs: { min: 200, max: 250 } });
    const start = performance.now();
    await put('STATE');
    await untilRecords(1);
    expect(performance.now() - start).toBeGreaterThanOrEqual(195);
  });

  test('finds by polling what was written around the door', async () => {
    await startStream({ pollMs: 50 });
    const credentials = { accessKeyId: 'other', secretAccessKey: 'local' };
    const around = new DynamoDBClient({ endpoint: table.storeEndpoint, region: 'us-east-1', credentials });
    await put('STATE', {}, around);
    around.destroy();
    expect(await untilRecords(1)).toMatchObject([{ eventName: 'INSERT' }]);
  });
});

describe('a delivery that fails', () => {
  test('is tried again with the same records, ahead of later ones', async () => {
    let failures = 2;
    await startStream({
      deliver: async (event) => {
        events.push(event);
        if (failures-- > 0) throw new Error('the relay is throttled');
      },
    });
    await put('STATE', { rev: { N: '1' } });
    await put('STATE', { rev: { N: '2' } });
    await vi.waitFor(() => expect(revisions('STATE').at(-1)).toBe('2'), 5000);
    await vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(3), 5000);
    expect(events[1]).toEqual(events[0]);
    expect(events[2]).toEqual(events[0]);
    expect(troubles).toEqual([]);
  });

  test('four times is given up and reported, and the next is delivered', async () => {
    let attempts = 0;
    await startStream({
      deliver: async (event) => {
        attempts++;
        if (event.Records.some((record) => record.dynamodb?.Keys?.['sk']?.S === 'STATE'))
          throw new Error('bad record');
        events.push(event);
      },
    });
    await put('STATE');
    await vi.waitFor(() => expect(troubles).toHaveLength(1), 5000);
    expect(attempts).toBe(4);
    expect(troubles).toMatchObject([{ kind: 'batch given up', error: { message: 'bad record' } }]);
    await put('OBS#a');
    expect(await untilRecords(1)).toMatchObject([{ dynamodb: { Keys: { sk: { S: 'OBS#a' } } } }]);
  });
});

test('a table that cannot be read is reported once', async () => {
  await startStream({ pollMs: 20 });
  process.kill(table.pid, 'SIGKILL');
  await vi.waitFor(() => expect(troubles).toMatchObject([{ kind: 'table not readable' }]), 5000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(troubles).toHaveLength(1);
});

test('a stream that has ended delivers no more', async () => {
  await startStream({ delayMs: { min: 50, max: 50 } });
  await put('STATE');
  await stream?.end();
  await put('OBS#a');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(events).toEqual([]);
});
