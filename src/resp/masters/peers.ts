/** Other gateways, as long as they take connections: no client is sent to one that does not. */
import { connect } from 'node:net';
import { type Address, type NodeId, nodeId } from '../../core/model.ts';
import type { Clock } from '../../ports.ts';
import type { Peer } from '../sentinel/sentinel-map.ts';

const ASKED_EVERY_MS = 5000;
const CONNECT_MS_MAX = 2000;

export class Peers {
  readonly #addresses: readonly Address[];
  readonly #clock: Clock;
  readonly #reached = new Map<NodeId, Peer>();
  readonly #ended = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(addresses: readonly Address[], clock: Clock) {
    this.#addresses = addresses;
    this.#clock = clock;
  }

  start(): void {
    if (this.#addresses.length > 0) this.#loop = this.#run();
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#loop;
  }

  get reached(): readonly Peer[] {
    return [...this.#reached.values()];
  }

  async #run(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      await Promise.all(this.#addresses.map((address) => this.#ask(address)));
      await this.#clock.sleep(ASKED_EVERY_MS, this.#ended.signal);
    }
  }

  async #ask(address: Address): Promise<void> {
    if (await takesConnections(address, this.#ended.signal)) {
      this.#reached.set(nodeId(address), { address, reachedAt: this.#clock.now() });
    } else this.#reached.delete(nodeId(address));
  }
}

function takesConnections({ host, port }: Address, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal, timeout: CONNECT_MS_MAX });
    const end = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
