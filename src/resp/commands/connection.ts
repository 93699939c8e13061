/** PING, HELLO, AUTH, QUIT: what a client says of itself. */
import { DEFAULT_USER } from '../acl/users.ts';
import { array, bulk, error, integer, OK, type Reply, simple } from '../protocol/reply.ts';
import type { Call, Command } from './command.ts';
import { wrongArity } from './dispatch.ts';

/** Whose behaviour is followed. */
export const REDIS_VERSION = '7.4.0';
export const BAD_NAME = 'ERR Client names cannot contain spaces, newlines or special characters.';
const WRONGPASS = 'WRONGPASS invalid username-password pair or user is disabled.';

export const CONNECTION_COMMANDS: readonly Command[] = [
  {
    name: 'ping',
    arity: -1,
    flags: ['fast'],
    categories: ['fast', 'connection'],
    tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
    summary: 'Answers PONG, or what it is given',
    group: 'connection',
    run: ping,
  },
  {
    name: 'hello',
    arity: -1,
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
    categories: ['fast', 'connection'],
    summary: 'Chooses the version of the protocol, and tells of the server',
    group: 'connection',
    run: hello,
  },
  {
    name: 'auth',
    arity: -2,
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
    categories: ['fast', 'connection'],
    summary: 'Tells who the client is',
    group: 'connection',
    run: auth,
  },
  {
    name: 'quit',
    arity: -1,
    flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
    categories: ['fast', 'connection'],
    summary: 'Closes the connection',
    group: 'connection',
    run: ({ client }) => {
      client.close(true);
      return OK;
    },
  },
];

function ping({ client, words, raw }: Call): Reply {
  if (words.length > 2) return error(wrongArity('ping'));
  const [, word] = raw;
  if (client.version === 2 && client.subscribed) return array([bulk('pong'), bulk(word ?? '')]);
  return word ? bulk(word) : simple('PONG');
}

function auth(call: Call): Reply {
  const { env, words } = call;
  const [, first = '', second] = words;
  if (words.length > 3) return error('ERR syntax error');
  if (second !== undefined) return logIn(call, first, second, 'auth') ? OK : error(WRONGPASS);
  if (env.users.get(DEFAULT_USER)?.nopass) {
    const told = 'AUTH <password> called without any password configured for the default user.';
    return error(`ERR ${told} Are you sure your configuration is correct?`);
  }
  return logIn(call, DEFAULT_USER, first, 'auth') ? OK : error(WRONGPASS);
}

function logIn({ env, client }: Call, name: string, password: string, command: string): boolean {
  if (env.users.authenticate(name, password)) {
    client.user = name;
    return true;
  }
  const now = env.clock.now();
  const clientInfo = client.describe(now);
  env.users.note({ reason: 'auth', object: command, username: name, clientInfo, at: now.wall });
  return false;
}

/** Nothing of it is done unless all of it can be. */
function hello(call: Call): Reply {
  const { env, client, words } = call;
  const asked = words[1];
  const version = asked === undefined ? client.version : Number(asked);
  if (asked !== undefined && !/^-?\d{1,9}$/.test(asked)) {
    return error('ERR Protocol version is not an integer or out of range');
  }
  if (version !== 2 && version !== 3) return error('NOPROTO unsupported protocol version');
  let login: readonly [string, string] | undefined;
  let name: string | undefined;
  for (let i = 2; i < words.length; ) {
    const option = words[i]?.toLowerCase();
    const left = words.length - i - 1;
    if (option === 'auth' && left >= 2) {
      login = [words[i + 1] ?? '', words[i + 2] ?? ''];
      i += 3;
    } else if (option === 'setname' && left >= 1) {
      name = words[i + 1] ?? '';
      i += 2;
    } else return error(`ERR Syntax error in HELLO option '${(words[i] ?? '').slice(0, 128)}'`);
  }
  if (name !== undefined && !isClientName(name)) return error(BAD_NAME);
  if (login && !logIn(call, ...login, 'hello')) return error(WRONGPASS);
  if (client.user === undefined) {
    const told =
      'HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass>';
    const option =
      'option can be used to authenticate the client and select the RESP protocol version at the same time';
    return error(`NOAUTH ${told} ${option}`);
  }
  if (name !== undefined) client.name = name;
  client.version = version;
  env.telemetry.log('debug', `client ${client.id} speaks RESP${version}`);
  return {
    kind: 'map',
    entries: [
      [bulk('server'), bulk('redis')],
      [bulk('version'), bulk(REDIS_VERSION)],
      [bulk('proto'), integer(version)],
      [bulk('id'), integer(client.id)],
      [bulk('mode'), bulk('sentinel')],
      [bulk('modules'), array([])],
    ],
  };
}

/** CLIENT LIST is a line of words: a name is none that would break it. */
export function isClientName(name: string): boolean {
  return /^[\x21-\x7e]{0,256}$/.test(name);
}
