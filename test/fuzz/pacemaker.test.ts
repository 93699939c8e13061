/** The pacemaker's handler, given events that neither Scheduler nor SQS should send. The services it speaks to are one server here. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { SQSEvent } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { mutated } from './mutations.ts';
import { type Json, odd, oddNumber } from './odd-values.ts';
import { expectPrintable } from './soundness.ts';

const ZONES = { a: 'sentinel-a', b: 'sentinel-b' };
const PULSE_MS = 5000;

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
}

let server: Server;
let pacemaker: typeof import('../../lambda/pacemaker.ts').handler;
/** What the handler did: its item in the table, the slots that lie in the queue, and the zones it woke. */
let item: { readonly [name: string]: { readonly N?: string } } | undefined;
const queued: number[] = [];
const woken: { readonly name: string; readonly slot: unknown }[] = [];
const lines: string[] = [];

/** The table and the queue as far as one pacemaker needs them, and Lambda's Invoke. */
function answer(target: string, url: string, body: string): unknown {
  const [, name] = /functions\/([^/]+)\/invocations/.exec(url) ?? [];
  if (name) {
    woken.push({ name, slot: (JSON.parse(body) as { slot: unknown }).slot });
    return undefined;
  }
  const request = JSON.parse(body) as { Item?: typeof item; Entries?: Entry[] };
  if (target.endsWith('.SendMessageBatch')) {
    const Successful = (request.Entries ?? []).map(({ Id, MessageBody }) => {
      queued.push((JSON.parse(MessageBody) as { slot: number }).slot);
      return { Id, MessageId: Id, MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') };
    });
    return { Successful, Failed: [] };
  }
  if (target.endsWith('.PutItem')) item = request.Item;
  return target.endsWith('.GetItem') && item ? { Item: item } : {};
}

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { url = '', headers } = request;
    const reply = answer(String(headers['x-amz-target']), url, (await buffer(request)).toString());
    response.writeHead(reply ? 200 : 202, { 'Content-Type': 'application/x-amz-json-1.0' });
    response.end(reply && JSON.stringify(reply));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const endpoint = `http://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
  const settings = {
    ...{ AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1', TABLE_NAME: 't' },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', ZONES: JSON.stringify(ZONES) },
    ...{ PULSE_MS: String(PULSE_MS), QUEUE_URL: `${endpoint}/000000000000/slots` },
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  ({ handler: pacemaker } = await import('../../lambda/pacemaker.ts'));
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.close();
  server.closeAllConnections();
});

beforeEach(() => {
  item = undefined;
  queued.length = 0;
});

/** The fleet is seeded as far as the item says: no claim is open, and each slot lies in the queue once. */
function expectWholeSlots(): void {
  const { seededThrough, sentThrough } = item ?? {};
  expect(sentThrough).toEqual(seededThrough);
  const slots = queued.toSorted((a, b) => a - b);
  const [first = 0] = slots;
  expect(slots).toEqual(slots.map((_, i) => first + i * PULSE_MS));
  expect(slots.at(-1)).toBe(seededThrough?.N === undefined ? undefined : Number(seededThrough.N));
}

test(
  'whatever the schedule sends, all of its slots are queued once, or it is refused and nothing is done',
  async () => {
    const seeds: Json = { kind: 'seed' };
    const scheduled: Json = { version: '0', source: 'aws.scheduler', detail: {}, ...seeds };
    const event = fc.oneof(odd, mutated(seeds, 0), mutated(scheduled, 0));
    await holds('events of the schedule', event, async (given) => {
      woken.length = 0;
      const before = [...queued];
      const outcome = await pacemaker(given as never).catch((error: Error) => error);
      if (outcome instanceof Error) {
        expect(outcome.message).toMatch(/^the pacemaker takes \{"kind": "seed"\}, or an SQS event with/);
        expect(queued).toEqual(before);
      } else if ('messages' in outcome) {
        expect(given).toMatchObject({ kind: 'seed' });
        expect(queued).toHaveLength(before.length + outcome.messages);
      }
      expectWholeSlots();
      expect(woken).toEqual([]);
    });
    expect(queued).not.toEqual([]);
  },
  FUZZ_TIMEOUT_MS,
);

const ATTRIBUTES = { ApproximateReceiveCount: '1', SentTimestamp: '1790000000000' };

/** As SQS delivers it: its delay is over at this moment. */
function delivered(slot: number, zone?: string): Json {
  const body = JSON.stringify({ slot, ...(zone !== undefined && { zone }), delaySeconds: 10 });
  const attributes = { ...ATTRIBUTES, ApproximateFirstReceiveTimestamp: '1790000010000' };
  return { messageId: `of ${slot}`, body, attributes, eventSource: 'aws:sqs' };
}

/** A record with its body, or what is in the body, changed. */
const record: fc.Arbitrary<Json> = fc.oneof(
  mutated(delivered(1_790_000_010_000), 0),
  mutated(delivered(1_790_000_010_000, 'a'), 0),
  mutated({ slot: 1_790_000_015_000, zone: 'b', delaySeconds: 10 }, 0).map((body) => ({
    ...(delivered(0) as object),
    body: JSON.stringify(body),
  })),
  oddNumber.map((slot) => delivered(slot)),
  odd,
);

let marked = 1_800_000_000_000;

test(
  'whatever the queue delivers, a slot wakes each of its zones once, and a bad one holds up none behind it',
  async () => {
    await holds('events of the queue', fc.array(record, { maxLength: 5 }), async (records) => {
      woken.length = 0;
      lines.length = 0;
      marked += PULSE_MS;
      const Records = [...records, delivered(marked)];
      const outcome = await pacemaker({ Records } as unknown as SQSEvent);
      expect(outcome).toEqual({ batchItemFailures: [] });
      const of = (slot: unknown) => woken.filter((one) => one.slot === slot).map(({ name }) => name);
      expect(of(marked).sort()).toEqual(Object.values(ZONES));
      for (const { slot } of woken) {
        expect(Number.isSafeInteger(slot)).toBe(true);
        expect(of(slot)).toEqual([...new Set(of(slot))]);
        expect(Object.values(ZONES)).toEqual(expect.arrayContaining(of(slot)));
      }
      for (const line of lines) {
        expectPrintable(line.slice(0, -1).slice(0, 4096));
        expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), message: expect.any(String) });
      }
    });
    expect(item).toBeUndefined();
    expect(queued).toEqual([]);
  },
  FUZZ_TIMEOUT_MS,
);
