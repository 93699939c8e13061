import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type InvocationType,
  InvokeCommand,
  LambdaClient,
  ResourceNotFoundException,
  TooManyRequestsException,
} from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FunctionSettings } from '../../src/local/function-process.ts';
import { type Crash, LocalFunctions, type LocalFunctionsOptions } from '../../src/local/functions.ts';
import { Processes } from '../../src/local/processes.ts';

let folder: string;
let processes: Processes;
let functions: LocalFunctions | undefined;
let client: LambdaClient | undefined;
let crashes: Crash[];
let lines: { name: string; pid: number; line: string }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'functions-'));
  processes = new Processes();
  crashes = [];
  lines = [];
});

afterEach(async () => {
  client?.destroy();
  await functions?.end();
  await processes.end();
  await rm(folder, { recursive: true });
  client = undefined;
  functions = undefined;
});

async function startLambda(options: Partial<LocalFunctionsOptions> = {}): Promise<LocalFunctions> {
  functions = new LocalFunctions({
    processes,
    delays: { invokeMs: 0, coldStartMs: 0 },
    onLog: (name, pid, line) => lines.push({ name, pid, line }),
    onCrash: (crash) => crashes.push(crash),
    ...options,
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new LambdaClient({
    endpoint: await functions.start(),
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  return functions;
}

async function register(
  name: string,
  source: string,
  settings: Partial<FunctionSettings> = {},
): Promise<void> {
  const bundle = join(folder, `${name}.mjs`);
  await writeFile(bundle, source);
  functions?.register(name, { bundle, handler: 'handler', environment: {}, timeoutMs: 5000, ...settings });
}

async function invoke(name: string, event: unknown = {}, type: InvocationType = 'RequestResponse') {
  if (!client) throw new Error('startLambda first');
  const command = new InvokeCommand({
    FunctionName: name,
    InvocationType: type,
    Payload: JSON.stringify(event),
  });
  const reply = await client.send(command);
  const text = reply.Payload ? new TextDecoder().decode(reply.Payload) : '';
  return { status: reply.StatusCode, error: reply.FunctionError, body: text ? JSON.parse(text) : undefined };
}

function logged(text: string): number {
  return lines.filter(({ line }) => line.includes(text)).length;
}

/** `T` is stopped by a signal. */
async function processState(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0];
}

/** Each of `waitMs` and `until`, the path of a file, holds the answer back. */
const COUNTER = `
  import { existsSync } from 'node:fs';
  let calls = 0;
  export async function handler(event) {
    while (event.until && !existsSync(event.until)) await new Promise((resolve) => setTimeout(resolve, 5));
    if (event.waitMs) await new Promise((resolve) => setTimeout(resolve, event.waitMs));
    return { pid: process.pid, calls: ++calls };
  }`;

describe('an invocation', () => {
  test('is answered with what the handler returned, and finds its event and context', async () => {
    await startLambda();
    await register(
      'echo',
      `export const handler = (event, context) => ({ event, context, left: context.getRemainingTimeInMillis() });`,
      { memoryMb: 256, timeoutMs: 4000 },
    );
    const { status, error, body } = await invoke('echo', { zone: 'a', text: 'é\n' });
    expect({ status, error, event: body.event }).toEqual({
      status: 200,
      error: undefined,
      event: { zone: 'a', text: 'é\n' },
    });
    expect(body.context).toEqual({
      functionName: 'echo',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      memoryLimitInMB: '256',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:echo',
    });
    expect(body.left).toBeGreaterThan(1000);
    expect(body.left).toBeLessThanOrEqual(4000);
  });

  test('sees its own environment and nothing of the one that started it', async () => {
    process.env['PLANTED_SECRET'] = 'planted';
    try {
      await startLambda();
      await register('env', `export const handler = () => process.env;`, {
        environment: { TABLE_NAME: 't' },
      });
      const { body } = await invoke('env');
      expect(body).toMatchObject({
        PATH: process.env['PATH'],
        AWS_ACCESS_KEY_ID: 'env',
        AWS_LAMBDA_FUNCTION_NAME: 'env',
        AWS_REGION: 'us-east-1',
        TABLE_NAME: 't',
      });
      expect(Object.keys(body).filter((key) => !/^(AWS_|PATH|HOME|TZ|TABLE_NAME)/.test(key))).toEqual([]);
    } finally {
      delete process.env['PLANTED_SECRET'];
    }
  });

  test('that throws is answered in the shape of a function error, and its environment lives on', async () => {
    await startLambda();
    await register(
      'thrower',
      `export const handler = (event) => { if (event.bad) throw new TypeError('no such zone'); return process.pid; };`,
    );
    const before = await invoke('thrower');
    const { status, error, body } = await invoke('thrower', { bad: true });
    expect({ status, error }).toEqual({ status: 200, error: 'Unhandled' });
    expect(body).toEqual({ errorType: 'TypeError', errorMessage: 'no such zone', trace: expect.any(Array) });
    expect(body.trace[0]).toBe('TypeError: no such zone');
    expect(crashes).toMatchObject([
      { functionName: 'thrower', reason: 'threw', invocationType: 'RequestResponse' },
    ]);
    expect((await invoke('thrower')).body).toBe(before.body);
  });

  test('of a function nobody registered makes the SDK throw ResourceNotFoundException', async () => {
    await startLambda();
    await expect(invoke('nobody')).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(invoke('nobody', {}, 'Event')).rejects.toMatchObject({
      message: 'Function not found: nobody',
    });
  });

  test('of a bundle that cannot be imported or lacks its handler says so', async () => {
    await startLambda();
    await register('broken', `throw new Error('no table name given');`);
    await register('other', `export const main = () => 1;`);
    expect((await invoke('broken')).body.errorMessage).toBe('no table name given');
    expect((await invoke('other')).body).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: expect.stringContaining('exports no function "handler"; it exports: main'),
    });
    expect(crashes.map(({ reason }) => reason)).toEqual(['not started', 'not started']);
    expect(functions?.environments('broken')).toEqual([]);
  });

  test('of type Event is accepted before it ran', async () => {
    await startLambda();
    const mark = join(folder, 'mark');
    const release = join(folder, 'release');
    await register(
      'later',
      `import { existsSync, writeFileSync } from 'node:fs';
       export async function handler(event) {
         while (!existsSync(event.release)) await new Promise((resolve) => setTimeout(resolve, 5));
         writeFileSync(event.mark, 'ran');
       }`,
    );
    expect(await invoke('later', { mark, release }, 'Event')).toMatchObject({
      status: 202,
      error: undefined,
    });
    expect(existsSync(mark)).toBe(false);
    await writeFile(release, '');
    await vi.waitFor(() => expect(readFileSync(mark, 'utf8')).toBe('ran'), 5000);
  });

  test('of type Event that fails is reported and not tried again unless retries are configured', async () => {
    await startLambda({ delays: { invokeMs: 0, coldStartMs: 0, retryMs: 10 } });
    const source = `export const handler = () => { throw new Error('always'); };`;
    await register('once', source);
    await register('thrice', source, { maxRetries: 2 });
    await invoke('once', {}, 'Event');
    await invoke('thrice', {}, 'Event');
    const of = (name: string) => crashes.filter(({ functionName }) => functionName === name);
    await vi.waitFor(() => expect(of('thrice')).toHaveLength(3), 5000);
    await vi.waitFor(() => expect(of('once')).not.toEqual([]), 5000); // two environments: either may be the first
    expect(of('once')).toMatchObject([
      { reason: 'threw', invocationType: 'Event', error: { errorMessage: 'always' } },
    ]);
    expect(new Set(crashes.map(({ requestId }) => requestId)).size).toBe(2);
  });

  test('over its time-out loses its environment, and the next one starts anew', async () => {
    await startLambda();
    await register('slow', COUNTER, { timeoutMs: 300 });
    const { body: first } = await invoke('slow');
    const { error, body } = await invoke('slow', { waitMs: 60_000 });
    expect(error).toBe('Unhandled');
    expect(body).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 0\.30 seconds$/),
    });
    expect(crashes).toMatchObject([{ reason: 'timed out', pid: first.pid }]);
    await vi.waitFor(() => expect(existsSync(`/proc/${first.pid}`)).toBe(false), 5000);
    expect((await invoke('slow')).body).toMatchObject({ calls: 1 });
  });

  test('whose environment is killed fails, and the next one starts anew', async () => {
    await startLambda();
    await register('victim', COUNTER);
    const { body: first } = await invoke('victim');
    const hanging = invoke('victim', { waitMs: 60_000 });
    await vi.waitFor(() => expect(functions?.environments('victim')[0]?.busy).toBe(true));
    process.kill(first.pid, 'SIGKILL');
    expect(await hanging).toMatchObject({
      error: 'Unhandled',
      body: {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/Runtime exited with error: signal: SIGKILL$/),
      },
    });
    expect(crashes).toMatchObject([{ reason: 'exited', pid: first.pid, functionName: 'victim' }]);
    expect(functions?.environments('victim')).toEqual([]);
    const { body: next } = await invoke('victim');
    expect(next.calls).toBe(1);
    expect(next.pid).not.toBe(first.pid);
  });

  test('that leaves a rejection unhandled ends its environment with an exit status', async () => {
    await startLambda();
    await register(
      'careless',
      `export const handler = () => { Promise.reject(new Error('lost')); return new Promise(() => {}); };`,
    );
    expect((await invoke('careless')).body.errorMessage).toMatch(/Runtime exited with error: exit status 1$/);
    await vi.waitFor(() => expect(logged('Error: lost')).toBe(1));
  });

  test('writes its lines to the log under its name and process', async () => {
    await startLambda();
    await register(
      'talker',
      `export const handler = () => { console.log('one\\ntwo'); console.error('three'); return process.pid; };`,
    );
    const { body: pid } = await invoke('talker');
    await vi.waitFor(() => expect(lines).toHaveLength(3));
    expect(lines.map(({ line }) => line).sort()).toEqual(['one', 'three', 'two']);
    expect(lines.every((line) => line.name === 'talker' && line.pid === pid)).toBe(true);
  });
});

