/** CLIENT: what a client tells of itself, and what others there are. */
import type { Client } from '../clients/client.ts';
import { array, bulk, error, integer, NULL_BULK, OK, type Reply } from '../protocol/reply.ts';
import { killClients, readKill } from './client-kill.ts';
import { ALWAYS, type Call, type Command } from './command.ts';
import { BAD_NAME, isClientName } from './connection.ts';
import { type HelpLine, helpCommand } from './help.ts';

const OWN = {
  flags: ['noscript', 'loading', 'stale'],
  categories: ['slow', 'connection'],
  group: 'connection',
} as const;
const OTHERS = {
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: ['admin', 'slow', 'dangerous', 'connection'],
  group: 'connection',
} as const;
const TIPS = { tips: ['nondeterministic_output'] };
const SYNTAX = error('ERR syntax error');

const HELP: readonly HelpLine[] = [
  ['CACHING (YES|NO)', 'Of no use here: there are no keys.'],
  ['GETNAME', 'The name of this connection.'],
  ['GETREDIR', 'Where invalidations are sent: nowhere, as there are no keys.'],
  ['ID', 'The number of this connection.'],
  ['INFO', 'This connection, as LIST tells it.'],
  ['KILL <ip:port>', 'Closes the connection that comes from there.'],
  ['KILL <option> <value> ...', 'Closes all that fit: ADDR, ID, LADDR, SKIPME, TYPE, USER.'],
  ['LIST [TYPE <type> | ID <id> ...]', 'All connections, a line each.'],
  ['NO-EVICT (ON|OFF)', 'Noted in LIST.'],
  ['NO-TOUCH (ON|OFF)', 'Noted in LIST.'],
  ['PAUSE <milliseconds> [WRITE|ALL]', 'Carries out no commands of clients for so long.'],
  ['REPLY (ON|OFF|SKIP)', 'Whether this connection wants replies.'],
  ['SETINFO (LIB-NAME|LIB-VER) <value>', 'Which library the client is.'],
  ['SETNAME <name>', 'Names this connection.'],
  ['TRACKING (ON|OFF)', 'Of no use here: there are no keys.'],
  ['TRACKINGINFO', 'That nothing is tracked.'],
  ['UNBLOCK <id>', 'Of no use here: no command blocks.'],
  ['UNPAUSE', 'Ends PAUSE.'],
];

export const CLIENT_COMMAND: Command = {
  ...{ name: 'client', arity: -2, flags: [], categories: ['slow'], group: 'connection' },
  summary: 'What a connection tells of itself, and which others there are',
  subcommands: [
    {
      ...OWN,
      name: 'id',
      arity: 2,
      summary: 'The number of this connection',
      run: ({ client }) => integer(client.id),
    },
    {
      ...{ ...OWN, name: 'getname', arity: 2, summary: 'The name of this connection' },
      run: ({ client }) => (client.name === '' ? NULL_BULK : bulk(client.name)),
    },
    { ...OWN, name: 'setname', arity: 3, summary: 'Names this connection', run: setName },
    { ...OWN, name: 'setinfo', arity: 4, summary: 'Which library the client is', run: setInfo },
    {
      ...{ ...OWN, ...TIPS, name: 'info', arity: 2, summary: 'This connection, as LIST tells it' },
      run: ({ env, client }) => ({ kind: 'verbatim', text: `${client.describe(env.clock.now())}\n` }),
    },
    { ...OTHERS, ...TIPS, name: 'list', arity: -2, summary: 'All connections, a line each', run: list },
    { ...OTHERS, name: 'kill', arity: -3, summary: 'Closes connections', changes: ALWAYS, run: kill },
    { ...OWN, name: 'reply', arity: 3, summary: 'Whether this connection wants replies', run: reply },
    {
      ...OTHERS,
      name: 'no-evict',
      arity: 3,
      summary: 'Noted in LIST',
      run: (call) => onOff(call, 'evictable'),
    },
    { ...OWN, name: 'no-touch', arity: 3, summary: 'Noted in LIST', run: (call) => onOff(call, 'touches') },
    {
      ...OTHERS,
      name: 'pause',
      arity: -3,
      summary: 'Carries out nothing for a while',
      changes: ALWAYS,
      run: pause,
    },
    { ...OTHERS, name: 'unpause', arity: 2, summary: 'Ends PAUSE', changes: ALWAYS, run: unpause },
    { ...OTHERS, name: 'unblock', arity: -3, summary: 'No command blocks here', run: () => integer(0) },
    { ...OWN, name: 'getredir', arity: 2, summary: 'There are no keys to track', run: () => integer(-1) },
    {
      ...OWN,
      name: 'caching',
      arity: 3,
      summary: 'There are no keys to track',
      run: () => error(NOT_TRACKING),
    },
    { ...OWN, name: 'tracking', arity: -3, summary: 'There are no keys to track', run: tracking },
    { ...OWN, name: 'trackinginfo', arity: 2, summary: 'That nothing is tracked', run: () => TRACKING_INFO },
    helpCommand('CLIENT', HELP, ['slow', 'connection']),
  ],
};

