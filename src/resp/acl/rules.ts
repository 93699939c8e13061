/** What a user may run and hear, in the words of ACL SETUSER; the last rule that fits a command decides. */
import { globMatches } from '../../core/operations/glob.ts';

/** A command as rules see it: its own name, its full name (`sentinel|master`), the categories it is in. */
export interface Ruled {
  readonly name: string;
  readonly fullName: string;
  readonly categories: readonly string[];
}

export interface User {
  readonly name: string;
  readonly on: boolean;
  /** Any password will do. */
  readonly nopass: boolean;
  /** SHA-256, hex. */
  readonly passwords: readonly string[];
  /** Such as `+@all`, `-sentinel|set`; in order. */
  readonly commands: readonly string[];
  /** Patterns of the channels it may subscribe to. */
  readonly channels: readonly string[];
  /** There are no keys here; kept because they are part of what LIST tells. */
  readonly keys: readonly string[];
}

export interface RuleSurroundings {
  /** Whether there is such a command or category: `ping`, `sentinel|set`, `@all`. */
  readonly knows: (name: string) => boolean;
  readonly sha256: (text: string) => string;
}

export function newUser(name: string): User {
  return { name, on: false, nopass: false, passwords: [], commands: ['-@all'], channels: [], keys: [] };
}

/** The user with all rules applied in turn. @throws Error with Redis' words and the rule, for the first that is none */
export function applyRules(user: User, rules: readonly string[], surroundings: RuleSurroundings): User {
  return rules.reduce((before, rule) => {
    const after = applyRule(before, rule, surroundings);
    if (typeof after === 'string') throw new Error(`modifier '${told(rule)}': ${after}`);
    return after;
  }, user);
}

const SYNTAX = 'Syntax error';
const UNKNOWN = 'Unknown command or category name in ACL';
const NO_PASSWORD = 'The password you are trying to remove from the user does not exist';
const NO_HASH =
  'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters';
/** Rules of one user; a fleet's longest lists are a tenth of it. */
const RULES_MAX = 256;

/** @returns what is wrong with the rule, in Redis' words */
function applyRule(user: User, rule: string, { knows, sha256 }: RuleSurroundings): User | string {
  const word = rule.toLowerCase();
  const plain = WORDS.get(word);
  if (plain) return plain(user);
  const value = rule.slice(1);
  switch (rule[0]) {
    case '>':
      return withPassword(user, sha256(value));
    case '#':
      return /^[0-9a-f]{64}$/.test(value) ? withPassword(user, value) : NO_HASH;
    case '<':
    case '!': {
      const hash = rule[0] === '<' ? sha256(value) : value;
      if (!user.passwords.includes(hash)) return NO_PASSWORD;
      return { ...user, passwords: user.passwords.filter((one) => one !== hash) };
    }
    case '+':
    case '-':
      if (!knows(word.slice(1))) return UNKNOWN;
      return word.slice(1) === '@all' ? { ...user, commands: [word] } : withCommand(user, word);
    case '&':
      if (user.channels.includes('*') && value !== '*') {
        return "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels";
      }
      return { ...user, channels: added(user.channels, value) };
    case '~':
      return { ...user, keys: added(user.keys, value) };
    case '%':
      return /^%(R|W|RW|WR)~/i.test(rule)
        ? { ...user, keys: added(user.keys, rule.slice(rule.indexOf('~') + 1)) }
        : SYNTAX;
    default:
      return SYNTAX;
  }
}

const WORDS: ReadonlyMap<string, (user: User) => User> = new Map(
  Object.entries({
    on: (user: User) => ({ ...user, on: true }),
    off: (user: User) => ({ ...user, on: false }),
    nopass: (user: User) => ({ ...user, nopass: true, passwords: [] }),
    resetpass: (user: User) => ({ ...user, nopass: false, passwords: [] }),
    allcommands: (user: User) => ({ ...user, commands: ['+@all'] }),
    nocommands: (user: User) => ({ ...user, commands: ['-@all'] }),
    allchannels: (user: User) => ({ ...user, channels: ['*'] }),
    resetchannels: (user: User) => ({ ...user, channels: [] }),
    allkeys: (user: User) => ({ ...user, keys: ['*'] }),
    resetkeys: (user: User) => ({ ...user, keys: [] }),
    reset: ({ name }: User) => newUser(name),
  } satisfies Record<string, (user: User) => User>),
);

function withPassword(user: User, hash: string): User {
  return { ...user, nopass: false, passwords: added(user.passwords, hash) };
}

/** A rule that comes again takes the place of the one before. */
function withCommand(user: User, rule: string): User | string {
  const others = user.commands.filter((one) => one.slice(1) !== rule.slice(1));
  return others.length < RULES_MAX ? { ...user, commands: [...others, rule] } : 'Too many rules';
}

function added(list: readonly string[], one: string): readonly string[] {
  return list.includes(one) ? list : [...list, one].slice(-RULES_MAX);
}

/** A password among the rules is not repeated. */
function told(rule: string): string {
  return /^[><#!]/.test(rule) ? `${rule[0]}******` : rule.slice(0, 64);
}

export function mayRun({ commands }: User, command: Ruled): boolean {
  const rule = commands.findLast((one) => fits(one.slice(1), command));
  return rule?.startsWith('+') ?? false;
}

function fits(rule: string, { name, fullName, categories }: Ruled): boolean {
  if (rule === '@all') return true;
  return rule.startsWith('@') ? categories.includes(rule.slice(1)) : rule === name || rule === fullName;
}

/** @param literal - a pattern that is asked for has to be among the user's own to the letter, as in Redis */
export function mayHear({ channels }: User, channel: string, literal: boolean): boolean {
  return channels.some((own) => own === '*' || (literal ? own === channel : globMatches(own, channel)));
}

/** As in ACL LIST and in configuration files. */
export function describeUser(user: User): string {
  const channels = user.channels.map((one) => `&${one}`);
  return [
    `user ${user.name}`,
    user.on ? 'on' : 'off',
    ...(user.nopass ? ['nopass'] : []),
    ...user.passwords.map((hash) => `#${hash}`),
    ...user.keys.map((one) => `~${one}`),
    ...(user.channels.includes('*') ? [] : ['resetchannels']),
    ...channels,
    ...user.commands,
  ].join(' ');
}
