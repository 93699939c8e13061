/** `npm run demo`: the whole system on this machine, its master killed, and what then happens, as it happens. */
import { parseArgs } from 'node:util';
import { nodeId } from '../core/model.ts';
import { Refused } from '../sentinel/operate.ts';
import { AS_AWS, BARE } from './delays.ts';
import { say, showDoors, showResult, showTopology, Timeline } from './demo-output.ts';
import type { LocalEvent } from './events.ts';
import { Oracle } from './oracle.ts';
import { type Rehearsal, rehearse, settled } from './rehearsal.ts';
import { type Stack, startStack } from './stack.ts';

const USAGE = `npm run demo -- [options]
  --exit               end after the demonstration instead of staying up
  --down-after <ms>    down-after-milliseconds (default 1000)
  --pulse <ms>         time between two pulses of a zone (default 1000)
  --quorum <n>         (default 2)
  --name <name>        the master's name (default mymaster)
  --as-aws             with the delays and CPU share of a region instead of a loopback's
  --json               print one JSON object as the last line
  --log                print what the functions log
  --help`;

interface Choices {
  readonly exit: boolean;
  readonly json: boolean;
  readonly log: boolean;
  readonly asAws: boolean;
  readonly name: string;
  readonly pulseMs: number;
  readonly directives: Readonly<Record<string, unknown>>;
}

const interrupted = new AbortController();
let interrupts = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupts += 1;
    interrupted.abort(new Error(`interrupted by ${signal}`));
  });
}

async function main(): Promise<number> {
  let choices: Choices | undefined;
  try {
    choices = readChoices();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    return 2;
  }
  if (!choices) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  return demonstrate(choices);
}

async function demonstrate(choices: Choices): Promise<number> {
  let stack: Stack | undefined;
  let result: Rehearsal | undefined;
  let problem: string | undefined;
  const events: LocalEvent[] = [];
  const timeline = new Timeline();
  const oracle = new Oracle();
  try {
    stack = await startStack({
      name: choices.name,
      directives: choices.directives,
      pulseMs: choices.pulseMs,
      delays: choices.asAws ? AS_AWS : BARE,
      gateway: true,
      onEvent: (event) => {
        events.push(event);
        timeline.event(event);
      },
      onWrite: oracle.check,
      onProgress: say,
      ...(choices.log && { onLog: (source, pid, line) => say(`    ${source}[${pid}] ${line}`) }),
    });
    say('waiting until every zone votes and every replica is known');
    showTopology(await settled(stack, 30_000, interrupted.signal), stack);
    say('a client writes through the endpoint');
    result = await rehearse(
      stack,
      events,
      {
        onKill: (node, at) => timeline.begin(`SIGKILL to the master ${nodeId(node.address)}`, at),
        onRevive: (node) =>
          say(`starting ${nodeId(node.address)} again: it still takes itself for the master`),
        onProgress: say,
      },
      interrupted.signal,
    );
    problem = oracle.broken[0] ?? whatIsWrong(result);
    showResult(result, await stack.state());
    if (!choices.exit && !problem) await stayUp(stack);
  } catch (error) {
    if (error instanceof Refused) {
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
    if (!interrupted.signal.aborted || !result) problem = (error as Error).message;
  }
  say('ending every process');
  await stack?.end();
  if (problem) process.stderr.write(`The demonstration failed: ${problem}\n`);
  if (choices.json) {
    const { ms, writes, epoch, leader } = result ?? {};
    const gateway = stack?.gatewayPort;
    process.stdout.write(`${JSON.stringify({ ok: !problem, ms, writes, epoch, leader, gateway })}\n`);
  }
  if (interrupts > 0 && !result) return 130;
  return problem ? 1 : 0;
}

function readChoices(): Choices | undefined {
  const { values } = parseArgs({
    options: {
      exit: { type: 'boolean', default: false },
      'down-after': { type: 'string', default: '1000' },
      pulse: { type: 'string', default: '1000' },
      quorum: { type: 'string', default: '2' },
      name: { type: 'string', default: 'mymaster' },
      'as-aws': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      log: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const pulseMs = Number(values.pulse);
  if (!Number.isInteger(pulseMs) || pulseMs < 100 || pulseMs > 60_000) {
    throw new Error(`pulse "${values.pulse}": allowed is a whole number of milliseconds from 100 to 60000`);
  }
  return {
    exit: values.exit,
    json: values.json,
    log: values.log,
    asAws: values['as-aws'],
    name: values.name,
    pulseMs,
    directives: { quorum: values.quorum, 'down-after-milliseconds': values['down-after'] },
  };
}

/** A second election is none of it: where a machine stood still in the middle of the first, it is what should come. */
function whatIsWrong({ ms, leader }: Rehearsal): string | undefined {
  const missing = Object.entries(ms).filter(([, value]) => !Number.isFinite(value));
  if (missing.length > 0) return `not seen: ${missing.map(([name]) => name).join(', ')}`;
  return leader === '' ? 'nobody led the failover' : undefined;
}

async function stayUp(stack: Stack): Promise<void> {
  showDoors(stack);
  await new Promise<void>((resolve) => {
    const alive = setInterval(() => {}, 60_000);
    interrupted.signal.addEventListener('abort', () => {
      clearInterval(alive);
      resolve();
    });
  });
}

process.exitCode = await main();
