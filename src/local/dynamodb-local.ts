/** AWS' own DynamoDB Local as a process: slower to start than dynalite, closer to the real table. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './ports.ts';
import type { Processes } from './processes.ts';

const ANSWERS_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 100;
const ANSWER_TIMEOUT_MS = 2000;

/**
 * Starts the emulator in `dir` (from `scripts/dynamodb-local.mjs`) with its data in memory and without telemetry.
 * @returns the process and the port on which it answers.
 * @throws Error when it ends, or does not answer within 30 s; what it printed is in the message.
 */
export async function startDynamoDbLocal(
  dir: string,
  processes: Processes,
): Promise<{ child: ChildProcess; port: number }> {
  const port = await freePort();
  const child = await processes.spawn('java', javaArguments(port), {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      printed = (printed + chunk).slice(-2000);
    });
  }
  const stopAsking = new AbortController();
  const ended = once(child, 'exit', { signal: stopAsking.signal }).then(([code]) => {
    throw new Error(`DynamoDB Local ended with code ${code}: ${printed}`);
  });
  try {
    await Promise.race([answering(port, stopAsking.signal), ended]);
    return { child, port };
  } catch (error) {
    throw new Error(`DynamoDB Local does not run on port ${port}: ${printed}`, { cause: error });
  } finally {
    stopAsking.abort();
    ended.catch(() => {}); // told above, or no longer awaited
  }
}

function javaArguments(port: number): string[] {
  return [
    '-Xmx256m',
    '-Djava.library.path=./DynamoDBLocal_lib',
    '-jar',
    'DynamoDBLocal.jar',
    '-inMemory',
    '-sharedDb', // without it every caller, told apart by its access key, would have tables of its own
    '-disableTelemetry',
    '-port',
    String(port),
  ];
}

/** Any answer will do: without a signature it is an error from the emulator itself. */
async function answering(port: number, signal: AbortSignal): Promise<void> {
  const endsAt = performance.now() + ANSWERS_WITHIN_MS;
  let last: unknown;
  while (performance.now() < endsAt && !signal.aborted) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/`, {
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      await answer.arrayBuffer();
      return;
    } catch (error) {
      last = error;
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  }
  throw new Error(`no answer within ${ANSWERS_WITHIN_MS} ms`, { cause: last });
}