describe('environments', () => {
  test('take one invocation at a time, and the last used idle one is taken first', async () => {
    await startLambda();
    await register('counter', COUNTER);
    const until = join(folder, 'release');
    const long = invoke('counter', { until });
    await vi.waitFor(() => expect(functions?.environments('counter')).toHaveLength(1));
    const short = await invoke('counter');
    expect(functions?.environments('counter').map(({ busy }) => busy)).toEqual([true, false]);
    await writeFile(until, '');
    const { body: last } = await long;
    expect(last.pid).not.toBe(short.body.pid);
    expect(functions?.environments('counter').map(({ pid }) => pid)).toEqual([last.pid, short.body.pid]);
    for (const calls of [2, 3]) expect((await invoke('counter')).body).toEqual({ pid: last.pid, calls });
  });

  test('that stay idle are ended, but for the most recently used', async () => {
    await startLambda({ idleMs: 150 });
    await register('counter', COUNTER);
    const replies = await Promise.all([1, 2, 3].map((n) => invoke('counter', { waitMs: n * 60 })));
    expect(new Set(replies.map(({ body }) => body.pid)).size).toBe(3);
    await vi.waitFor(() => expect(functions?.environments('counter')).toHaveLength(1), 5000);
    expect(functions?.environments('counter')[0]).toMatchObject({ busy: false });
    const kept = functions?.environments('counter')[0]?.pid;
    await wait(400);
    expect((await invoke('counter')).body).toMatchObject({ pid: kept, calls: 2 });
  });

  test('beyond the maximum concurrency are not started: the invocation is throttled', async () => {
    await startLambda();
    await register('single', COUNTER, { maxConcurrency: 1 });
    const until = join(folder, 'release');
    const running = invoke('single', { until });
    await vi.waitFor(() => expect(functions?.environments('single')).toHaveLength(1));
    await expect(invoke('single')).rejects.toBeInstanceOf(TooManyRequestsException);
    await writeFile(until, '');
    await running;
    expect((await invoke('single')).body.calls).toBe(2);
  });

  test('whose process died while idle are dropped without a crash', async () => {
    await startLambda();
    await register('counter', COUNTER);
    const { body } = await invoke('counter');
    process.kill(body.pid, 'SIGKILL');
    await vi.waitFor(() => expect(functions?.environments('counter')).toEqual([]));
    expect((await invoke('counter')).body.calls).toBe(1);
    expect(crashes).toEqual([]);
  });

  test('are frozen between invocations: no timer runs in them', async () => {
    await startLambda({ freeze: true });
    const ticks = join(folder, 'ticks');
    await register(
      'ticker',
      `import { appendFileSync } from 'node:fs';
       let ticking = false;
       export async function handler(event) {
         if (!ticking) setInterval(() => appendFileSync(event.ticks, '.'), 10);
         ticking = true;
         await new Promise((resolve) => setTimeout(resolve, 200));
         return process.pid;
       }`,
    );
    const { body: pid } = await invoke('ticker', { ticks });
    await vi.waitFor(async () => expect(await processState(pid)).toBe('T'));
    const whileRunning = (await readFile(ticks)).length;
    expect(whileRunning).toBeGreaterThan(2);
    await wait(300);
    expect(await readFile(ticks)).toHaveLength(whileRunning);
    expect((await invoke('ticker', { ticks })).body).toBe(pid);
    expect((await readFile(ticks)).length).toBeGreaterThan(whileRunning);
  });

  test('stay awake between invocations when they are not to be frozen', async () => {
    await startLambda();
    await register('counter', COUNTER);
    const { body } = await invoke('counter');
    expect(await processState(body.pid)).not.toBe('T');
  });

  test('are all gone when the service has ended, frozen or busy', async () => {
    const service = await startLambda({ freeze: true });
    await register('frozen', COUNTER);
    await register('busy', COUNTER);
    const { body: frozen } = await invoke('frozen');
    const { body: busy } = await invoke('busy');
    await invoke('busy', { waitMs: 60_000 }, 'Event');
    await vi.waitFor(() => expect(service.environments('busy')[0]?.busy).toBe(true));
    await service.end();
    expect([frozen, busy].filter(({ pid }) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(crashes).toEqual([]);
  });
});

describe('a disabled function', () => {
  test('drops an Event with a line in the log and throttles a RequestResponse, until it is enabled', async () => {
    const service = await startLambda();
    await register('zone', COUNTER);
    service.disable('zone');
    expect((await invoke('zone', {}, 'Event')).status).toBe(202);
    await vi.waitFor(() => expect(logged('dropped: function zone is disabled')).toBe(1));
    await expect(invoke('zone')).rejects.toBeInstanceOf(TooManyRequestsException);
    expect(service.environments('zone')).toEqual([]);
    service.enable('zone');
    expect((await invoke('zone')).body.calls).toBe(1);
  });
});

describe('delays', () => {
  test('come before every invocation, and a cold start lasts at least as long as is asked', async () => {
    await startLambda({ delays: { invokeMs: 100, coldStartMs: 600 } });
    await register('counter', COUNTER);
    const coldMs = await timed(() => invoke('counter'));
    const warmMs = await timed(() => invoke('counter'));
    expect(coldMs).toBeGreaterThanOrEqual(695);
    expect(warmMs).toBeGreaterThanOrEqual(95);
    expect(warmMs).toBeLessThan(coldMs - 300);
  });
});

describe('the CPU share', () => {
  test.skipIf(process.getuid?.() !== 0)(
    'is held to the memory size, and its cgroup is gone with the process',
    async () => {
      await startLambda({ cpuShare: true });
      await register(
        'burner',
        `export const handler = () => {
         const before = process.cpuUsage();
         const end = Date.now() + 1000;
         while (Date.now() < end);
         const used = process.cpuUsage(before);
         return { pid: process.pid, cpuMs: (used.user + used.system) / 1000 };
       };`,
        { memoryMb: 442 },
      );
      const { body } = await invoke('burner');
      const refused = lines.find(({ line }) => line.startsWith('no CPU quota'));
      if (refused) return expect(refused.line).toMatch(/^no CPU quota (for process \d+ )?.*: .+/);
      expect(body.cpuMs).toBeLessThan(400); // a quarter of a core, and one period more
      await functions?.end();
      const roots = ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup'].filter((root) => existsSync(root));
      expect(
        roots.flatMap((root) => readdirSync(root)).filter((name) => name.endsWith(`-${body.pid}`)),
      ).toEqual([]);
    },
  );
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
