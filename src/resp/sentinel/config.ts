/** SENTINEL CONFIG: what holds for the gateway or for all masters at once. */
import { globMatches } from '../../core/operations/glob.ts';
import type { Call, Command, Environment } from '../commands/command.ts';
import { error, fields, OK, type Reply } from '../protocol/reply.ts';
import { LOG_LEVELS, type LogLevel } from '../settings.ts';
import { operationsOf } from './monitoring.ts';
import { refused } from './refused.ts';
import { BY, ROW } from './row.ts';

const ONLY =
  'ERR Only SENTINEL CONFIG GET <param> [<param> <param> ...] / SET <param> <value> [<param> <value> ...] are supported.';

export const CONFIG_COMMAND: Command = {
  ...{ ...ROW, name: 'config', arity: -3, summary: 'What holds for all masters' },
  changes: (words) => words[2]?.toLowerCase() === 'set',
  run: (call) => {
    const [, , verb = '', ...rest] = call.words;
    if (verb.toLowerCase() === 'get' && rest.length > 0) return get(call.env, rest);
    if (verb.toLowerCase() === 'set' && rest.length > 1 && rest.length % 2 === 0) return set(call, rest);
    return error(ONLY);
  },
};

type HostnameDirective = 'resolve-hostnames' | 'announce-hostnames';
const HOSTNAMES: readonly string[] = [
  'resolve-hostnames',
  'announce-hostnames',
] satisfies HostnameDirective[];

function parameters(env: Environment): Readonly<Record<string, string | number>> {
  const { settings, announced, masters } = env;
  const { host, port } = announced();
  const states = masters.known.map(({ state }) => state.directives);
  const yesNo = (yes: boolean) => (yes ? 'yes' : 'no');
  return {
    'resolve-hostnames': yesNo(settings.resolveHostnames || states.some((one) => one.resolveHostnames)),
    'announce-hostnames': yesNo(settings.announceHostnames || states.some((one) => one.announceHostnames)),
    'announce-ip': host,
    'announce-port': port,
    // no gateway logs in at another
    'sentinel-user': '',
    'sentinel-pass': '',
    loglevel: settings.logLevel,
  };
}

function get(env: Environment, patterns: readonly string[]): Reply {
  const wanted = patterns.map((pattern) => pattern.toLowerCase());
  const all = Object.entries(parameters(env));
  return fields(all.filter(([name]) => wanted.some((pattern) => globMatches(pattern, name))));
}

const FIXED: readonly string[] = ['announce-ip', 'announce-port', 'sentinel-user', 'sentinel-pass'];

/** All that is given is checked before any of it is set. */
async function set(call: Call, given: readonly string[]): Promise<Reply> {
  const { env } = call;
  const pairs = given.flatMap((name, i) =>
    i % 2 === 0 ? [[name.toLowerCase(), given[i + 1] ?? ''] as const] : [],
  );
  for (const [name, value] of pairs) {
    const fault = faultOf(name, value);
    if (fault !== undefined) return error(fault);
  }
  for (const [name, value] of pairs) {
    if (name === 'loglevel') {
      env.settings.logLevel = value.toLowerCase() as LogLevel;
      continue;
    }
    for (const { state } of await env.masters.all()) {
      const answer = await operationsOf(call).set(state.name, { [name]: value.toLowerCase() }, BY);
      if (answer.kind === 'refused' && answer.why !== 'no-such-master') return refused(answer);
    }
    const yes = value.toLowerCase() === 'yes';
    if (name === 'resolve-hostnames') env.settings.resolveHostnames = yes;
    else env.settings.announceHostnames = yes;
    env.masters.changed();
  }
  return OK;
}

function faultOf(name: string, value: string): string | undefined {
  const levels: readonly string[] = LOG_LEVELS;
  const allowed = name === 'loglevel' ? levels : HOSTNAMES.includes(name) ? ['yes', 'no'] : undefined;
  if (FIXED.includes(name))
    return `ERR ${name} is given when the gateway is started, and cannot be set later`;
  if (!allowed) return `ERR Invalid argument '${name.slice(0, 128)}' to SENTINEL CONFIG SET`;
  if (allowed.includes(value.toLowerCase())) return undefined;
  return `ERR Invalid value '${value.slice(0, 128)}' to SENTINEL CONFIG SET '${name}'`;
}
