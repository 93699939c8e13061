/** What becomes of a batch that the queue takes in part, or whose reply is lost. The faults are on the wire. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqsDelayQueue } from '../../src/adapters/sqs/delay-queue.ts';
import { freePort } from '../../src/local/ports.ts';

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly DelaySeconds: number;
}

type Fate = 'taken' | 'turned away' | 'no reply';

let server: Server;
let client: SQSClient;
let queue: SqsDelayQueue;
let told: string[];
/** The bodies of each request. */
let offered: string[][];
let fateOf: (body: string, request: number) => Fate;

beforeEach(async () => {
  offered = [];
  told = [];
  const port = await freePort();
  server = createServer(async (request, response) => {
    const { Entries } = JSON.parse(await text(request)) as { Entries: Entry[] };
    offered.push(Entries.map(({ MessageBody }) => MessageBody));
    const fates = Entries.map((entry) => ({ entry, fate: fateOf(entry.MessageBody, offered.length) }));
    if (fates.some(({ fate }) => fate === 'no reply')) return void request.socket.resetAndDestroy();
    const Successful = fates.flatMap(({ entry, fate }) => (fate === 'taken' ? [accepted(entry)] : []));
    const Failed = fates.flatMap(({ entry, fate }) =>
      fate === 'turned away'
        ? [{ Id: entry.Id, Code: 'InternalError', SenderFault: false, Message: 'busy' }]
        : [],
    );
    response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ Successful, Failed }));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const endpoint = `http://127.0.0.1:${port}`;
  client = new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  const queueUrl = `${endpoint}/000000000000/slots`;
  queue = new SqsDelayQueue({ client, queueUrl, telemetry: { log: (_level, line) => told.push(line) } });
});

afterEach(() => {
  client.destroy();
  server.close();
  server.closeAllConnections();
});

function accepted({ Id, MessageBody }: Entry) {
  return { Id, MessageId: `m${Id}`, MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') };
}

const batch = ['one', 'two', 'three'].map((body) => ({ body, delaySeconds: 3 }));

test('what was turned away is offered again, and nothing else', async () => {
  fateOf = (body, request) => (body === 'two' && request === 1 ? 'turned away' : 'taken');
  expect(await queue.send(batch)).toEqual([]);
  expect(offered).toEqual([['one', 'two', 'three'], ['two']]);
  expect(told).toEqual(['the queue turned away 1 message(s), the first with InternalError: busy']);
});

test('what is turned away three times is given back', async () => {
  fateOf = (body) => (body === 'three' ? 'turned away' : 'taken');
  expect(await queue.send(batch)).toEqual([{ body: 'three', delaySeconds: 3 }]);
  expect(offered).toEqual([['one', 'two', 'three'], ['three'], ['three']]);
});

test('a batch whose reply is lost is offered again whole', async () => {
  fateOf = (_, request) => (request === 1 ? 'no reply' : 'taken');
  expect(await queue.send(batch)).toEqual([]);
  expect(offered).toEqual([
    ['one', 'two', 'three'],
    ['one', 'two', 'three'],
  ]);
});

test('a queue that never answers has the whole batch given back, in bounded time', async () => {
  fateOf = () => 'no reply';
  expect(await queue.send(batch)).toEqual(batch);
  expect(offered).toHaveLength(3);
  expect(told).toHaveLength(3);
});