const NOT_TRACKING =
  'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled';

const TRACKING_INFO: Reply = {
  kind: 'map',
  entries: [
    [bulk('flags'), { kind: 'set', items: [bulk('off')] }],
    [bulk('redirect'), integer(-1)],
    [bulk('prefixes'), array([])],
  ],
};

function setName({ client, words }: Call): Reply {
  const name = words[2] ?? '';
  if (!isClientName(name)) return error(BAD_NAME);
  client.name = name;
  return OK;
}

function setInfo({ client, words }: Call): Reply {
  const [, , option = '', value = ''] = words;
  const attribute = option.toLowerCase();
  if (attribute !== 'lib-name' && attribute !== 'lib-ver') {
    return error(`ERR Unrecognized option '${option.slice(0, 128)}'`);
  }
  if (!isClientName(value)) {
    return error(`ERR ${attribute} cannot contain spaces, newlines or special characters.`);
  }
  if (attribute === 'lib-name') client.libName = value;
  else client.libVersion = value;
  return OK;
}

function list({ env, words }: Call): Reply {
  const option = words[2]?.toLowerCase();
  const all = env.clients.all;
  if (option === undefined) return lines(env, all);
  if (option === 'type' && words.length === 4) {
    const type = words[3]?.toLowerCase() ?? '';
    const fits = TYPES.get(type);
    return fits ? lines(env, all.filter(fits)) : error(`ERR Unknown client type '${type.slice(0, 128)}'`);
  }
  if (option === 'id' && words.length > 3) {
    const ids = words.slice(3);
    if (!ids.every((id) => /^[1-9]\d{0,14}$/.test(id))) return error('ERR Invalid client ID');
    return lines(
      env,
      all.filter(({ id }) => ids.includes(String(id))),
    );
  }
  return SYNTAX;
}

/** The kinds of connections there are on a gateway. */
export const TYPES: ReadonlyMap<string, (client: Client) => boolean> = new Map<
  string,
  (client: Client) => boolean
>([
  ['normal', (client) => !client.subscribed],
  ['pubsub', (client) => client.subscribed],
  ['master', () => false],
  ['replica', () => false],
  ['slave', () => false],
]);

function lines({ clock }: Call['env'], clients: readonly Client[]): Reply {
  const now = clock.now();
  return { kind: 'verbatim', text: clients.map((client) => `${client.describe(now)}\n`).join('') };
}

function kill({ env, client, words }: Call): Reply {
  const wanted = readKill(words.slice(2));
  if (typeof wanted === 'string') return error(wanted);
  const killed = killClients(env.clients.all, wanted, client);
  if (words.length > 3) return integer(killed);
  return killed > 0 ? OK : error('ERR No such client');
}

function reply({ client, words }: Call): Reply {
  const mode = words[2]?.toLowerCase();
  if (mode !== 'on' && mode !== 'off' && mode !== 'skip') return SYNTAX;
  client.replies = mode;
  return OK;
}

function onOff({ client, words }: Call, field: 'evictable' | 'touches'): Reply {
  const word = words[2]?.toLowerCase();
  if (word !== 'on' && word !== 'off') return SYNTAX;
  client[field] = word === 'off';
  return OK;
}

const PAUSE_MS_MAX = 3_600_000;

function pause({ env, words }: Call): Reply {
  const [, , timeout = '', mode = 'all'] = words;
  const ms = /^\d{1,9}$/.test(timeout) ? Number(timeout) : undefined;
  if (ms === undefined || ms > PAUSE_MS_MAX) return error('ERR timeout is not an integer or out of range');
  if (words.length > 4 || !['all', 'write'].includes(mode.toLowerCase())) {
    return error('ERR CLIENT PAUSE mode must be WRITE or ALL');
  }
  if (mode.toLowerCase() === 'all') env.clients.pause(ms); // nothing here is a write
  return OK;
}

function unpause({ env }: Call): Reply {
  env.clients.unpause();
  return OK;
}

function tracking({ words }: Call): Reply {
  if (words[2]?.toLowerCase() === 'off') return OK;
  if (words[2]?.toLowerCase() !== 'on') return SYNTAX;
  return error('ERR There are no keys here, so there is nothing to track');
}
