/**
 * Asynchronous replication: partial resynchronization where the histories allow it, a full one where they do not, and a
 * stream that can lag, stand still or be lost.
 */
import { type Address, type NodeId, nodeId } from '../../../src/core/model.ts';
import type { Network } from './network.ts';
import type { Entry, SimulatedNode, Upstream } from './node.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** Redis tries again once a second. */
const RETRY_MS = 1000;
/** `repl-timeout`: Redis' 60 s would outlast every story. */
const SILENT_MS_MAX = 5000;
const PING_EVERY_MS = 1000;
const PING_BYTES = 14;
const WRITE_BYTES = 40;

interface Stream {
  readonly master: SimulatedNode;
  readonly replica: SimulatedNode;
  readonly waiting: Entry[];
  over: boolean;
}

export class Replication {
  /** How long a replica is behind, in ms at most. */
  readonly lagMs = new Map<NodeId, number>();
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #network: Network;
  readonly #nodes: () => readonly SimulatedNode[];
  readonly #streams = new Map<NodeId, Stream>();
  #attempts = 0;

  constructor(timeline: Timeline, random: Random, network: Network, nodes: () => readonly SimulatedNode[]) {
    this.#timeline = timeline;
    this.#random = random;
    this.#network = network;
    this.#nodes = nodes;
    this.#timeline.quietly(PING_EVERY_MS, () => this.#pingEachSecond());
  }

