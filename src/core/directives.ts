/** The directives of a master: sentinel.conf's names, defaults and meaning, checked in one place for every door. */
import type { Directives } from './model.ts';

/** One thing that is wrong with what was given, named so that its author can mend it. */
export interface Fault {
  readonly directive: string;
  readonly value: unknown;
  readonly allowed: string;
}

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** How one directive is read. `read` gives undefined for what is not allowed. */
interface Rule<K extends keyof Directives = keyof Directives> {
  readonly field: K;
  readonly allowed: string;
  /** `before` is what the field holds now. */
  read(value: unknown, before?: Directives[K]): Directives[K] | undefined;
  /** Absent: the directive has to be given, unless it is `optional`. */
  readonly preset?: Directives[K];
  /** Without a value the field is left out. */
  readonly optional?: true;
}

type FieldOf<T> = { [K in keyof Directives]-?: Directives[K] extends T ? K : never }[keyof Directives];

const DAY_MS = 86_400_000;
/** Characters of a name or a value that a fault's sentence repeats. */
const TOLD_MAX = 200;
/** The state is one small item. */
const PAIRS_MAX = 64;
const REFERENCE = /^(env:[A-Za-z_][A-Za-z0-9_]{0,127}|secret:[\x21-\x7e]{1,512}|stored:[A-Za-z0-9-]{1,64})$/;
const USER = /^[\x21-\x7e]{1,128}$/;
const ZONE = /^[A-Za-z0-9._-]{1,64}$/;
const COMMAND = /^[A-Za-z0-9_-]{1,64}$/;
const NODE = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/;

/** Defaults are Redis Sentinel's, where it has the directive. `quorum` has none, as in Sentinel. */
const RULES: Readonly<Record<string, Rule>> = {
  quorum: integer('quorum', 1, 1000),
  'down-after-milliseconds': integer('downAfterMs', 1, DAY_MS, 30_000),
  'failover-timeout': integer('failoverTimeoutMs', 1, DAY_MS, 180_000),
  'parallel-syncs': integer('parallelSyncs', 1, 1000, 1),
  'master-reboot-down-after-period': integer('masterRebootDownAfterMs', 0, DAY_MS, 0),
  'auth-user': text('authUser', USER, 'the name of an ACL user, without spaces'),
  'auth-pass': text('authPass', REFERENCE, 'a reference: env:NAME, secret:ARN or stored:ID'),
  'rename-command': pairs('renamedCommands', {
    allowed: `pairs of a command and its new name, at most ${PAIRS_MAX}`,
    key: COMMAND,
    keyOf: (name) => name.toUpperCase(),
    value: COMMAND,
  }),
  'resolve-hostnames': yesNo('resolveHostnames', false),
  'announce-hostnames': yesNo('announceHostnames', false),
  'replica-evidence': yesNo('replicaEvidence', true),
  'lease-milliseconds': integer('leaseMs', 2000, 60_000, 5000),
  'alert-interval-milliseconds': integer('alertIntervalMs', 10, 1000, 100),
  'write-probe': yesNo('writeProbe', false),
  'prefer-zone': text('preferZone', ZONE, 'the name of an availability zone'),
  'node-zones': pairs('nodeZones', {
    allowed: `pairs of host:port and the name of its zone, at most ${PAIRS_MAX}`,
    key: NODE,
    keyOf: (name) => name,
    value: ZONE,
  }),
  'min-replicas-visible': integer('minReplicasVisible', 0, 1000, 0),
  'observe-only': yesNo('observeOnly', false),
  tls: yesNo('tls', false),
};

/** Sentinel's directives that name a program: never from the table, HTTP or a client. */
const SCRIPTS = ['notification-script', 'client-reconfig-script'];

/** What is told in the place of a password, in events as Sentinel does and in faults. */
export const REDACTED = '******';
/** A directive whose value may be a password, also when its name is misspelt. */
const TELLTALE = /pass|secret|token|credential/i;

export const DIRECTIVE_NAMES: readonly string[] = Object.keys(RULES);

/** The directives that have a default, at their defaults. */
export const PRESETS: Omit<Directives, 'quorum'> = Object.fromEntries(
  Object.values(RULES).flatMap(({ field, preset }) => (preset === undefined ? [] : [[field, preset]])),
) as unknown as Omit<Directives, 'quorum'>;

/**
 * Reads directives by their sentinel.conf names, from a file (strings) or from JSON (numbers, booleans, objects).
 * Every fault is reported, not the first alone, and with a fault nothing is returned to apply.
 */
export function readDirectives(given: Readonly<Record<string, unknown>>): Checked<Directives> {
  return changeDirectives({}, given);
}

/**
 * Directives of a master that exists, with some of them set anew. An empty `auth-user`, `auth-pass`, `prefer-zone`,
 * `rename-command` or `node-zones` takes it away. Fields of a later minor version stay as they are; those that an
 * earlier one did not write get their defaults.
 */
export function changeDirectives(
  before: Partial<Directives>,
  given: Readonly<Record<string, unknown>>,
): Checked<Directives> {
  const faults: Fault[] = [];
  const values: Record<string, unknown> = { ...PRESETS, ...before };
  for (const [directive, value] of Object.entries(given)) {
    const rule = Object.hasOwn(RULES, directive) ? RULES[directive] : undefined;
    if (!rule) {
      faults.push(fault(directive, value, allowedInsteadOf(directive)));
      continue;
    }
    if (value === undefined) continue;
    const read = rule.read(value, values[rule.field] as Directives[keyof Directives]);
    if (rule.optional && value === '') delete values[rule.field];
    else if (read === undefined) faults.push(fault(directive, value, rule.allowed));
    else values[rule.field] = read;
  }
  for (const [directive, { field, allowed, optional }] of Object.entries(RULES)) {
    if (optional || values[field] !== undefined || given[directive] !== undefined) continue;
    faults.push({ directive, value: undefined, allowed });
  }
  return faults.length === 0 ? { ok: true, value: values as unknown as Directives } : { ok: false, faults };
}

