/** A real failover, and what the functions that are deployed write of it: each line as CloudWatch would read it. */
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { expect, it, onTestFinished } from 'vitest';
import { nodeId } from '../../src/core/model.ts';
import type { LocalEvent } from '../../src/local/events.ts';
import { nodeOf } from '../../src/local/rehearsal.ts';
import type { Stack } from '../../src/local/stack.ts';
import { TableStream } from '../../src/local/stream.ts';
import { until } from '../../src/local/until.ts';
import { awaitEvent, converged, LIMIT_MS, startWatched } from '../local/watched.ts';
import { type DataPoint, pointsIn, readEmf, sumsOf } from './emf.ts';

const DEPLOYMENT = 'Local/Sentinel';
const ALL = `Deployment=${DEPLOYMENT}`;
const COUNTING = 'relay-that-counts';
const CONTINUOUS = ['UsableSentinels', 'VisibleReplicas', 'ReplicationLagBytes'];

/** The deployed relay, a second one: it is given the same stream and wakes nobody. */
async function startCounting(stack: Stack): Promise<void> {
  stack.functions.register(COUNTING, {
    handler: 'handler',
    memoryMb: 512,
    bundle: fileURLToPath(new URL('../../dist/lambda/relay.mjs', import.meta.url)),
    timeoutMs: 30_000,
    environment: { ZONES: '{}', DEPLOYMENT },
  });
  const credentials = { accessKeyId: 'stream', secretAccessKey: 'local' };
  const lambda = new LambdaClient({ endpoint: stack.lambdaEndpoint, region: 'local', credentials });
  const stream = new TableStream({
    endpoint: stack.table.storeEndpoint,
    tableName: stack.table.tableName,
    table: stack.table,
    delayMs: 0,
    deliver: (event) => deliver(lambda, event),
  });
  await stream.start();
  onTestFinished(async () => {
    await stream.end();
    lambda.destroy();
  });
}

async function deliver(lambda: LambdaClient, event: DynamoDBStreamEvent): Promise<void> {
  const payload = new TextEncoder().encode(JSON.stringify(event));
  const reply = await lambda.send(new InvokeCommand({ FunctionName: COUNTING, Payload: payload }));
  const answer = new TextDecoder().decode(reply.Payload);
  if (reply.FunctionError) throw new Error(answer);
  expect((JSON.parse(answer) as DynamoDBBatchResponse).batchItemFailures).toEqual([]);
}

/** What was agreed on since then, as these figures are defined. */
function agreedOn(events: readonly LocalEvent[], from: number): Record<string, number> {
  const agreed = events.slice(from).filter(({ source }) => source === 'state');
  const count = (wanted: (type: string) => boolean) => agreed.filter(({ type }) => wanted(type)).length;
  const counts = {
    MasterDown: count((type) => type === '+odown'),
    FailoversStarted: count((type) => type === '+try-failover'),
    Failovers: count((type) => type === '+switch-master'),
    FailoversAborted: count((type) => type.startsWith('-failover-abort-')),
  };
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0));
}

it('makes the relay count it, and each zone tell how its master is', { timeout: 300_000 }, async () => {
  const lines: { source: string; line: string }[] = [];
  const { stack, events } = await startWatched({
    zoneEnvironment: { DEPLOYMENT, CONTINUOUS_METRICS: 'perMaster' },
    onLog: (source, _pid, line) => lines.push({ source, line }),
  });
  await startCounting(stack);
  const linesOf = (name: string) => lines.filter(({ source }) => source === name).map(({ line }) => line);
  const counted = (): DataPoint[] => pointsIn(linesOf(COUNTING));
  const before = await stack.state();
  const firstEvent = events.length;

  const old = nodeOf(stack, nodeId(before.master.address));
  await old.kill();
  const switched = await awaitEvent(events, '+switch-master', firstEvent);
  await awaitEvent(events, '+failover-end', firstEvent);
  const one = `${ALL}, Master=${stack.name}`;
  const sums = await until(
    'the failover counted',
    () => {
      const { TwoMasters, MisconfiguredNodes, ...found } = sumsOf(counted(), one);
      return equal(found, agreedOn(events, firstEvent)) && found;
    },
    { timeoutMs: LIMIT_MS, everyMs: 50 },
  );
  expect(sums).toMatchObject({ MasterDown: expect.any(Number), FailoversStarted: expect.any(Number) });
  expect(sums['Failovers']).toBeGreaterThan(0);
  expect(counted().find(({ metric, dimensions }) => metric === 'Failovers' && dimensions === one)?.at).toBe(
    Math.round(switched.at),
  );

  // the old master comes back as one, and is a second one until it is demoted
  await old.restart();
  await awaitEvent(events, '+convert-to-slave', firstEvent);
  await until('a second master counted', () => (sumsOf(counted(), one)['TwoMasters'] ?? 0) > 0, {
    timeoutMs: LIMIT_MS,
    everyMs: 50,
  });
  await converged(stack);
  expect(sumsOf(counted(), ALL)).toEqual(sumsOf(counted(), one)); // of the only master and of all of them

  for (const zone of stack.zones) {
    const own = () => linesOf(`sentinel-${zone}`).filter((line) => readEmf(line));
    const metrics = () => new Set(pointsIn(own()).map(({ metric }) => metric));
    // if not in the minute in which the zones began, then in the next one
    await until(`${zone} measured`, () => CONTINUOUS.every((name) => metrics().has(name)), {
      timeoutMs: 60_000 + LIMIT_MS,
      everyMs: 50,
    });
    for (const line of own()) expect(readEmf(line)).toMatchObject({ Zone: zone });
  }
});

function equal(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}
