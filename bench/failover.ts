/**
 * `npm run bench [-- --runs N] [--down-after ms]`: how long a failover takes, bare and with the delays of a region, beside
 * three real redis-sentinel processes measured in the same run; and what a pulse and a failover ask of the table.
 */
import { parseArgs } from 'node:util';
import { AS_AWS, BARE, type Delays } from '../src/local/delays.ts';
import type { LocalEvent } from '../src/local/events.ts';
import { type Moments, rehearse, settled } from '../src/local/rehearsal.ts';
import { type Stack, startStack } from '../src/local/stack.ts';
import { median } from './median.ts';
import { failOverRedisSentinel, type SentinelMoments } from './redis-sentinel.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, 'down-after': { type: 'string', default: '1000' } },
});
const runs = Number(values.runs);
const downAfterMs = Number(values['down-after']);

/** What was asked of the table by the zones, in requests and bytes. */
interface Traffic {
  readonly requests: number;
  readonly bytes: number;
}

interface Run {
  readonly ms: Moments;
  readonly calm: Traffic;
  readonly failover: Traffic;
  readonly lost: number;
}

async function failOver(delays: Delays): Promise<Run> {
  const events: LocalEvent[] = [];
  const directives = { quorum: 2, 'down-after-milliseconds': downAfterMs };
  const stack = await startStack({
    name: 'mymaster',
    directives,
    delays,
    onEvent: (event) => events.push(event),
  });
  try {
    await settled(stack, 30_000);
    const before = traffic(stack);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const calm = traffic(stack);
    const audience = { onKill() {}, onRevive() {}, onProgress() {} };
    const { ms, writes } = await rehearse(stack, events, audience, new AbortController().signal);
    return { ms, calm: minus(calm, before), failover: minus(traffic(stack), calm), lost: writes.lost };
  } finally {
    await stack.end();
  }
}

function traffic(stack: Stack): Traffic {
  const rows = stack.table.statistics().filter(({ caller }) => caller.startsWith('sentinel-'));
  return {
    requests: rows.reduce((sum, row) => sum + row.requests, 0),
    bytes: rows.reduce((sum, row) => sum + row.requestBytes + row.replyBytes, 0),
  };
}

function minus(a: Traffic, b: Traffic): Traffic {
  return { requests: a.requests - b.requests, bytes: a.bytes - b.bytes };
}

async function repeat<T>(what: string, once: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < runs; i++) {
    results.push(await once());
    process.stderr.write(`${what}: ${i + 1} of ${runs}\n`);
  }
  return results;
}

const bare = await repeat('bare', () => failOver(BARE));
const asAws = await repeat('as-aws', () => failOver(AS_AWS));
const peer: SentinelMoments[] = await repeat('redis-sentinel', () => failOverRedisSentinel(downAfterMs));

const of = (list: readonly Run[], name: keyof Moments) => median(list.map(({ ms }) => ms[name]));
const beyond = (list: readonly Run[]) => median(list.map(({ ms }) => ms.promoted - ms.sdown));
const rows = [
  ['first +sdown', of(bare, 'sdown'), of(asAws, 'sdown'), median(peer.map(({ sdown }) => sdown))],
  [
    'new master writable',
    of(bare, 'promoted'),
    of(asAws, 'promoted'),
    median(peer.map(({ writable }) => writable)),
  ],
  [
    '  beyond the first +sdown',
    beyond(bare),
    beyond(asAws),
    median(peer.map(({ writable, sdown }) => writable - sdown)),
  ],
  ['its address told', of(bare, 'switched'), of(asAws, 'switched'), median(peer.map(({ told }) => told))],
  ["a client's first write", of(bare, 'firstWrite'), of(asAws, 'firstWrite'), undefined],
] as const;
const print = (line: string) => process.stdout.write(`${line}\n`);
print(`Milliseconds after SIGKILL to the master, down-after ${downAfterMs}, median of ${runs}:`);
print(`${''.padEnd(28)}${'bare'.padStart(10)}${'as-aws'.padStart(10)}${'redis-sentinel'.padStart(18)}`);
for (const [name, ours, region, theirs] of rows) {
  const ratio = theirs === undefined ? '' : ` (ours ${(ours / theirs).toFixed(2)}×)`;
  print(
    `${name.padEnd(28)}${String(ours).padStart(10)}${String(region).padStart(10)}${`${theirs ?? '-'}${ratio}`.padStart(26)}`,
  );
}
const calm = bare.map((run) => run.calm.requests);
print(`Table, three zones: ${median(calm)} requests in 3 s of health;`);
const [requests, bytes] = [bare.map((run) => run.failover.requests), bare.map((run) => run.failover.bytes)];
print(
  `a failover with all that surrounds it: ${median(requests)} requests, ${Math.round(median(bytes) / 1024)} KiB`,
);
print(
  `Acknowledged writes lost: bare ${bare.map(({ lost }) => lost).join(', ')}; as-aws ${asAws.map(({ lost }) => lost).join(', ')}`,
);
