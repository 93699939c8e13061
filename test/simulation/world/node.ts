/**
 * One Redis node: its process, its data as a log of writes, and what it does with each command. It knows no sentinel.
 * Replication is in {@link ./replication.ts}.
 */
import { type Address, type NodeId, nodeId } from '../../../src/core/model.ts';
import type { Random } from './random.ts';

/** What one write, or one PING of the master to its replicas, adds to the stream. */
export interface Entry {
  /** Of the stream behind it, in bytes. */
  readonly offset: number;
  /** The client's write; absent for a PING. */
  readonly write?: number;
}

export type Life = 'up' | 'stopped' | 'down';

/** The node's side of one connection. */
export interface Session {
  readonly id: string;
  closed: boolean;
  queue: string[][] | undefined;
  aborted: boolean;
  /** Who is at its other side: a zone's process, or a client. */
  readonly by: string;
  /** Told when the node closes it. */
  readonly onClosed: () => void;
}

export interface Upstream {
  readonly address: Address;
  link: 'down' | 'syncing' | 'up';
  /** In the world's time. */
  downSince: number;
  lastIoAt: number;
}

export const NO_HISTORY = '0'.repeat(40);

export class SimulatedNode {
  readonly address: Address;
  readonly id: NodeId;
  readonly sessions = new Set<Session>();
  life: Life = 'up';
  /** When this process began, in the world's time. */
  startedAt = 0;
  runId: string;
  upstream: Upstream | undefined;
  history: string;
  historyBefore = NO_HISTORY;
  /** Up to where it shares `historyBefore`. */
  shared = -1;
  log: Entry[] = [];
  offset = 0;
  priority = 100;
  loadingUntil = 0;
  busy = false;
  diskFull = false;
  pausedUntil = 0;
  minReplicasToWrite = 0;
  /** As CONFIG REWRITE last left it: what it follows when it is started again. */
  configured: Address | undefined;
  /** A process of another group at this address: its data are somebody else's. */
  stranger = false;
  /** When somebody who is no sentinel last pointed it elsewhere. */
  meddledAt = Number.NEGATIVE_INFINITY;
  /** What arrived while it was stopped, in order. */
  readonly inbox: (() => void)[] = [];
  readonly #random: Random;
  #named = 0;

  constructor(address: Address, upstream: Address | undefined, random: Random) {
    this.address = address;
    this.id = nodeId(address);
    this.#random = random;
    this.runId = this.newName('run');
    this.history = this.newName('history');
    this.configured = upstream;
    if (upstream) this.upstream = { address: upstream, link: 'down', downSince: 0, lastIoAt: 0 };
  }

  get role(): 'master' | 'slave' {
    return this.upstream ? 'slave' : 'master';
  }

  /** Forty characters, as Redis has them. */
  newName(what: string): string {
    this.#named += 1;
    return `${what}-${this.id}-${this.#named}-${this.#random.below(1e9)}-`.padEnd(40, 'x').slice(0, 40);
  }

  loading(now: number): boolean {
    return now < this.loadingUntil;
  }

  paused(now: number): boolean {
    return now < this.pausedUntil;
  }

  has(write: number): boolean {
    return this.log.some((entry) => entry.write === write);
  }

  get keys(): number {
    return this.log.reduce((keys, { write }) => (write === undefined ? keys : keys + 1), 0);
  }

  /** It becomes a master: a history of its own, which shares the one before up to here. */
  beginHistory(): void {
    this.historyBefore = this.history;
    this.shared = this.offset;
    this.history = this.newName('history');
  }
}
