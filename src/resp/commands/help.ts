/** HELP of a command with subcommands: each with what it takes, and below it what it does. */
import { array, type Reply, simple } from '../protocol/reply.ts';
import type { Command } from './command.ts';

export type HelpLine = readonly [usage: string, does: string];

export function help(container: string, lines: readonly HelpLine[]): Reply {
  const all = [...lines, ['HELP', 'Prints this help.'] as const];
  return array(
    [
      `${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
      ...all.flatMap(([usage, does]) => [usage, `    ${does}`]),
    ].map(simple),
  );
}

export function helpCommand(
  container: string,
  lines: readonly HelpLine[],
  categories: readonly string[],
): Command {
  return {
    name: 'help',
    arity: 2,
    flags: ['loading', 'stale'],
    categories,
    summary: `Tells the subcommands of ${container}`,
    group: 'server',
    run: () => help(container, lines),
  };
}
