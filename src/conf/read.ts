/**
 * A sentinel.conf, read whole: every fault at once with its line, or nothing but sound values. As in Sentinel the
 * order of the lines does not matter, but that of two lines that say the same thing the later one counts.
 */
import { type ConfFault, type ConfNote, Faults } from './faults.ts';
import { type ConfLine, canonicalWords, readLines } from './lines.ts';
import { type ConfMaster, MASTER_OPTIONS, type MasterLine, readMasters } from './masters.ts';
import type { WordsRule } from './rules.ts';
import { SENTINEL_DEFAULTS, SENTINEL_RULES, type SentinelSettings } from './sentinel.ts';
import { SERVER_DEFAULTS, SERVER_RULES, type ServerSettings, TLS_RULES, WITHOUT_EFFECT } from './server.ts';

export interface SentinelConf {
  readonly server: ServerSettings;
  readonly sentinel: SentinelSettings;
  /** In the order of their `monitor`. */
  readonly masters: readonly ConfMaster[];
  /** Directives of redis-sentinel that mean nothing here. */
  readonly notes: readonly ConfNote[];
}

export type ReadConf =
  | { readonly ok: true; readonly conf: SentinelConf }
  | { readonly ok: false; readonly faults: readonly ConfFault[] };

/** @param file - what it is called in a fault */
export function readConf(bytes: Uint8Array, file = 'sentinel.conf'): ReadConf {
  const reader = new Reader(file);
  for (const line of readLines(bytes)) reader.line(line);
  return reader.end();
}

class Reader {
  readonly #faults: Faults;
  readonly #notes: ConfNote[] = [];
  readonly #masterLines: MasterLine[] = [];
  readonly #server: Record<string, unknown> = { ...SERVER_DEFAULTS };
  readonly #tls: Record<string, unknown> = { ...SERVER_DEFAULTS.tls };
  readonly #sentinel: Record<string, unknown> = { ...SENTINEL_DEFAULTS };
  readonly #users = new Map<string, { readonly number: number; readonly words: readonly string[] }>();
  #aclfileOn = 0;

  constructor(file: string) {
    this.#faults = new Faults(file);
  }

  line({ number, words, problem }: ConfLine): void {
    if (problem !== undefined) this.#faults.addUnknown(number, 'the line', problem);
    if (words.length === 0) return;
    const [directive = '', ...args] = canonicalWords(words);
    const entry = own(SERVER_RULES, directive);
    const tlsEntry = own(TLS_RULES, directive);
    if (entry) this.#take(this.#server, entry, { number, directive, args });
    else if (tlsEntry) this.#take(this.#tls, tlsEntry, { number, directive, args });
    else if (directive === 'sentinel') this.#sentinelLine(number, args);
    else if (directive === 'user') this.#userLine(number, args);
    else if (WITHOUT_EFFECT.has(directive)) {
      this.#notes.push({ line: number, directive, why: 'it has no effect here' });
    } else this.#faults.addUnknown(number, directive, allowedInsteadOf(directive));
    if (directive === 'aclfile') this.#aclfileOn = number;
  }

  end(): ReadConf {
    const [firstUser] = this.#users.values();
    if (this.#server['aclfile'] && firstUser) {
      const number = Math.max(this.#aclfileOn, firstUser.number);
      this.#faults.add(number, 'aclfile', this.#server['aclfile'], 'an aclfile or user lines, not both');
    }
    const sentinel = this.#sentinel as unknown as SentinelSettings;
    const common = { ...sentinel, tls: this.#tls['replication'] === true };
    const masters = readMasters(this.#masterLines, common, this.#faults);
    const faults = this.#faults.all();
    if (faults.length > 0) return { ok: false, faults };
    const users = [...this.#users.values()].map(({ words }) => words);
    const server = { ...this.#server, users, tls: this.#tls } as unknown as ServerSettings;
    return { ok: true, conf: { server, sentinel, masters, notes: this.#notes } };
  }

  #take(
    into: Record<string, unknown>,
    { field, rule }: { readonly field: string; readonly rule: WordsRule<unknown> },
    said: { readonly number: number; readonly directive: string; readonly args: readonly string[] },
  ): void {
    const value = rule.read(said.args);
    if (value === undefined) this.#faults.add(said.number, said.directive, said.args.join(' '), rule.allowed);
    else into[field] = value;
  }

  #sentinelLine(number: number, [option = '', ...args]: readonly string[]): void {
    const directive = `sentinel ${option}`.trim();
    const entry = own(SENTINEL_RULES, option);
    const [name, ...rest] = args;
    if (entry) this.#take(this.#sentinel, entry, { number, directive, args });
    else if (!MASTER_OPTIONS.includes(option)) {
      const known = [...MASTER_OPTIONS, ...Object.keys(SENTINEL_RULES)].join(', ');
      this.#faults.addUnknown(number, directive, `one of ${known}`);
    } else if (name === undefined) {
      this.#faults.add(number, directive, undefined, 'the name of a master, and what it is set to');
    } else this.#masterLines.push({ number, option, name, args: rest });
  }

  #userLine(number: number, words: readonly string[]): void {
    const [name] = words;
    const before = name === undefined ? undefined : this.#users.get(name);
    if (name === undefined) this.#faults.add(number, 'user', '', 'the name of a user and its rules');
    else if (before) this.#faults.add(number, 'user', '', `each user once: line ${before.number} has it`);
    else this.#users.set(name, { number, words });
  }
}

function own<T>(rules: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}

function allowedInsteadOf(directive: string): string {
  if (directive === 'include') return 'what it names, in this file: it is rewritten, and has to be whole';
  if (directive === 'loadmodule') return 'no module: there is no Redis in here';
  const known = [...Object.keys(SERVER_RULES), ...Object.keys(TLS_RULES), 'user', 'sentinel'];
  return `a directive of redis-sentinel: ${known.join(', ')}`;
}
