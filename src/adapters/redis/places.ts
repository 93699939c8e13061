/** Where a node is reached now. A name is resolved again at every look: the node behind it may have moved. */
import { isIP } from 'node:net';
import { type Address, sameAddress } from '../../core/model.ts';
import type { LoopClock } from '../../ports.ts';
import { allowedNetworks } from './allowed-networks.ts';
import { overdue } from './overdue.ts';

/** `node:dns/promises` has it. Rejects with the `code` ENOTFOUND for what is no name. */
export type Lookup = (
  name: string,
  options: { all: true },
) => Promise<readonly { readonly address: string }[]>;

export interface Reachable extends Address {
  readonly kind: 'reachable';
  /** What `host` is or resolved to. One of them is connected to, the first that takes the connection. */
  readonly ips: readonly string[];
}

export type Place =
  | Reachable
  /** There is no such name. */
  | { readonly kind: 'nowhere' }
  /** Whoever resolves names did not answer, which says nothing of the node. */
  | { readonly kind: 'unknown' }
  /** Outside the allowed networks: not to be connected to. */
  | { readonly kind: 'outside'; readonly detail: string };

export interface PlacesOptions {
  readonly clock: LoopClock;
  readonly lookup: Lookup;
  readonly connectTo: ((node: Address) => Address) | undefined;
  readonly allowed: readonly string[] | undefined;
}

export class Places {
  readonly #options: PlacesOptions;
  readonly #inside: (ip: string) => boolean;
  /** One lookup of a name at a time: one that hangs holds a thread of the few that all lookups share. */
  readonly #pending = new Map<string, Promise<readonly string[] | 'nowhere' | 'unknown'>>();

  /** @throws Error for an allowed network that is no CIDR. */
  constructor(options: PlacesOptions) {
    this.#options = options;
    this.#inside = allowedNetworks(options.allowed);
  }

  /** Whether a literal address is inside the allowed networks. A name passes: it is judged by what it resolves to. */
  allows({ host }: Address): boolean {
    return isIP(host) === 0 || this.#inside(host);
  }

  /** At once for an address, so that its probe leaves before this process can stall; within `timeoutMs` for a name. */
  find(node: Address, timeoutMs: number): Place | Promise<Place> {
    if (!this.allows(node)) return outside(node, [node.host]);
    const target = this.#options.connectTo?.(node) ?? node;
    if (isIP(target.host) !== 0) return { ...target, kind: 'reachable', ips: [target.host] };
    return this.#findName(node, target, timeoutMs);
  }

  async #findName(node: Address, target: Address, timeoutMs: number): Promise<Place> {
    const found = await this.#inTime(this.#resolve(target.host), timeoutMs);
    if (typeof found === 'string') return { kind: found };
    // Where the operator says that a node is reached, it is: only what a node says of itself is judged.
    const ips = sameAddress(node, target) ? found.filter(this.#inside) : found;
    return ips.length > 0 ? { ...target, kind: 'reachable', ips } : outside(node, found);
  }

  #resolve(name: string): Promise<readonly string[] | 'nowhere' | 'unknown'> {
    const pending = this.#pending.get(name) ?? this.#look(name).finally(() => this.#pending.delete(name));
    this.#pending.set(name, pending);
    return pending;
  }

  async #look(name: string): Promise<readonly string[] | 'nowhere' | 'unknown'> {
    try {
      const found = await this.#options.lookup(name, { all: true });
      return found.length > 0 ? found.map(({ address }) => address) : 'nowhere';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOTFOUND' ? 'nowhere' : 'unknown';
    }
  }

  async #inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T | 'unknown'> {
    const timer = new AbortController();
    const timeout = overdue(this.#options.clock, timeoutMs, timer.signal, 'unknown' as const);
    try {
      return await Promise.race([answer, timeout]);
    } finally {
      timer.abort();
    }
  }
}

function outside({ host }: Address, ips: readonly string[]): Place {
  const named = ips.includes(host) ? host : `${host} resolves to ${ips.join(' and ')}, which`;
  return { kind: 'outside', detail: `${named} is outside allowedNetworks` };
}
