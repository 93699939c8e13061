/** ACL: the gateway's own users, for as long as it runs. */
import { randomBytes } from 'node:crypto';
import { describeUser, mayRun, type User } from '../acl/rules.ts';
import { type AclLogEntry, DEFAULT_USER } from '../acl/users.ts';
import { array, bulk, bulks, error, integer, NULL_BULK, OK, type Reply } from '../protocol/reply.ts';
import { ALWAYS, type Call, type Command } from './command.ts';
import { findCommand, wrongArity } from './dispatch.ts';
import { type HelpLine, helpCommand } from './help.ts';

const ANYONES = { flags: ['noscript', 'loading', 'stale'], categories: ['slow'], group: 'server' } as const;
const ADMINS = {
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'slow', 'dangerous'],
  group: 'server',
} as const;

const HELP: readonly HelpLine[] = [
  ['CAT [<category>]', 'The categories, or the commands of one.'],
  ['DELUSER <username> [<username> ...]', 'Deletes users; their connections are closed.'],
  ['DRYRUN <username> <command> [<arg> ...]', 'Whether the user may run that, without running it.'],
  ['GETUSER <username>', 'The rules of a user.'],
  ['GENPASS [<bits>]', 'A random password, of 256 bits unless told otherwise.'],
  ['LIST', 'All users, as lines of a configuration file.'],
  ['LOAD, SAVE', 'Refused: users are given when the gateway is started.'],
  ['LOG [<count> | RESET]', 'What was refused lately.'],
  ['SETUSER <username> <rule> [<rule> ...]', 'Makes or changes a user, until the gateway ends.'],
  ['USERS', 'The names of all users.'],
  ['WHOAMI', 'The user of this connection.'],
];

/** @param table - the whole of it, which is known only when it is complete */
export function aclCommand(table: () => ReadonlyMap<string, Command>): Command {
  return {
    ...{ name: 'acl', arity: -2, flags: [], categories: ['slow'], group: 'server' },
    summary: "The gateway's own users",
    subcommands: [
      { ...ANYONES, name: 'whoami', arity: 2, summary: 'The user of this connection', run: whoAmI },
      { ...ANYONES, name: 'genpass', arity: -2, summary: 'A random password', run: generatePassword },
      {
        ...ANYONES,
        name: 'cat',
        arity: -2,
        summary: 'Categories and their commands',
        run: (call) => cat(call, table()),
      },
      { ...ADMINS, name: 'list', arity: 2, summary: 'All users with their rules', run: list },
      {
        ...ADMINS,
        name: 'users',
        arity: 2,
        summary: 'The names of all users',
        run: ({ env }) => bulks(env.users.names),
      },
      { ...ADMINS, name: 'getuser', arity: 3, summary: 'The rules of a user', run: getUser },
      {
        ...ADMINS,
        name: 'setuser',
        arity: -3,
        summary: 'Makes or changes a user',
        changes: ALWAYS,
        run: setUser,
      },
      { ...ADMINS, name: 'deluser', arity: -3, summary: 'Deletes users', changes: ALWAYS, run: deleteUsers },
      {
        ...ADMINS,
        name: 'dryrun',
        arity: -4,
        summary: 'Whether a user may',
        run: (call) => dryRun(call, table()),
      },
      { ...ADMINS, name: 'log', arity: -2, summary: 'What was refused lately', run: log },
      { ...ADMINS, name: 'load', arity: 2, summary: 'There is no file of users', run: () => NO_FILE },
      { ...ADMINS, name: 'save', arity: 2, summary: 'There is no file of users', run: () => NO_FILE },
      helpCommand('ACL', HELP, ['slow']),
    ],
  };
}

const NO_FILE = error('ERR This gateway has no ACL file: its users are given when it is started');

const CATEGORIES = [
  ...[
    'keyspace',
    'read',
    'write',
    'set',
    'sortedset',
    'list',
    'hash',
    'string',
    'bitmap',
    'hyperloglog',
    'geo',
  ],
  ...[
    'stream',
    'pubsub',
    'admin',
    'fast',
    'slow',
    'blocking',
    'dangerous',
    'connection',
    'transaction',
    'scripting',
  ],
];

/** Whether rules may name it. */
export function knowsRule(table: ReadonlyMap<string, Command>, name: string): boolean {
  if (name === '@all') return true;
  if (name.startsWith('@')) return CATEGORIES.includes(name.slice(1));
  const [command = '', sub, ...more] = name.split('|');
  const found = table.get(command);
  if (!found || more.length > 0) return false;
  return sub === undefined || found.subcommands?.some((one) => one.name === sub) === true;
}

function whoAmI({ client }: Call): Reply {
  return bulk(client.user ?? '');
}

