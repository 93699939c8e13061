/** What all subcommands of SENTINEL have in common. */
import type { Call, Command } from '../commands/command.ts';
import type { Known } from '../masters/known.ts';
import { error, type Reply } from '../protocol/reply.ts';

export const ROW = {
  flags: ['admin'],
  categories: ['admin', 'slow', 'dangerous'],
  group: 'sentinel',
} as const;

/** By whom, as the events of a state say. */
export const BY = 'gateway';

export const NO_SUCH_MASTER = error('ERR No such master with that name');

/** A subcommand whose first argument names a master. */
export function ofMaster(
  name: string,
  arity: number,
  summary: string,
  tell: (known: Known, call: Call) => Reply | Promise<Reply>,
): Command {
  return {
    ...{ ...ROW, name, arity, summary },
    run: async (call) => {
      const known = await call.env.masters.find(call.words[2] ?? '');
      return known ? tell(known, call) : NO_SUCH_MASTER;
    },
  };
}

/** The same under the name Valkey 9 gives it. */
export function alias(command: Command, name: string): Command {
  return { ...command, name };
}
