/** COMMAND: the table of commands itself. */
import { globMatches } from '../../core/operations/glob.ts';
import { array, bulk, bulks, error, integer, NULL_BULK, type Reply, simple } from '../protocol/reply.ts';
import type { Call, Command } from './command.ts';
import { type HelpLine, helpCommand } from './help.ts';

const ROW = { flags: ['loading', 'stale'], categories: ['slow', 'connection'], group: 'server' } as const;

const HELP: readonly HelpLine[] = [
  ['(no subcommand)', 'All commands, with what is to be known of each.'],
  ['COUNT', 'How many there are.'],
  ['DOCS [<command-name> ...]', 'What they do.'],
  ['GETKEYS <command> [<arg> ...]', 'Of no use here: no command takes keys.'],
  ['GETKEYSANDFLAGS <command> [<arg> ...]', 'Of no use here: no command takes keys.'],
  ['INFO [<command-name> ...]', 'What is to be known of the given ones.'],
  ['LIST [FILTERBY (MODULE|ACLCAT|PATTERN) <value>]', 'Their names.'],
];

export function commandCommand(table: () => ReadonlyMap<string, Command>): Command {
  const all = () => [...table().values()];
  const noKeys = () => error('ERR The command has no key arguments');
  return {
    ...{ ...ROW, name: 'command', arity: -1, tips: ['nondeterministic_output_order'] },
    summary: 'The commands there are',
    run: () => array(all().map((command) => describe(command))),
    subcommands: [
      { ...ROW, name: 'count', arity: 2, summary: 'How many', run: () => integer(all().length) },
      {
        ...{ ...ROW, name: 'list', arity: -2, tips: ['nondeterministic_output_order'] },
        summary: 'Their names',
        run: (call) => list(call, all()),
      },
      {
        ...{ ...ROW, name: 'info', arity: -2, tips: ['nondeterministic_output_order'] },
        summary: 'What is to be known of them',
        run: ({ words }) => info(words.slice(2), table()),
      },
      {
        ...{ ...ROW, name: 'docs', arity: -2, tips: ['nondeterministic_output_order'] },
        summary: 'What they do',
        run: ({ words }) => docs(words.slice(2), table()),
      },
      { ...ROW, name: 'getkeys', arity: -4, summary: 'No command takes keys', run: noKeys },
      { ...ROW, name: 'getkeysandflags', arity: -4, summary: 'No command takes keys', run: noKeys },
      helpCommand('COMMAND', HELP, ['slow', 'connection']),
    ],
  };
}

function describe(command: Command, container?: Command): Reply {
  const { arity, flags, categories, tips = [], subcommands = [] } = command;
  const set = (words: readonly string[], as: (word: string) => Reply): Reply => ({
    kind: 'set',
    items: words.map(as),
  });
  return array([
    bulk(fullName(command, container)),
    integer(arity),
    set(flags, simple),
    ...[0, 0, 0].map(integer), // no command takes keys
    set(
      categories.map((category) => `@${category}`),
      simple,
    ),
    set(tips, bulk),
    set([], bulk),
    { kind: 'set', items: subcommands.map((one) => describe(one, command)) },
  ]);
}

function fullName({ name }: Command, container: Command | undefined): string {
  return container ? `${container.name}|${name}` : name;
}

function find(table: ReadonlyMap<string, Command>, name: string): [Command, Command?] | undefined {
  const [first = '', sub] = name.toLowerCase().split('|');
  const command = table.get(first);
  if (!command || sub === undefined) return command && [command];
  const subcommand = command.subcommands?.find((one) => one.name === sub);
  return subcommand && [subcommand, command];
}

function info(names: readonly string[], table: ReadonlyMap<string, Command>): Reply {
  const wanted = names.length === 0 ? [...table.keys()] : names;
  return array(
    wanted.map((name) => {
      const found = find(table, name);
      return found ? describe(...found) : NULL_BULK;
    }),
  );
}

function docs(names: readonly string[], table: ReadonlyMap<string, Command>): Reply {
  const wanted = names.length === 0 ? [...table.keys()] : names;
  const entries = wanted.flatMap((name) => {
    const found = find(table, name);
    return found ? [[bulk(fullName(...both(found))), doc(...both(found))] as const] : [];
  });
  return { kind: 'map', entries };
}

function both([command, container]: [Command, Command?]): [Command, Command | undefined] {
  return [command, container];
}

function doc(command: Command, container: Command | undefined): Reply {
  const { summary, group, subcommands = [] } = command;
  const inner = subcommands.map((one) => [bulk(fullName(one, command)), doc(one, command)] as const);
  return {
    kind: 'map',
    entries: [
      [bulk('summary'), bulk(`${summary}.`)],
      [bulk('group'), bulk(container?.group ?? group)],
      ...(inner.length > 0 ? [[bulk('subcommands'), { kind: 'map', entries: inner }] as const] : []),
    ],
  };
}

function list({ words }: Call, all: readonly Command[]): Reply {
  const rows = all.flatMap((command) => [
    { name: command.name, categories: command.categories },
    ...(command.subcommands ?? []).map((one) => ({
      name: fullName(one, command),
      categories: one.categories,
    })),
  ]);
  const [, , filter, by, value = '', ...more] = words.map((word) => word.toLowerCase());
  if (filter === undefined) return bulks(rows.map(({ name }) => name));
  if (filter !== 'filterby' || words.length < 5 || more.length > 0) return error('ERR syntax error');
  const fits: Record<string, (row: (typeof rows)[number]) => boolean> = {
    module: () => false,
    aclcat: ({ categories }) => categories.includes(value),
    pattern: ({ name }) => globMatches(value, name),
  };
  const fit = by === undefined ? undefined : Object.hasOwn(fits, by) ? fits[by] : undefined;
  return fit ? bulks(rows.filter(fit).map(({ name }) => name)) : error('ERR syntax error');
}
