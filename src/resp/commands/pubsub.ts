/** SUBSCRIBE and its kin: one reply for each name, pushed in RESP3. */
import { mayHear } from '../acl/rules.ts';
import { SUBSCRIPTIONS_MAX, type SubscriptionKind, subscriptions } from '../feed/channels.ts';
import { bulk, error, integer, NULL_BULK, push, type Reply } from '../protocol/reply.ts';
import type { Call, Command } from './command.ts';

const HELLO_CHANNEL = '__sentinel__:hello';
const FLAGS = ['pubsub', 'noscript', 'loading', 'stale'];
const CATEGORIES = ['pubsub', 'slow'];
const NO_CHANNEL = 'NOPERM this user has no permissions to access one of the channels used as arguments';

export const PUBSUB_COMMANDS: readonly Command[] = [
  {
    ...{ name: 'subscribe', arity: -2, flags: FLAGS, categories: CATEGORIES, group: 'pubsub' },
    summary: 'Hears the events of the given names',
    run: (call) => subscribe(call, 'channels'),
  },
  {
    ...{ name: 'unsubscribe', arity: -1, flags: FLAGS, categories: CATEGORIES, group: 'pubsub' },
    summary: 'Hears the events of the given names, or of any, no more',
    run: (call) => unsubscribe(call, 'channels'),
  },
  {
    ...{ name: 'psubscribe', arity: -2, flags: FLAGS, categories: CATEGORIES, group: 'pubsub' },
    summary: 'Hears the events whose names match the given patterns',
    run: (call) => subscribe(call, 'patterns'),
  },
  {
    ...{ name: 'punsubscribe', arity: -1, flags: FLAGS, categories: CATEGORIES, group: 'pubsub' },
    summary: 'Hears the events of the given patterns, or of any, no more',
    run: (call) => unsubscribe(call, 'patterns'),
  },
  {
    name: 'publish',
    arity: 3,
    flags: ['pubsub', 'loading', 'stale', 'fast'],
    categories: ['pubsub', 'fast'],
    summary: 'Takes the greeting of a sentinel',
    group: 'pubsub',
    run: publish,
  },
];

function subscribe({ env, client, words }: Call, kind: SubscriptionKind): Reply {
  const names = words.slice(1);
  const user = env.users.get(client.user ?? '');
  const forbidden = names.find((name) => !user || !mayHear(user, name, kind === 'patterns'));
  if (forbidden !== undefined) {
    const now = env.clock.now();
    const clientInfo = client.describe(now);
    const username = client.user ?? '';
    env.users.note({ reason: 'channel', object: forbidden, username, clientInfo, at: now.wall });
    return error(NO_CHANNEL);
  }
  if (subscriptions(client) + names.length > SUBSCRIPTIONS_MAX) {
    return error(`ERR A client may have ${SUBSCRIPTIONS_MAX} subscriptions at most`);
  }
  const word = kind === 'channels' ? 'subscribe' : 'psubscribe';
  const replies = names.map((name) =>
    push([bulk(word), bulk(name), integer(env.channels.add(client, kind, name))]),
  );
  return { kind: 'several', replies };
}

function unsubscribe({ env, client, words }: Call, kind: SubscriptionKind): Reply {
  const word = kind === 'channels' ? 'unsubscribe' : 'punsubscribe';
  const names = words.length > 1 ? words.slice(1) : [...client[kind]];
  if (names.length === 0) return push([bulk(word), NULL_BULK, integer(subscriptions(client))]);
  const replies = names.map((name) =>
    push([bulk(word), bulk(name), integer(env.channels.remove(client, kind, name))]),
  );
  return { kind: 'several', replies };
}

/** A sentinel's greeting is heard, and nothing follows: who takes part is in the table. */
function publish({ words }: Call): Reply {
  if (words[1] === HELLO_CHANNEL) return integer(1);
  return error('ERR Only HELLO messages are accepted by Sentinel instances.');
}
