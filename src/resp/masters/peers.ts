/** Others that serve this protocol, as long as they take connections: no client is sent to one that does not. */
import { connect } from 'node:net';
import { type Address, nodeId } from '../../core/model.ts';
import type { Clock } from '../../ports.ts';
import type { Peer } from '../sentinel/sentinel-map.ts';

const ASKED_EVERY_MS = 5000;
const CONNECT_MS_MAX = 2000;

export type PeerAt = Pick<Peer, 'id' | 'address'>;

export class Peers {
  readonly #find: () => Promise<readonly PeerAt[]>;
  readonly #clock: Clock;
  #reached: readonly Peer[] = [];
  readonly #ended = new AbortController();
  #loop: Promise<void> | undefined;

  /** @param find - who there is, asked every 5 s; whoever is found twice is told of once */
  constructor(find: () => Promise<readonly PeerAt[]>, clock: Clock) {
    this.#find = find;
    this.#clock = clock;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#loop;
  }

  get reached(): readonly Peer[] {
    return this.#reached;
  }

  async #run(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const found = new Map((await this.#find()).map((peer) => [nodeId(peer.address), peer]));
      const asked = await Promise.all([...found.values()].map((peer) => this.#ask(peer)));
      this.#reached = asked.flat();
      await this.#clock.sleep(ASKED_EVERY_MS, this.#ended.signal);
    }
  }

  async #ask(peer: PeerAt): Promise<Peer[]> {
    const reached = await takesConnections(peer.address, this.#ended.signal);
    return reached ? [{ ...peer, reachedAt: this.#clock.now() }] : [];
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