/** A fault is serialised by doors as it is: a password given in place of a reference never enters it. */
export function fault(directive: string, value: unknown, allowed: string): Fault {
  const hidden = value !== undefined && TELLTALE.test(directive);
  return { directive, value: hidden ? REDACTED : outlined(value), allowed };
}

/** No directive is nested deeper than one level; what is may be so deep that no serialiser comes to its end. */
function outlined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const outline = (member: unknown) =>
    typeof member !== 'object' || member === null ? member : Array.isArray(member) ? '[…]' : '{…}';
  if (Array.isArray(value)) return value.map(outline);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, outline(member)]));
}

/** `quorum "0": allowed is a whole number from 1 to 1000` */
export function describeFault({ directive, value, allowed }: Fault): string {
  const told = value === undefined ? 'missing' : shortened(JSON.stringify(value) ?? String(value));
  return `${shortened(directive)} ${told}: allowed is ${allowed}`;
}

/** On one line of a log or a reply whatever was given: control characters are told as `?`. */
function shortened(text: string): string {
  const told = text.length <= TOLD_MAX ? text : `${text.slice(0, TOLD_MAX)}…`;
  return told.replace(/\p{Cc}/gu, '?').toWellFormed(); // a sign may have been cut in half
}

/** A directive's value in sentinel.conf's words; a password's reference is redacted, what is not set is empty. */
export function directiveText(directive: string, directives: Directives): string {
  const rule = Object.hasOwn(RULES, directive) ? RULES[directive] : undefined;
  const value = rule && directives[rule.field];
  if (value === undefined) return '';
  if (TELLTALE.test(directive)) return REDACTED;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? Object.entries(value).flat().join(' ') : String(value);
}

/**
 * What a change of one directive set, in sentinel.conf's words. Pairs are told one by one, as Sentinel tells of renamed
 * commands; one that has its own name again is told as renamed to that.
 */
export function changeTexts(directive: string, before: Directives, after: Directives): readonly string[] {
  const rule = Object.hasOwn(RULES, directive) ? RULES[directive] : undefined;
  if (!rule || before[rule.field] === after[rule.field]) return [];
  const now = after[rule.field];
  if (typeof now !== 'object') return [directiveText(directive, after)];
  const old = (before[rule.field] ?? {}) as Readonly<Record<string, string>>;
  const gone = (key: string) => (directive === 'rename-command' ? [key] : []);
  return Object.keys({ ...old, ...now })
    .filter((key) => old[key] !== now[key])
    .map((key) => [key, ...(now[key] === undefined ? gone(key) : [now[key]])].join(' '));
}

export function readInteger(value: unknown, min: number, max: number): number | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !/^-?\d{1,15}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= min && number <= max ? number : undefined;
}

function allowedInsteadOf(directive: string): string {
  return SCRIPTS.includes(directive)
    ? 'in the configuration file of a zone process only: a program is never taken from the table or the network'
    : `one of ${DIRECTIVE_NAMES.join(', ')}`;
}

function integer(field: FieldOf<number>, min: number, max: number, preset?: number): Rule {
  return {
    field,
    allowed: `a whole number from ${min} to ${max}`,
    read: (value) => readInteger(value, min, max),
    ...(preset !== undefined && { preset }),
  };
}

function yesNo(field: FieldOf<boolean>, preset: boolean): Rule {
  const read = (value: unknown) =>
    value === true || value === 'yes' ? true : value === false || value === 'no' ? false : undefined;
  return { field, allowed: 'yes or no', read, preset };
}

function text(field: FieldOf<string | undefined>, pattern: RegExp, allowed: string): Rule {
  const read = (value: unknown) => (typeof value === 'string' && pattern.test(value) ? value : undefined);
  return { field, allowed, read, optional: true };
}

interface PairRule {
  readonly allowed: string;
  readonly key: RegExp;
  readonly keyOf: (key: string) => string;
  readonly value: RegExp;
}

/**
 * A JSON object is the whole of them. Words in turn, as in a file or SENTINEL SET (`old new`), add to those there are;
 * a command renamed to itself has its own name again. Nothing at all takes all of them away.
 */
function pairs(field: FieldOf<Readonly<Record<string, string>>>, rule: PairRule): Rule {
  return {
    field,
    allowed: rule.allowed,
    preset: {},
    read(value, before?: Readonly<Record<string, string>>) {
      const entries = typeof value === 'string' ? wordPairs(value) : members(value);
      if (!entries?.every(([key, told]) => rule.key.test(key) && rule.value.test(told))) return undefined;
      const meant = entries.map(([key, told]): [string, string] => [rule.keyOf(key), told]);
      const kept = typeof value === 'string' && meant.length > 0 ? Object.entries(before ?? {}) : [];
      const all = Object.entries(Object.fromEntries([...kept, ...meant]));
      if (all.length > PAIRS_MAX) return undefined;
      return Object.fromEntries(all.filter(([key, told]) => rule.keyOf(told) !== key));
    },
  };
}

function wordPairs(text: string): [string, string][] | undefined {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length % 2 !== 0) return undefined;
  return words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1] ?? '']] : []));
}

function members(value: unknown): [string, string][] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
    ? entries
    : undefined;
}