function generatePassword({ words }: Call): Reply {
  const [, , given = '256', ...more] = words;
  if (more.length > 0) return error(wrongArity('acl|genpass'));
  if (!/^-?\d{1,9}$/.test(given)) return error('ERR value is not an integer or out of range');
  const bits = Number(given);
  if (bits < 1 || bits > 4096) {
    return error(
      'ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096',
    );
  }
  const digits = Math.ceil(bits / 4);
  return bulk(randomBytes(digits).toString('hex').slice(0, digits));
}

function cat({ words }: Call, table: ReadonlyMap<string, Command>): Reply {
  const [, , wanted, ...more] = words;
  if (more.length > 0) return error(wrongArity('acl|cat'));
  if (wanted === undefined) return bulks(CATEGORIES);
  const category = wanted.toLowerCase();
  if (!CATEGORIES.includes(category)) return error(`ERR Unknown category '${wanted.slice(0, 128)}'`);
  const names = [...table.values()].flatMap((command) => [
    ...(command.categories.includes(category) ? [command.name] : []),
    ...(command.subcommands ?? [])
      .filter(({ categories }) => categories.includes(category))
      .map(({ name }) => `${command.name}|${name}`),
  ]);
  return bulks(names);
}

function list({ env }: Call): Reply {
  const users = env.users.names.map((name) => env.users.get(name)).filter((user) => user !== undefined);
  return bulks(users.map(describeUser));
}

function getUser({ env, words }: Call): Reply {
  const user = env.users.get(words[2] ?? '');
  if (!user) return NULL_BULK;
  const entries: readonly (readonly [string, Reply])[] = [
    ['flags', { kind: 'set', items: [user.on ? 'on' : 'off', ...(user.nopass ? ['nopass'] : [])].map(bulk) }],
    ['passwords', bulks(user.passwords)],
    ['commands', bulk(user.commands.join(' '))],
    ['keys', bulk(user.keys.map((one) => `~${one}`).join(' '))],
    ['channels', bulk(user.channels.map((one) => `&${one}`).join(' '))],
    ['selectors', array([])],
  ];
  return { kind: 'map', entries: entries.map(([name, value]) => [bulk(name), value]) };
}

function setUser({ env, words }: Call): Reply {
  const [, , name = '', ...rules] = words;
  if (!/^[\x21-\x7e]{1,128}$/.test(name)) {
    return error("ERR Usernames can't contain spaces or null characters");
  }
  try {
    env.users.set(name, rules);
  } catch (thrown) {
    return error(`ERR Error in ACL SETUSER ${(thrown as Error).message}`);
  }
  return OK;
}

function deleteUsers({ env, client, words }: Call): Reply {
  const names = words.slice(2);
  if (names.includes(DEFAULT_USER)) return error("ERR The 'default' user cannot be removed");
  const deleted = names.filter((name) => env.users.delete(name));
  for (const one of env.clients.all) {
    if (one.user !== undefined && deleted.includes(one.user)) one.close(one === client);
  }
  return integer(deleted.length);
}

function dryRun({ env, words }: Call, table: ReadonlyMap<string, Command>): Reply {
  const [, , name = '', ...asked] = words;
  const user: User | undefined = env.users.get(name);
  if (!user) return error(`ERR User '${name.slice(0, 128)}' not found`);
  const found = findCommand(table, asked);
  if (found.kind === 'unknown') return error(`ERR Command '${(asked[0] ?? '').slice(0, 128)}' not found`);
  const { ruled, command } = found;
  const { arity } = command;
  if (arity < 0 ? asked.length < -arity : asked.length !== arity) return error(wrongArity(ruled.fullName));
  if (mayRun(user, ruled)) return OK;
  return bulk(`This user has no permissions to run the '${ruled.fullName}' command`);
}

const LOG_SHOWN = 10;

function log({ env, words }: Call): Reply {
  const [, , given, ...more] = words;
  if (more.length > 0) return error(wrongArity('acl|log'));
  if (given?.toLowerCase() === 'reset') {
    env.users.clearLog();
    return OK;
  }
  if (given !== undefined && !/^-?\d{1,9}$/.test(given))
    return error('ERR value is not an integer or out of range');
  const shown = given === undefined ? LOG_SHOWN : Math.max(0, Number(given));
  const now = env.clock.now().wall;
  return array(env.users.log.slice(0, shown).map((entry) => describeEntry(entry, now)));
}

function describeEntry({ count, reason, object, username, at, clientInfo }: AclLogEntry, now: number): Reply {
  return {
    kind: 'map',
    entries: [
      [bulk('count'), integer(count)],
      [bulk('reason'), bulk(reason)],
      [bulk('context'), bulk('toplevel')],
      [bulk('object'), bulk(object)],
      [bulk('username'), bulk(username)],
      [bulk('age-seconds'), { kind: 'double', value: Math.max(0, now - at) / 1000 }],
      [bulk('client-info'), bulk(clientInfo)],
    ],
  };
}
