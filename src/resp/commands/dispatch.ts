/** From a request to the command it means, and from there to its reply: in Redis' order of checks, in Redis' words. */

import { Unavailable } from '../../ports.ts';
import { mayRun, type Ruled } from '../acl/rules.ts';
import { NothingRead } from '../masters/masters.ts';
import { error, type Reply } from '../protocol/reply.ts';
import type { Call, Command } from './command.ts';

export type Found =
  | { readonly kind: 'command'; readonly command: Command; readonly ruled: Ruled }
  | { readonly kind: 'unknown'; readonly reply: Reply };

/** Characters of a client's own words that an error repeats. */
const TOLD_MAX = 128;

export function findCommand(table: ReadonlyMap<string, Command>, words: readonly string[]): Found {
  const [name = '', sub] = words;
  const command = table.get(name.toLowerCase());
  if (!command) return { kind: 'unknown', reply: error(unknownCommand(words)) };
  if (!command.subcommands || sub === undefined) return asFound(command);
  const wanted = sub.toLowerCase();
  const subcommand = command.subcommands.find((one) => one.name === wanted);
  if (subcommand) return asFound(subcommand, command);
  const told = `unknown subcommand '${shortened(sub)}'. Try ${command.name.toUpperCase()} HELP.`;
  return { kind: 'unknown', reply: error(`ERR ${told}`) };
}

function asFound(command: Command, container?: Command): Found {
  const fullName = container ? `${container.name}|${command.name}` : command.name;
  const name = container?.name ?? command.name;
  return { kind: 'command', command, ruled: { name, fullName, categories: command.categories } };
}

/** @param allowed - what it may do there at all is decided before anything is run */
export async function answer(call: Call, table: ReadonlyMap<string, Command>): Promise<Reply> {
  const { words, client, env } = call;
  const found = findCommand(table, words);
  if (found.kind === 'unknown') return found.reply;
  const { command, ruled } = found;
  client.lastCommand = ruled.fullName;
  const objection = objectionTo(call, command, ruled);
  if (objection !== undefined) return error(objection);
  if (!command.run) return error(wrongArity(ruled.fullName));
  try {
    return await command.run(call);
  } catch (thrown) {
    if (thrown instanceof NothingRead) return error(`TRYAGAIN ${thrown.message}`);
    if (thrown instanceof Unavailable) return error(UNSURE);
    env.telemetry.log('error', `${ruled.fullName} failed: ${(thrown as Error).message}`);
    return error(`ERR ${ruled.fullName} failed; the gateway's log says why`);
  }
}

const UNSURE =
  'TRYAGAIN The table did not answer in time, so it is not known whether this was done. It may be asked for again.';

function objectionTo({ words, client, env }: Call, command: Command, ruled: Ruled): string | undefined {
  const { fullName } = ruled;
  if (!arityFits(command.arity, words.length)) return wrongArity(fullName);
  const withoutUser = command.flags.includes('no_auth');
  if (client.user === undefined && !withoutUser) return 'NOAUTH Authentication required.';
  const user = client.user === undefined ? undefined : env.users.get(client.user);
  if (!withoutUser && !(user && mayRun(user, ruled))) {
    const clientInfo = client.describe(env.clock.now());
    const at = env.clock.now().wall;
    env.users.note({ reason: 'command', object: fullName, username: client.user ?? '', clientInfo, at });
    return `NOPERM this user has no permissions to run the '${fullName}' command`;
  }
  if (client.version === 2 && client.subscribed && !WHILE_SUBSCRIBED.has(command.name)) {
    const only = 'only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context';
    return `ERR Can't execute '${fullName}': ${only}`;
  }
  if (!env.operations && command.changes?.(words)) {
    return `NOPERM This gateway is read-only: '${fullName}' is taken only by one that was started with --allow-operate`;
  }
  return undefined;
}

const WHILE_SUBSCRIBED = new Set(['subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe', 'ping', 'quit']);

function arityFits(arity: number, words: number): boolean {
  return arity < 0 ? words >= -arity : words === arity;
}

export function wrongArity(fullName: string): string {
  return `ERR wrong number of arguments for '${fullName}' command`;
}

function unknownCommand([name = '', ...rest]: readonly string[]): string {
  let told = '';
  for (const word of rest) {
    if (told.length >= TOLD_MAX) break;
    told += `'${word.slice(0, TOLD_MAX - told.length)}' `;
  }
  return `ERR unknown command '${shortened(name)}', with args beginning with: ${told}`;
}

function shortened(word: string): string {
  return word.slice(0, TOLD_MAX);
}
