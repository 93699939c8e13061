/** The gateway's own users. They live as long as the process: nothing of them is in the table. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { applyRules, newUser, type RuleSurroundings, type User } from './rules.ts';

export const DEFAULT_USER = 'default';
const OPEN = ['on', 'nopass', 'allkeys', 'allchannels', '+@all'];
const USERS_MAX = 1000;
const LOG_ENTRIES_MAX = 128;

export interface GivenUsers {
  readonly requirePass?: string | undefined;
  readonly users?: readonly { readonly name: string; readonly rules: string }[] | undefined;
}

/** Something that was refused, as ACL LOG tells it. */
export interface AclLogEntry {
  readonly reason: 'auth' | 'command' | 'channel';
  readonly object: string;
  readonly username: string;
  readonly clientInfo: string;
  readonly at: number;
  readonly count: number;
}

export class Users {
  readonly #users = new Map<string, User>();
  readonly #knows: RuleSurroundings['knows'];
  #log: AclLogEntry[] = [];

  /** @throws Error that names the user and the rule that is none */
  constructor({ requirePass, users = [] }: GivenUsers, knows: RuleSurroundings['knows']) {
    this.#knows = knows;
    const open = requirePass !== undefined || users.length === 0;
    this.set(DEFAULT_USER, open ? OPEN : ['allkeys', 'allchannels', '+@all']);
    for (const { name, rules } of users) {
      if (!/^[\x21-\x7e]{1,128}$/.test(name)) throw new Error(`"${name}" is no name of a user`);
      try {
        this.set(
          name,
          rules.split(/\s+/).filter((rule) => rule !== ''),
        );
      } catch (error) {
        throw new Error(`user ${name}: ${(error as Error).message}`);
      }
    }
    if (requirePass !== undefined) this.set(DEFAULT_USER, ['on', 'resetpass', `>${requirePass}`]);
  }

  get names(): readonly string[] {
    return [...this.#users.keys()].sort();
  }

  get(name: string): User | undefined {
    return this.#users.get(name);
  }

  /** Whether whoever connects may go on without a password. */
  get open(): boolean {
    const user = this.#users.get(DEFAULT_USER);
    return user?.on === true && user.nopass;
  }

  /** All rules or none. @throws Error with Redis' words */
  set(name: string, rules: readonly string[]): void {
    const before = this.#users.get(name);
    if (!before && this.#users.size >= USERS_MAX) throw new Error(`modifier '${name}': Too many users`);
    const after = applyRules(before ?? newUser(name), rules, { knows: this.#knows, sha256 });
    this.#users.set(name, after);
  }

  delete(name: string): boolean {
    return this.#users.delete(name);
  }

  /** Takes as long for a name there is not as for one there is. */
  authenticate(name: string, password: string): boolean {
    const user = this.#users.get(name);
    const given = Buffer.from(sha256(password), 'hex');
    const hashes = user && user.passwords.length > 0 ? user.passwords : ['0'.repeat(64)];
    const matches = hashes.map((hash) => timingSafeEqual(given, Buffer.from(hash, 'hex')));
    return user?.on === true && (user.nopass || matches.includes(true));
  }

  get log(): readonly AclLogEntry[] {
    return this.#log;
  }

  /** The same again within a minute is counted, as in Redis. */
  note(entry: Omit<AclLogEntry, 'count'>): void {
    const { reason, object, username } = entry;
    const same = this.#log.find(
      (one) =>
        one.reason === reason &&
        one.object === object &&
        one.username === username &&
        entry.at - one.at < 60_000,
    );
    const rest = this.#log.filter((one) => one !== same);
    this.#log = [{ ...entry, count: (same?.count ?? 0) + 1 }, ...rest].slice(0, LOG_ENTRIES_MAX);
  }

  clearLog(): void {
    this.#log = [];
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
