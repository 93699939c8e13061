/** Clients side by side through a master's death and then a hand-over, and what each of them went through. */
import { Processes } from '../../src/local/processes.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import type { Client } from './catalogue.ts';
import { asking, type Failover, Failovers, LIMIT_MS } from './surroundings.ts';
import { WriterProcess } from './writer-process.ts';

export interface Candidate {
  readonly client: Client;
  readonly command: readonly string[];
}

/** One client through one failover. */
export interface Passage {
  /** From the kill, or the request, to +switch-master. */
  readonly switchMs: number;
  /** From there to its first acknowledged write. NaN: there was none. */
  readonly firstWriteMs: number;
  /** Writes acknowledged by the old master that the new one does not hold. */
  readonly lost: number;
  /** Calls that ended with an error. */
  readonly failed: number;
}

export interface Result {
  readonly client: Client;
  readonly version: string;
  readonly killed: Passage;
  readonly handedOver: Passage;
  /** Anything but a client that went on by itself. */
  readonly problems: readonly string[];
}

interface Running {
  readonly client: Client;
  readonly key: string;
  readonly writer: WriterProcess;
  readonly problems: string[];
}

/** Enough of them before and after that it is no luck. */
const WRITES = 25;

export async function passThrough(
  candidates: readonly Candidate[],
  onProgress: (what: string) => void = () => {},
): Promise<readonly Result[]> {
  await using started = new AsyncDisposableStack();
  onProgress('starting nodes, table, zones and gateways');
  const failovers = await Failovers.start(started);
  const processes = new Processes();
  started.defer(() => processes.end());
  onProgress(`starting ${candidates.length} client(s)`);
  const all = await Promise.all(candidates.map((one, i) => start(one, i, failovers, processes, started)));
  await Promise.all(all.map((one) => awaitWrites(one, WRITES, 'before anything happened')));

  onProgress('killing the master');
  const death = await failovers.kill();
  const killed = await passages(all, failovers, death, { switches: 1, since: 0 });
  onProgress('starting it again');
  await failovers.healed();
  onProgress('asking for a hand-over');
  const both = { switches: 2, since: death.switchedAt };
  const handedOver = await passages(all, failovers, await failovers.handOver(), both);
  for (const [i, { lost }] of handedOver.entries()) {
    if (lost > 0 && failovers.switches === both.switches)
      all[i]?.problems.push(`${lost} acknowledged writes were lost by a hand-over`);
  }

  onProgress('ending the clients');
  await Promise.all(all.map(end));
  return all.map(({ client, writer, problems }, i) => ({
    ...{ client, version: writer.version, problems },
    ...{ killed: found(killed[i]), handedOver: found(handedOver[i]) },
  }));
}

async function start(
  { client, command }: Candidate,
  i: number,
  { stack, sentinels }: Failovers,
  processes: Processes,
  started: AsyncDisposableStack,
): Promise<Running> {
  const key = `${client.folder}-${i}`;
  const { protocol, own } = client;
  const writer = await WriterProcess.start(processes, {
    ...{ command, sentinels, master: stack.name, protocol, key, own },
  });
  started.defer(() => writer.kill());
  return { client, key, writer, problems: [] };
}

/** For so many more acknowledged writes from some time on. */
async function awaitWrites(
  { writer, problems }: Running,
  count: number,
  when: string,
  from = 0,
): Promise<void> {
  const enough = () => writer.acknowledged.filter(({ at }) => at > from).length >= count;
  try {
    await until(`${count} acknowledged writes ${when}`, () => enough() || !writer.running, {
      timeoutMs: LIMIT_MS,
    });
    if (!enough()) problems.push(`it ended by itself ${when}: ${writer.noise}`);
  } catch (error) {
    const last = writer.failures.at(-1)?.error ?? 'none of its calls failed';
    problems.push(`${(error as Error).message}; its last error: ${last}; ${writer.noise}`);
  }
}

interface Expected {
  /** Since the start. A machine that stands still may bring about another, which may lose what it likes. */
  readonly switches: number;
  /** What was acknowledged before, an earlier failover may have lost. */
  readonly since: number;
}

async function passages(
  all: readonly Running[],
  failovers: Failovers,
  failover: Failover,
  expected: Expected,
): Promise<Passage[]> {
  const { switchedAt } = failover;
  await Promise.all(all.map((one) => awaitWrites(one, WRITES, 'after the switch', switchedAt)));
  return Promise.all(all.map((one) => judge(one, failovers, failover, expected)));
}

async function judge(
  { client, key, writer, problems }: Running,
  failovers: Failovers,
  { begunAt, switchedAt }: Failover,
  { switches, since }: Expected,
): Promise<Passage> {
  const node = await failovers.master();
  const acknowledged = writer.acknowledged.filter(({ at }) => at > since);
  const held = new Set((await asking(node, (redis) => redis.lrange(key, 0, -1))).map(Number));
  const missing = acknowledged.filter(({ number }) => !held.has(number));
  const later = missing.filter(({ at }) => at > switchedAt);
  if (later.length > 0 && failovers.switches === switches)
    problems.push(`${later.length} writes acknowledged after the switch are not at the new master`);
  if (client.named) problems.push(...(await wrongProtocol(node, key, client.protocol)));
  return {
    switchMs: switchedAt - begunAt,
    firstWriteMs: (acknowledged.find(({ at }) => at > switchedAt)?.at ?? Number.NaN) - switchedAt,
    lost: missing.length - later.length,
    failed: writer.failures.filter(({ at }) => at >= begunAt).length,
  };
}

/** What the node says of the client's connections to it; one that is just being made has no name yet. */
async function wrongProtocol(node: RedisServer, name: string, protocol: 2 | 3): Promise<string[]> {
  let own: string[] = [];
  const isRight = async () => {
    const list = (await asking(node, (redis) => redis.client('LIST'))) as string;
    own = list.split('\n').filter((line) => line.includes(` name=${name} `));
    return own.length > 0 && own.every((line) => /\bresp=(\d)/.exec(line)?.[1] === String(protocol));
  };
  try {
    await until(`connections in RESP${protocol} alone`, isRight, { timeoutMs: LIMIT_MS, everyMs: 100 });
    return [];
  } catch (error) {
    return [`${(error as Error).message}; at the new master it has: ${own.join('; ') || 'none'}`];
  }
}

async function end({ writer, problems }: Running): Promise<void> {
  problems.push(...(await writer.end()));
  const last = writer.acknowledged.at(-1)?.number;
  // a write that failed may have been made all the same
  const possible = [last, ...writer.failures.map(({ number }) => number)].filter(
    (number) => number !== undefined,
  );
  if (writer.read === undefined || writer.read < (last ?? 0) || !possible.includes(writer.read)) {
    problems.push(`it read back ${writer.read}, its last acknowledged write was ${last}`);
  }
}

function found(passage: Passage | undefined): Passage {
  if (!passage) throw new Error('a client went through no failover');
  return passage;
}
