/** Where masters are, for any client library: asked when it is needed, or followed. */
import { type Address, sameAddress } from '../core/model.ts';
import { isMasterName } from '../core/operations/address.ts';
import type { StateStore } from '../ports.ts';
import { type Follower, Following, type FollowListener } from './follow.ts';
import { HttpSource, type HttpSourceOptions } from './http-source.ts';
import type { Resolution, Source } from './resolution.ts';
import { TableSource } from './table-source.ts';

/** One of `url` and `table`. */
export interface ResolverOptions extends Partial<HttpSourceOptions> {
  /** A store on the table, in the place of the endpoint. */
  readonly table?: Pick<StateStore, 'readState'>;
  /** For one answer, in milliseconds. @default 2000 */
  readonly timeoutMs?: number;
  /** Between two questions while all is well, in milliseconds. @default 2000 */
  readonly pollMs?: number;
  /** The same while a failover is open or no answer comes, in milliseconds. @default 100 */
  readonly alertPollMs?: number;
}

/** No master of that name is monitored. */
export class UnknownMaster extends Error {
  override readonly name = 'UnknownMaster';
}

interface Answer {
  readonly at: number;
  readonly resolution: Resolution;
}

/** May be shared by any number of clients: questions about one name that come together are asked once. */
export class Resolver {
  readonly pollMs: number;
  readonly alertPollMs: number;
  readonly #source: Source;
  readonly #timeoutMs: number;
  readonly #last = new Map<string, Answer>();
  readonly #asking = new Map<string, Promise<Resolution>>();
  readonly #following = new Map<string, Following>();

  /** @throws Error for options that are none */
  constructor(options: ResolverOptions) {
    this.#source = sourceOf(options);
    const { timeoutMs = 2000, pollMs = 2000, alertPollMs = 100 } = options;
    for (const [name, value] of Object.entries({ timeoutMs, pollMs, alertPollMs })) {
      if (!Number.isInteger(value) || value < 10) {
        throw new Error(`${name} ${value}: allowed is a whole number of milliseconds, 10 or more`);
      }
    }
    this.#timeoutMs = timeoutMs;
    this.pollMs = pollMs;
    this.alertPollMs = alertPollMs;
  }

  /** @throws UnknownMaster; Error when it cannot be told */
  async master(name: string): Promise<Address> {
    return (await this.resolve(name)).master;
  }

  /** Whether or not they are up. @throws as {@link master} */
  async replicas(name: string): Promise<readonly Address[]> {
    return (await this.resolve(name)).replicas;
  }

  /** @param freshMs - how old an answer that another question got may be. @throws as {@link master} */
  async resolve(name: string, freshMs = 0): Promise<Resolution> {
    if (!isMasterName(name)) {
      throw new UnknownMaster(`"${name}" is no name of a master: allowed are 1 to 128 of A-Z a-z 0-9 . _ -`);
    }
    const last = this.#last.get(name);
    if (last && performance.now() - last.at <= freshMs) return last.resolution;
    const asking = this.#asking.get(name) ?? this.#ask(name);
    this.#asking.set(name, asking);
    return asking;
  }

  /** The last answer about a name, however old: where its master was. */
  lastKnown(name: string): Resolution | undefined {
    return this.#last.get(name)?.resolution;
  }

  /**
   * Tells where the master is, now and whenever it has moved, until the follower is ended. A source that does not
   * answer is asked on.
   */
  follow(name: string, onMaster: (master: Address) => void, onTrouble?: (error: Error) => void): Follower {
    let told: Address | undefined;
    const follower = this.followAll(name, {
      onAnswer({ master }) {
        if (told && sameAddress(told, master)) return;
        told = master;
        onMaster(master);
      },
      ...(onTrouble && { onTrouble }),
    });
    void this.resolve(name).catch(() => {}); // the answer is told to who follows, and so is the trouble
    return follower;
  }

  /** Every answer from now on, whoever asked for it. */
  followAll(name: string, listener: FollowListener): Follower {
    const following =
      this.#following.get(name) ?? new Following(() => this.resolve(name, this.alertPollMs / 2), this);
    this.#following.set(name, following);
    const follower = following.add(listener);
    return {
      end: () => {
        follower.end();
        if (following.isEmpty && this.#following.get(name) === following) this.#following.delete(name);
      },
    };
  }

  async #ask(name: string): Promise<Resolution> {
    const at = performance.now();
    try {
      const resolution = await this.#source.read(name, AbortSignal.timeout(this.#timeoutMs));
      if (!resolution) {
        this.#last.delete(name);
        throw new UnknownMaster(`no master named "${name}" is monitored`);
      }
      this.#last.set(name, { at, resolution });
      this.#following.get(name)?.answered(resolution);
      return resolution;
    } catch (error) {
      this.#following.get(name)?.troubled(error as Error);
      throw error;
    } finally {
      this.#asking.delete(name);
    }
  }
}

/**
 * @example
 * const resolver = createResolver({ url: 'https://abc.lambda-url.eu-west-1.on.aws', token: process.env.TOKEN });
 * const { host, port } = await resolver.master('mymaster');
 */
export function createResolver(options: ResolverOptions): Resolver {
  return new Resolver(options);
}

function sourceOf({ url, table, token, fetch }: ResolverOptions): Source {
  if ((url === undefined) === (table === undefined)) {
    throw new Error('a resolver takes the url of the read endpoint or a table: one of them');
  }
  if (table) return new TableSource(table);
  return new HttpSource({
    url: url ?? '',
    ...(token !== undefined && { token }),
    ...(fetch && { fetch }),
  });
}
