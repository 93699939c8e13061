/** ROLE and SHUTDOWN. */
import { array, bulk, bulks, error, NOTHING, type Reply } from '../protocol/reply.ts';
import { ALWAYS, type Call, type Command } from './command.ts';

export const SERVER_COMMANDS: readonly Command[] = [
  {
    name: 'role',
    arity: 1,
    flags: ['noscript', 'loading', 'stale', 'fast'],
    categories: ['admin', 'fast', 'dangerous'],
    summary: 'Says that this is a sentinel, and of which masters',
    group: 'server',
    run: async ({ env }) => {
      const names = (await env.masters.all()).map(({ state }) => state.name);
      return array([bulk('sentinel'), bulks(names)]);
    },
  },
  {
    name: 'shutdown',
    arity: -1,
    flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
    categories: ['admin', 'slow', 'dangerous'],
    summary: 'Ends this gateway; the sentinels go on',
    group: 'server',
    changes: ALWAYS,
    run: shutdown,
  },
];

const OPTIONS = new Set(['nosave', 'save', 'now', 'force']);

/** There is nothing to save: each way of asking comes to the same. */
function shutdown({ env, client, words }: Call): Reply {
  const options = words.slice(1).map((word) => word.toLowerCase());
  if (options.length === 1 && options[0] === 'abort') return error('ERR No shutdown in progress.');
  if (!options.every((option) => OPTIONS.has(option))) return error('ERR syntax error');
  env.telemetry.log('info', `client ${client.id} asked for SHUTDOWN`);
  env.shutDown();
  return NOTHING;
}
