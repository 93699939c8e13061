/** A stack for one test: ended with it, its events kept, its writes held to the oracle, its log told when it fails. */
import { randomUUID } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { expect, onTestFailed, onTestFinished } from 'vitest';
import { type MasterState, nodeId } from '../../src/core/model.ts';
import type { LocalEvent } from '../../src/local/events.ts';
import { Oracle } from '../../src/local/oracle.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { settled } from '../../src/local/rehearsal.ts';
import { type Stack, type StackOptions, startStack } from '../../src/local/stack.ts';
import { functionNameOf } from '../../src/local/stack-functions.ts';
import { until } from '../../src/local/until.ts';

/** Longer than anything takes here: what does not come is told, not hoped for. */
export const LIMIT_MS = 40_000;
/** A write that a pause holds back is answered when that ends, 2 s after it began; any other at once. */
const PROMPT_MS = 500;

/** What {@link writeTo} says of a node that does not answer a write. */
export const HELD_BACK = 'Command timed out';

export interface Watched {
  readonly stack: Stack;
  /** Of every master, oldest first. */
  readonly events: LocalEvent[];
  readonly log: string[];
  /** What the oracles found broken: one watches each master. */
  readonly broken: () => string[];
}

/** @returns when every zone votes and every replica is known */
export async function startWatched(options: Partial<StackOptions> = {}): Promise<Watched> {
  const { name = 'mymaster', directives = {}, ...others } = options;
  const events: LocalEvent[] = [];
  const log: string[] = [];
  const oracles = [name, ...(options.beside ?? [])].map((master) => new Oracle(master));
  onTestFailed(() => {
    process.stderr.write(`${tellEvents(events)}\n${log.slice(-120).join('\n')}\n`);
  });
  const stack = await startStack({
    name,
    directives: { quorum: 2, 'down-after-milliseconds': 500, 'lease-milliseconds': 2000, ...directives },
    pulseMs: 500,
    onEvent: (event) => events.push(event),
    onWrite: (write) => {
      for (const { check } of oracles) check(write);
    },
    onLog: (source, pid, line) => log.push(`${source}[${pid}] ${line}`),
    ...others,
  });
  onTestFinished(() => stack.end());
  await settled(stack, LIMIT_MS);
  return { stack, events, log, broken: () => oracles.flatMap(({ broken }) => broken) };
}

/** Asks for a failover as an operator does, and waits until a sentinel has begun it. */
export async function ask(stack: Stack, coordinated: boolean, to?: string): Promise<MasterState> {
  const id = randomUUID();
  const answer = await stack.operator.failover(stack.name, { id, coordinated, ...(to && { to }) }, 'test');
  if (answer.kind === 'refused') throw new Error(answer.message);
  const awaited = await stack.operator.awaitOutcome(stack.name, id, { limitMs: LIMIT_MS, pollMs: 5 });
  if (awaited.kind !== 'begun') throw new Error(`the failover was not begun: ${JSON.stringify(awaited)}`);
  return awaited.state;
}

/** No failover, election or command is open, the named master is the only one, and every other node follows it. */
export async function converged(stack: Stack, name = stack.name): Promise<MasterState> {
  return until(
    'one master that all others follow, and nothing left open',
    async () => {
      const state = await stack.state(name);
      if (state.failover || state.election || state.command) return undefined;
      for (const node of running(stack, name)) {
        const isMaster = nodeId(node.address) === nodeId(state.master.address);
        const info = await infoOf(node, 'replication');
        if (isMaster ? info['role'] !== 'master' : !follows(info, state)) return undefined;
      }
      return running(stack, name).some(({ address }) => nodeId(address) === nodeId(state.master.address))
        ? state
        : undefined;
    },
    { timeoutMs: LIMIT_MS, everyMs: 25 },
  );
}

function follows(info: Readonly<Record<string, string>>, { master }: MasterState): boolean {
  const { host, port } = master.address;
  const upstream = `${info['master_host']}:${info['master_port']}`;
  return upstream === `${host}:${port}` && info['master_link_status'] === 'up';
}

function running(stack: Stack, name: string): RedisServer[] {
  return (stack.groups.get(name) ?? []).filter((node) => node.running);
}

/** Every node answers a write at once, the master with OK and the others with READONLY: nobody holds writers back. */
export async function expectNobodyPaused(stack: Stack, { master }: MasterState): Promise<void> {
  for (const node of running(stack, stack.name)) {
    const answer = await writeTo(node);
    const isMaster = nodeId(node.address) === nodeId(master.address);
    expect(answer, `a write to ${nodeId(node.address)}`).toMatch(isMaster ? /^OK$/ : /^READONLY/);
  }
}

/** @returns what the node answers, or that it held the write back */
export async function writeTo(node: RedisServer): Promise<string> {
  return asking(node, (client) => client.set('lambda-sentinel:held-back', '1')).then(
    () => 'OK',
    (error: Error) => error.message,
  );
}

/** One section of INFO, by its fields. */
export async function infoOf(node: RedisServer, section: string): Promise<Readonly<Record<string, string>>> {
  const text = await asking(node, (client) => client.info(section));
  const fields = text.split('\r\n').flatMap((line) => {
    const at = line.indexOf(':');
    return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
  });
  return Object.fromEntries(fields);
}

async function asking<T>(
  node: RedisServer,
  question: (client: ReturnType<RedisServer['client']>) => Promise<T>,
): Promise<T> {
  const client = node.client({
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    commandTimeout: PROMPT_MS,
  });
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}

/** Waits for the next event of that type after `from`, an index into the events. */
export function awaitEvent(events: readonly LocalEvent[], type: string, from = 0): Promise<LocalEvent> {
  return until(type, () => events.slice(from).find((event) => event.type === type), {
    timeoutMs: LIMIT_MS,
    everyMs: 2,
  });
}

/** What was agreed on since then, by type, in order. */
export function agreed(events: readonly LocalEvent[], from = 0): string[] {
  return events.slice(from).flatMap(({ source, type }) => (source === 'state' ? [type] : []));
}

function tellEvents(events: readonly LocalEvent[]): string {
  return events
    .map(({ at, by, source, type, payload }) => `${at} ${source} ${by} ${type} ${payload}`)
    .join('\n');
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A figure to be quoted, in the test's output. */
export function tell(what: string, figures: readonly number[], unit = 'ms'): void {
  const rounded = figures.map((figure) => Math.round(figure * 10) / 10);
  process.stdout.write(
    `[figure] ${what}: ${rounded.join(', ')} ${unit}; median ${median(rounded)} ${unit}\n`,
  );
}

/** A pulse of the zone, waited for: how it ended, as the zone itself says. */
export async function pulse({ lambdaEndpoint }: Stack, zone: string): Promise<string> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'local' };
  const lambda = new LambdaClient({ endpoint: lambdaEndpoint, region: 'local', credentials });
  try {
    const reply = await lambda.send(
      new InvokeCommand({ FunctionName: functionNameOf(zone), Payload: '{"kind":"pulse"}' }),
    );
    return (JSON.parse(new TextDecoder().decode(reply.Payload)) as { outcome: string }).outcome;
  } finally {
    lambda.destroy();
  }
}

/**
 * For how many seconds no sentinel has sent the node anything. The connections themselves stay open while the environment
 * that holds them is frozen.
 */
export async function unwatchedFor(node: RedisServer): Promise<number> {
  const clients = (await asking(node, (client) => client.client('LIST'))) as string;
  const ours = clients.split('\n').filter((line) => line.includes(' name=lambda-sentinel '));
  return Math.min(...ours.map((line) => Number(/ idle=(\d+)/.exec(line)?.[1])));
}
