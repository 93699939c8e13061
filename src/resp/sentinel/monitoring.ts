/** MONITOR, REMOVE, RESET, FLUSHCONFIG: which masters there are. */
import type { Call, Command } from '../commands/command.ts';
import { ALWAYS } from '../commands/command.ts';
import type { Operations } from '../operations.ts';
import { error, integer, OK, type Reply } from '../protocol/reply.ts';
import { refused } from './refused.ts';
import { BY, ROW } from './row.ts';

export const MONITORING: readonly Command[] = [
  {
    ...ROW,
    name: 'monitor',
    arity: 6,
    summary: 'Monitors a master from now on',
    changes: ALWAYS,
    run: monitor,
  },
  { ...ROW, name: 'remove', arity: 3, summary: 'Monitors a master no more', changes: ALWAYS, run: remove },
  {
    ...ROW,
    name: 'reset',
    arity: 3,
    summary: 'Forgets what went wrong with masters',
    changes: ALWAYS,
    run: reset,
  },
  // every change is in the table before it is answered: there is nothing left to write
  {
    ...ROW,
    name: 'flushconfig',
    arity: 2,
    summary: 'All is written already',
    changes: ALWAYS,
    run: () => OK,
  },
];

export function operationsOf({ env }: Call): Operations {
  if (!env.operations) throw new Error('a read-only gateway was asked to change something');
  return env.operations;
}

/** The same again, by the same address and quorum, is no error: one record serves every gateway. */
async function monitor(call: Call): Promise<Reply> {
  const { env, words } = call;
  const [, , name = '', host = '', port = '', quorum = ''] = words;
  if (!isInteger(quorum)) return error('ERR Invalid quorum');
  if (!isInteger(port)) return error('ERR Invalid port');
  if (Number(quorum) <= 0) return error('ERR Quorum must be 1 or greater.');
  const { settings } = env;
  const fresh = (await env.masters.find(name)) === undefined;
  const directives = {
    quorum,
    ...(fresh && settings.downAfterMs !== undefined && { 'down-after-milliseconds': settings.downAfterMs }),
    ...(fresh &&
      settings.failoverTimeoutMs !== undefined && { 'failover-timeout': settings.failoverTimeoutMs }),
    ...(settings.resolveHostnames && { 'resolve-hostnames': 'yes' }),
    ...(settings.announceHostnames && { 'announce-hostnames': 'yes' }),
  };
  const answer = await operationsOf(call).monitor({ name, host, port, directives }, BY);
  env.masters.changed();
  if (answer.kind === 'done') return OK;
  const wrong = answer.faults.map(({ directive }) => directive);
  if (wrong.includes('host') && wrong.length === 1) {
    const allowed = answer.faults[0]?.allowed ?? '';
    // Sentinel's own words where they say all of it
    return allowed.includes('allowed networks')
      ? refused(answer)
      : error('ERR Invalid IP address or hostname specified');
  }
  if (wrong.includes('port') && wrong.length === 1) return error('ERR Invalid port number.');
  return refused(answer);
}

async function remove(call: Call): Promise<Reply> {
  const answer = await operationsOf(call).remove(call.words[2] ?? '', BY);
  call.env.masters.changed();
  return answer.kind === 'done' ? OK : refused(answer);
}

async function reset(call: Call): Promise<Reply> {
  const { reset: done, inProgress, contended } = await operationsOf(call).reset(call.words[2] ?? '', BY);
  call.env.masters.changed();
  if (done.length > 0) return integer(done.length);
  if (inProgress.length > 0) return error('INPROG Failover already in progress');
  if (contended.length > 0) return error(`TRYAGAIN ${contended.join(', ')}: changed by others at each try`);
  return integer(0);
}

function isInteger(text: string): boolean {
  return /^-?\d{1,15}$/.test(text);
}