  followersOf(node: SimulatedNode): SimulatedNode[] {
    return [...this.#streams.values()].flatMap(({ master, replica }) => (master === node ? [replica] : []));
  }

  /** A client's write, or a PING. */
  append(node: SimulatedNode, write?: number): void {
    const bytes = write === undefined ? PING_BYTES : WRITE_BYTES;
    const entry: Entry = { offset: node.offset + bytes, ...(write !== undefined && { write }) };
    this.#apply(node, entry);
  }

  /** REPLICAOF host port, or at its start. */
  follow(node: SimulatedNode, address: Address): void {
    this.end(node);
    this.#dropFollowers(node);
    node.upstream = { address, link: 'down', downSince: this.#timeline.now, lastIoAt: this.#timeline.now };
    this.#tryLater(node, 1);
  }

  /** REPLICAOF NO ONE. */
  standAlone(node: SimulatedNode): void {
    if (!node.upstream) return;
    this.end(node);
    node.upstream = undefined;
    node.beginHistory();
    this.#dropFollowers(node);
  }

  /** The link of this replica is gone. */
  end(node: SimulatedNode): void {
    const stream = this.#streams.get(node.id);
    if (stream) stream.over = true;
    this.#streams.delete(node.id);
    if (node.upstream && node.upstream.link !== 'down') {
      node.upstream.link = 'down';
      node.upstream.downSince = this.#timeline.now;
    }
  }

  /** The process of `node` is gone, and with it what it had not sent. */
  processEnded(node: SimulatedNode): void {
    this.end(node);
    this.#dropFollowers(node);
  }

  /** A process begins, as its configuration has it. */
  processBegan(node: SimulatedNode): void {
    if (node.upstream) this.#tryLater(node, node.loadingUntil - this.#timeline.now + 1);
  }

  #dropFollowers(node: SimulatedNode): void {
    for (const follower of this.followersOf(node)) {
      this.end(follower);
      this.#tryLater(follower, RETRY_MS * this.#random.next());
    }
  }

  #tryLater(node: SimulatedNode, ms: number): void {
    const { runId, upstream } = node;
    const attempt = ++this.#attempts;
    latest.set(node, attempt);
    this.#timeline.quietly(ms, () => {
      if (latest.get(node) === attempt && node.runId === runId && node.upstream === upstream)
        this.#attempt(node);
    });
  }

  #attempt(node: SimulatedNode): void {
    const { upstream } = node;
    if (upstream?.link !== 'down' || node.life === 'down') return;
    const { now } = this.#timeline;
    const master = this.#nodes().find(({ id }) => id === nodeId(upstream.address));
    const ready =
      master &&
      node.life === 'up' &&
      master.life === 'up' &&
      !node.loading(now) &&
      !master.loading(now) &&
      this.#open(node, master) &&
      // -NOMASTERLINK, but for two that follow each other
      (!master.upstream || master.upstream.link === 'up' || nodeId(master.upstream.address) === node.id);
    if (!ready) this.#tryLater(node, RETRY_MS);
    else if (continues(node, master)) this.#begin(node, master, false);
    else this.#synchronize(node, master, upstream);
  }

  /** A full one: it takes its time, and may come to nothing. */
  #synchronize(node: SimulatedNode, master: SimulatedNode, upstream: Upstream): void {
    upstream.link = 'syncing';
    const { runId } = node;
    this.#timeline.quietly(this.#random.between(20, 400), () => {
      if (node.upstream !== upstream || node.runId !== runId || upstream.link !== 'syncing') return;
      const stands = master.life === 'up' && this.#open(node, master);
      upstream.link = 'down';
      if (stands) this.#begin(node, master, true);
      else this.#tryLater(node, RETRY_MS);
    });
  }

  #begin(replica: SimulatedNode, master: SimulatedNode, whole: boolean): void {
    const { upstream } = replica;
    if (!upstream) return;
    const missing = whole ? [] : master.log.filter(({ offset }) => offset > replica.offset);
    if (whole) {
      replica.log = [...master.log];
      replica.offset = master.offset;
      // a node of ours that followed the address of one that a stranger has taken is ours still
      if (!master.stranger) replica.stranger = false;
    }
    replica.history = master.history;
    replica.historyBefore = master.historyBefore;
    replica.shared = master.shared;
    upstream.link = 'up';
    upstream.lastIoAt = this.#timeline.now;
    const stream: Stream = { master, replica, waiting: [...missing], over: false };
    this.#streams.set(replica.id, stream);
    this.#flush(stream);
  }

  #apply(node: SimulatedNode, entry: Entry): void {
    node.log.push(entry);
    node.offset = entry.offset;
    for (const stream of this.#streams.values()) {
      if (stream.master !== node) continue;
      stream.waiting.push(entry);
      const lagMs = this.#random.next() * (this.lagMs.get(stream.replica.id) ?? 3);
      this.#timeline.quietly(lagMs, () => this.#flush(stream));
    }
  }

  /** Everything that waits goes through at once: order is kept whatever the lag was. */
  #flush(stream: Stream): void {
    const { replica, master, waiting } = stream;
    if (stream.over || replica.life !== 'up' || master.life === 'down' || !this.#open(replica, master))
      return;
    // two that follow each other send each other nothing they have
    for (const entry of waiting.splice(0)) if (entry.offset > replica.offset) this.#apply(replica, entry);
    if (replica.upstream && master.life === 'up') replica.upstream.lastIoAt = this.#timeline.now;
  }

  #open(a: SimulatedNode, b: SimulatedNode): boolean {
    return (
      this.#network.way(a.id, b.id).passage === 'open' && this.#network.way(b.id, a.id).passage === 'open'
    );
  }

  #pingEachSecond(): void {
    const { now } = this.#timeline;
    for (const node of this.#nodes()) {
      const feeds = node.life === 'up' && !node.upstream && !node.loading(now);
      if (feeds && this.followersOf(node).length > 0) this.append(node);
      if (node.upstream?.link !== 'up') continue;
      const stream = this.#streams.get(node.id);
      if (stream) this.#flush(stream);
      if (stream && now - node.upstream.lastIoAt > SILENT_MS_MAX && node.life === 'up') {
        this.end(node);
        this.#tryLater(node, RETRY_MS);
      }
    }
    this.#timeline.quietly(PING_EVERY_MS, () => this.#pingEachSecond());
  }
}

/** The newest attempt of each node: an older one has been overtaken. */
const latest = new WeakMap<SimulatedNode, number>();

/** PSYNC: what the replica has is the beginning of what the master has. */
function continues(replica: SimulatedNode, master: SimulatedNode): boolean {
  if (replica.history === master.history) return replica.offset <= master.offset;
  return replica.history === master.historyBefore && replica.offset <= master.shared;
}
