/** SENTINEL FAILOVER and SIMULATE-FAILURE: a sentinel carries them out, for only those reach the nodes. */
import { randomUUID } from 'node:crypto';
import type { Call, Command } from '../commands/command.ts';
import { ALWAYS } from '../commands/command.ts';
import { wrongArity } from '../commands/dispatch.ts';
import { downSince } from '../masters/known.ts';
import { bulks, error, OK, type Reply } from '../protocol/reply.ts';
import { operationsOf } from './monitoring.ts';
import { refused } from './refused.ts';
import { BY, NO_SUCH_MASTER, ROW } from './row.ts';

/** A zone that looks takes up or refuses what is asked for within 3 s. */
const OUTCOME_MS_MAX = 10_000;

export const FAILOVER_COMMANDS: readonly Command[] = [
  { ...ROW, name: 'failover', arity: -3, summary: 'Fails a master over now', changes: ALWAYS, run: failover },
  {
    ...{ ...ROW, name: 'simulate-failure', arity: -3, summary: 'Has a leader crash at a step' },
    changes: (words) => words[2]?.toLowerCase() !== 'help',
    run: simulateFailure,
  },
];

/**
 * Without COORDINATED too a master that is up hands over without losing a write; one that is down cannot, and is failed
 * over as it is.
 */
async function failover(call: Call): Promise<Reply> {
  const { env, words } = call;
  const [, , name = '', option, ...more] = words;
  const asked = option?.toLowerCase() === 'coordinated';
  if ((option !== undefined && !asked) || more.length > 0) return error(wrongArity('sentinel|failover'));
  const known = await env.masters.find(name, 0); // whether it is down must not be an old answer
  if (!known) return NO_SUCH_MASTER;
  const down = downSince(known, known.state.master.address, env.clock.now()) !== undefined;
  const operations = operationsOf(call);
  const answer = await operations.failover(name, { id: randomUUID(), coordinated: asked || !down }, BY);
  env.masters.changed();
  if (answer.kind === 'refused') return refused(answer);
  if (answer.command === undefined) return OK;
  const status = await operations.awaitOutcome(name, answer.command, { limitMs: OUTCOME_MS_MAX });
  env.masters.changed();
  switch (status.kind) {
    case 'begun':
      return OK;
    case 'refused':
      return error(outcomeLine(status.outcome.reason, asked));
    case 'pending':
      return error('TRYAGAIN No sentinel has taken it up yet; it stays asked for');
    case 'gone':
      return error('ERR It was overtaken: another command took its place, or the master was removed');
  }
}

function outcomeLine(reason: string, coordinated: boolean): string {
  const told = reason.replace(/\p{Cc}/gu, '?');
  const [none, why] = /^no suitable replica to promote(?:; (.*))?$/is.exec(told) ?? [];
  if (none !== undefined) return `NOGOODSLAVE No suitable replica to promote${why ? ` (${why})` : ''}`;
  if (coordinated && told.includes('cannot hand over')) {
    return `NOGOODPRIMARY Primary does not support FAILOVER command (${told})`;
  }
  return `ERR ${told}`;
}

const FAILURES = ['crash-after-election', 'crash-after-promotion'];

async function simulateFailure(call: Call): Promise<Reply> {
  const wanted = call.words.slice(2).map((word) => word.toLowerCase());
  if (wanted.includes('help')) return bulks(FAILURES);
  if (!wanted.every((failure) => FAILURES.includes(failure))) {
    return error('ERR Unknown failure simulation specified');
  }
  const answers = await operationsOf(call).simulateFailure({
    crashAfterElection: wanted.includes('crash-after-election'),
    crashAfterPromotion: wanted.includes('crash-after-promotion'),
  });
  call.env.masters.changed();
  const failed = answers.find((answer) => answer.kind === 'refused' && answer.why !== 'no-such-master');
  return failed?.kind === 'refused' ? refused(failed) : OK;
}
