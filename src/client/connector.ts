/**
 * The connector for ioredis (5 and 6): its connection goes where the sentinels say the master is, and moves with it
 * without waiting for a dead socket.
 */
import { Socket } from 'node:net';
import { AbstractConnector, type RedisOptions } from 'ioredis';
import { type Address, sameAddress } from '../core/model.ts';
import { dial } from './dial.ts';
import type { Follower } from './follow.ts';
import type { Resolution } from './resolution.ts';
import { Resolver, type ResolverOptions } from './resolver.ts';

export interface LambdaSentinelOptions extends ResolverOptions {
  /** A resolver that several clients share, in the place of its options. */
  readonly resolver?: Resolver;
  /** The master's. @default the `name` of the ioredis options */
  readonly name?: string;
  /** `slave` connects to a replica. @default the `role` of the ioredis options: master */
  readonly role?: 'master' | 'slave';
}

/** What ioredis hands over: its own options, whole. */
type Options = RedisOptions & { readonly lambdaSentinel?: LambdaSentinelOptions };

/** How long one attempt of ioredis asks on for a node that takes the connection, before it counts as failed. */
const ATTEMPT_MS = 500;
const DIAL_MS_MAX = 1000;

export class LambdaSentinelConnector extends AbstractConnector {
  readonly #options: Options;
  readonly #resolver: Resolver;
  readonly #name: string;
  readonly #role: 'master' | 'slave';
  /** Replicas that did not take a connection in this attempt, so that another one is tried. */
  readonly #refusing = new Set<string>();
  #attempt = new AbortController();
  #connectedAt = Number.NEGATIVE_INFINITY;
  #follower: Follower | undefined;

  /** @throws Error for options that are none */
  constructor(given: unknown) {
    const options = given as Options;
    super(options.disconnectTimeout ?? 2000);
    const { lambdaSentinel = {} } = options;
    const name = lambdaSentinel.name ?? options.name; // which is null where it is not given
    if (!name) throw new Error('the name of the master is missing: name, or lambdaSentinel.name');
    this.#options = options;
    this.#name = name;
    this.#role = lambdaSentinel.role ?? options.role ?? 'master';
    this.#resolver = lambdaSentinel.resolver ?? new Resolver(lambdaSentinel);
  }

  /** Never rejects: a socket that is closed already lets ioredis try again as it does for any other. */
  override async connect(): Promise<Socket> {
    this.#follower?.end();
    this.#attempt = new AbortController();
    this.connecting = true;
    delete this.firstError;
    this.#refusing.clear();
    const { signal } = this.#attempt;
    // a node that was turned down for its role would else be dialled without end
    const soonMs = this.#connectedAt + this.#resolver.alertPollMs - performance.now();
    if (soonMs > 0) await pause(soonMs, signal);
    const endsAt = performance.now() + ATTEMPT_MS;
    for (;;) {
      const found = await this.#connected(signal);
      if (found instanceof Socket) return found;
      if (signal.aborted) return closedSocket();
      this.firstError = found;
      if (performance.now() >= endsAt) return closedSocket();
      await pause(this.#resolver.alertPollMs, signal);
    }
  }

  /** ioredis asks this with the node's INFO, before any command: a node of another role is none to speak to. */
  override check({ role }: { readonly role?: string }): boolean {
    return role === undefined || role === this.#role;
  }

  override disconnect(): void {
    this.#attempt.abort();
    this.#follower?.end();
    this.connecting = false;
    if (this.stream && !this.stream.destroyed) super.disconnect();
  }

  /** One try. @returns why it failed */
  async #connected(signal: AbortSignal): Promise<Socket | Error> {
    try {
      const resolution = await Promise.race([this.#resolution(), givenUp(signal)]);
      const node = this.#choose(resolution);
      const id = `${node.host}:${node.port}`;
      this.#refusing.add(id);
      const stream = await dial(this.#reachedAt(node), this.#options, DIAL_MS_MAX, signal);
      this.#refusing.delete(id);
      this.stream = stream;
      this.#connectedAt = performance.now();
      this.#keepUp(stream, node);
      return stream;
    } catch (error) {
      return error as Error;
    }
  }

  /** While the sentinels cannot be asked, where the node was is worth a try: its role is checked in any case. */
  async #resolution(): Promise<Resolution> {
    try {
      return await this.#resolver.resolve(this.#name, this.#resolver.alertPollMs / 2);
    } catch (error) {
      const last = this.#resolver.lastKnown(this.#name);
      if (last) return last;
      throw error;
    }
  }

  #choose({ master, replicas, name }: Resolution): Address {
    if (this.#role === 'master') return master;
    const untried = replicas.filter(({ host, port }) => !this.#refusing.has(`${host}:${port}`));
    const [from, all] = untried.length > 0 ? [untried, false] : [replicas, true];
    if (all) this.#refusing.clear();
    const node = from[Math.floor(Math.random() * from.length)];
    if (!node) throw new Error(`${name} has no replica that a client may be sent to`);
    return node;
  }

  #reachedAt(node: Address): Address {
    const { natMap } = this.#options;
    const key = `${node.host}:${node.port}`;
    const mapped = typeof natMap === 'function' ? natMap(key) : natMap?.[key];
    return mapped ?? node;
  }

  /** When the node is no longer what it was chosen as, its connection is closed, and ioredis makes another. */
  #keepUp(stream: Socket, node: Address): void {
    const follower = this.#resolver.followAll(this.#name, {
      onAnswer: ({ master, replicas }) => {
        const wanted = this.#role === 'master' ? [master] : replicas;
        if (!wanted.some((one) => sameAddress(one, node))) stream.destroy();
      },
    });
    this.#follower = follower;
    stream.once('close', () => follower.end());
  }
}

/**
 * The options that make a client of ioredis follow a master.
 * @example
 * const redis = new Redis({ ...lambdaSentinel({ url, name: 'mymaster' }), password });
 */
export function lambdaSentinel(
  options: LambdaSentinelOptions & { readonly name: string },
): Pick<RedisOptions, 'Connector' | 'retryStrategy'> & { readonly lambdaSentinel: LambdaSentinelOptions } {
  // shared by the duplicates of the client
  const { name, role, resolver = new Resolver(options) } = options;
  return {
    Connector: LambdaSentinelConnector,
    // an attempt takes its time by itself: between two of them nothing is to be waited for
    retryStrategy: () => RETRY_MS,
    lambdaSentinel: { name, resolver, ...(role && { role }) },
  };
}

const RETRY_MS = 20;

function closedSocket(): Socket {
  return new Socket().destroy();
}

function givenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = () => reject(new Error('the connection was given up'));
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
