/** SENTINEL SET: one or more directives of a master at once, all of them or none. */
import { DIRECTIVE_NAMES, type Fault, REDACTED } from '../../core/directives.ts';
import type { Call, Command } from '../commands/command.ts';
import { ALWAYS } from '../commands/command.ts';
import { error, OK, type Reply } from '../protocol/reply.ts';
import { operationsOf } from './monitoring.ts';
import { refused } from './refused.ts';
import { BY, NO_SUCH_MASTER, ROW } from './row.ts';

export const SET_COMMAND: Command = {
  ...{ ...ROW, name: 'set', arity: -5, summary: "Sets a master's directives" },
  changes: ALWAYS,
  run: set,
};

const VALKEYS: readonly string[] = ['primary-reboot-down-after-period'];
/** Sentinel's options that name a program. */
const SCRIPTS = ['notification-script', 'client-reconfig-script'];
const PAIRS = ['rename-command'];

async function set(call: Call): Promise<Reply> {
  const { env, words } = call;
  const name = words[2] ?? '';
  const read = readOptions(words.slice(3));
  // an unknown master is told before a wrong option, as in Sentinel
  if (typeof read === 'string') return (await env.masters.find(name)) ? error(read) : NO_SUCH_MASTER;
  const answer = await operationsOf(call).set(name, read, BY);
  env.masters.changed();
  if (answer.kind === 'done') return OK;
  const [fault] = answer.faults;
  return fault ? error(invalid(fault)) : refused(answer);
}

/** @returns what is wrong, in Sentinel's words */
export function readOptions(words: readonly string[]): Readonly<Record<string, string>> | string {
  const options: Record<string, string> = {};
  for (let i = 0; i < words.length; ) {
    const given = words[i] ?? '';
    const lower = given.toLowerCase();
    const option = VALKEYS.includes(lower) ? lower.replace('primary', 'master') : lower;
    const takes = PAIRS.includes(option) ? 2 : 1;
    if (SCRIPTS.includes(option)) {
      return `ERR ${option} is denied for security reasons: a program is taken from the configuration file of a zone process only`;
    }
    if (!DIRECTIVE_NAMES.includes(option) || i + takes >= words.length) {
      return `ERR Unknown option or number of arguments for SENTINEL SET '${given.slice(0, 128)}'`;
    }
    const value = words.slice(i + 1, i + 1 + takes).join(' ');
    options[option] = takes === 2 && options[option] !== undefined ? `${options[option]} ${value}` : value;
    i += 1 + takes;
  }
  return options;
}

function invalid({ directive, value, allowed }: Fault): string {
  const told =
    typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 128) : REDACTED;
  const line = `ERR Invalid argument '${told}' for SENTINEL SET '${directive}'`;
  return SENTINELS.has(directive) ? line : `${line}: allowed is ${allowed}`;
}

/** What Redis Sentinel has too, of which clients may know the error to the letter. */
const SENTINELS = new Set([
  ...['quorum', 'down-after-milliseconds', 'failover-timeout', 'parallel-syncs', 'auth-user'],
  ...['rename-command', 'master-reboot-down-after-period'],
]);
