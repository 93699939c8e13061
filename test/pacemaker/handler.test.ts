/** The deployed handler: what it answers to the queue, to nobody's events, and to settings that are none. */
import { createServer, type Server } from 'node:http';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../src/local/ports.ts';

type Handler = typeof import('../../lambda/pacemaker.ts').handler;

let server: Server;
let settings: Readonly<Record<string, string>>;
let invoked: string[];
const lines: string[] = [];

beforeAll(async () => {
  const port = await freePort();
  server = createServer((request, response) => {
    const [, name = ''] = /functions\/([^/]+)\/invocations/.exec(request.url ?? '') ?? [];
    request.resume().on('end', () => {
      invoked.push(name);
      const refused = name === 'sentinel-gone';
      response.writeHead(
        refused ? 404 : 202,
        refused ? { 'x-amzn-errortype': 'ResourceNotFoundException' } : {},
      );
      response.end(refused ? '{"Message":"Function not found"}' : '');
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  settings = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    TABLE_NAME: 'table',
    QUEUE_URL: `http://127.0.0.1:${port}/000000000000/slots`,
    PULSE_MS: '5000',
    STAGGER: 'yes',
    ZONES: '{"a":"sentinel-a","b":"sentinel-b","gone":"sentinel-gone"}',
  };
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server?.close();
  server?.closeAllConnections();
});

beforeEach(() => {
  invoked = [];
  lines.length = 0;
});

async function load(more: Readonly<Record<string, string | undefined>> = {}): Promise<Handler> {
  vi.resetModules();
  for (const [name, value] of Object.entries({ ...settings, ...more })) vi.stubEnv(name, value);
  return (await import('../../lambda/pacemaker.ts')).handler;
}

function batch(...bodies: readonly string[]): SQSEvent {
  return { Records: bodies.map((body, index) => ({ messageId: `m${index}`, body }) as SQSRecord) };
}

test('of a batch only the message whose zone could not be invoked is to come again', async () => {
  const handler = await load();
  const slot = Date.now();
  const body = (zone: string) => JSON.stringify({ slot, zone });
  const answer = await handler(batch(body('a'), body('gone'), 'no slot', body('b'), '{"slot":0}'));
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
  expect(invoked.toSorted()).toEqual(['sentinel-a', 'sentinel-b', 'sentinel-gone']);
  expect(lines.map((line) => (JSON.parse(line) as { level: string }).level).toSorted()).toEqual([
    'error',
    'error',
    'warn',
  ]);
});

test.each([[{}], [{ kind: 'pulse' }], [null], [[]], ['seed'], [{ Records: 1 }]])(
  '%j is refused',
  async (event) => {
    const handler = await load();
    await expect(handler(event as never)).rejects.toThrow(/takes \{"kind": "seed"\}, or an SQS event/);
  },
);

test.each([[[null]], [[{}]], [[{ messageId: 'm', body: 5 }]]])(
  'a record %j is passed over',
  async (Records) => {
    const handler = await load();
    expect(await handler({ Records } as never)).toEqual({ batchItemFailures: [] });
    expect(invoked).toEqual([]);
  },
);

describe('a setting that is none is named', () => {
  test.each([
    ['PULSE_MS', '999', /PULSE_MS must be whole milliseconds, 1000 to 60000, not "999"/],
    ['PULSE_MS', '60001', /PULSE_MS must be whole milliseconds, 1000 to 60000/],
    ['PULSE_MS', '1e3', /PULSE_MS must be/],
    ['STAGGER', 'true', /STAGGER is "true": allowed is yes or no/],
    ['ZONES', '{}', /ZONES names no zone/],
    ['ZONES', '[]', /ZONES must be a JSON object of strings/],
    ['QUEUE_URL', '', /QUEUE_URL is not set/],
    ['TABLE_NAME', '', /TABLE_NAME is not set/],
  ])('%s: %j', async (name, value, why) => {
    await expect(load({ [name]: value })).rejects.toThrow(why);
  });
});
