/** The two-step transaction of I10: everything but EXEC first, EXEC alone after the last check. Plain ones have no MULTI. */
import type { Clock, LoopClock, TransactionOutcome, TransactionRequest } from '../../ports.ts';
import type { Link } from './link.ts';
import { overdue } from './overdue.ts';
import { type Reply, told } from './replies.ts';

/** Never rejects. Afterwards the link is free and outside MULTI, or closed. */
export async function runTransaction(
  link: Link,
  request: TransactionRequest,
  clock: LoopClock,
): Promise<TransactionOutcome> {
  if (!link.open) return abandoned(`connection ${link.id} is closed`);
  if (link.occupied) return abandoned(`another transaction runs on connection ${link.id}`);
  const deadline = clock.now().mono + request.timeoutMs;
  const timer = new AbortController();
  const timeout = overdue(clock, request.timeoutMs, timer.signal, TIMED_OUT);
  const inTime: InTime = async (reply = Promise.resolve(TIMED_OUT)) => Promise.race([reply, timeout]);
  link.occupy();
  try {
    const prepared = request.plain ? undefined : await queueCommands(link, request.commands, inTime);
    const late = clock.now().mono >= deadline ? TIMED_OUT.reason : undefined;
    const obstacle = prepared?.obstacle ?? late ?? objection(request);
    if (obstacle !== undefined) {
      if (prepared) await leaveMulti(link, prepared, inTime);
      return abandoned(obstacle);
    }
    if (!link.open) return abandoned(`connection ${link.id} closed before EXEC`);
    if (request.plain)
      return outcomeOfAll(link, request, await allInTime(link.send(request.commands), inTime), clock);
    return outcomeOf(link, await inTime(link.send([['EXEC']])[0]), clock);
  } finally {
    timer.abort();
    link.release();
  }
}

type InTime = (reply: Promise<Reply> | undefined) => Promise<Reply>;

const TIMED_OUT = { kind: 'lost', reason: 'timed out' } as const;

interface Prepared {
  /** Why not every command is queued. */
  readonly obstacle: string | undefined;
  /** The node refused MULTI itself: there is nothing to leave. */
  readonly refused?: boolean;
}

/** MULTI is awaited alone: were it refused, the commands behind it would run one by one. */
async function queueCommands(
  link: Link,
  commands: TransactionRequest['commands'],
  inTime: InTime,
): Promise<Prepared> {
  const multi = await inTime(link.send([['MULTI']])[0]);
  if (!isStatus(multi, 'OK')) return { obstacle: `MULTI: ${shown(multi)}`, refused: multi.kind === 'error' };
  const sent = link.send(commands);
  for (const [i, reply] of sent.entries()) {
    const queued = await inTime(reply);
    if (!isStatus(queued, 'QUEUED')) return { obstacle: `${commands[i]?.[0]}: ${shown(queued)}` };
  }
  return { obstacle: undefined };
}

function objection(request: TransactionRequest): string | undefined {
  try {
    return request.objection();
  } catch (error) {
    return `the last check failed: ${(error as Error).message}`;
  }
}

/**
 * DISCARD is done only by a node that is awake and permits it; for any other the connection is reset, and MULTI with it:
 * left in MULTI, it would queue the next probe.
 */
async function leaveMulti(link: Link, { refused }: Prepared, inTime: InTime): Promise<void> {
  if (refused) return;
  const discarded = link.open ? await inTime(link.send([['DISCARD']])[0]) : TIMED_OUT;
  if (!isStatus(discarded, 'OK')) link.reset('a transaction on it was given up');
}

function outcomeOf(link: Link, exec: Reply, clock: Clock): TransactionOutcome {
  if (exec.kind === 'value' && Array.isArray(exec.value)) {
    return { kind: 'executed', replies: exec.value, at: clock.now().mono };
  }
  link.reset('a transaction on it failed');
  // An error instead of the array, EXECABORT above all, says that nothing ran.
  if (exec.kind !== 'lost') return abandoned(`EXEC: ${shown(exec)}`);
  return { kind: 'unknown', reason: `EXEC was sent: ${exec.reason}` };
}

async function allInTime(sent: readonly Promise<Reply>[], inTime: InTime): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const reply of sent) replies.push(await inTime(reply));
  return replies;
}

/** Without MULTI each command has a fate of its own: an error is a reply, as in EXEC's array. */
function outcomeOfAll(
  link: Link,
  { commands }: TransactionRequest,
  replies: readonly Reply[],
  clock: Clock,
): TransactionOutcome {
  const lost = replies.findIndex(({ kind }) => kind === 'lost');
  if (lost >= 0) {
    link.reset('a command on it was given up');
    return {
      kind: 'unknown',
      reason: `${commands[lost]?.[0]} was sent: ${shown(replies[lost] ?? TIMED_OUT)}`,
    };
  }
  const values = replies.map((reply) => (reply.kind === 'value' ? reply.value : new Error(shown(reply))));
  return { kind: 'executed', replies: values, at: clock.now().mono };
}

function isStatus(reply: Reply, status: string): boolean {
  return reply.kind === 'value' && reply.value === status;
}

function shown(reply: Reply): string {
  if (reply.kind === 'error') return reply.message;
  return reply.kind === 'lost' ? reply.reason : `unexpected reply ${told(reply.value)}`;
}

function abandoned(reason: string): TransactionOutcome {
  return { kind: 'abandoned', reason };
}
