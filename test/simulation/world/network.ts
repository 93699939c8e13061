/**
 * The ways from each zone to each node, and between the nodes. A way can be refused, silent, deaf (what is sent arrives,
 * and no answer comes back) or slow, so that what was sent arrives when its sender has long given up.
 */
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

export type Passage = 'open' | 'refused' | 'silent' | 'deaf';

/** What goes over one connection in one direction arrives in its order. */
export interface Lane {
  lastAt: number;
}

interface Packet {
  readonly lane: Lane;
  readonly back: boolean;
  readonly arrive: () => void;
  /** Asked when a way that swallowed it is open again: TCP sends again only what nobody has given up. */
  readonly wanted: () => boolean;
}

export class Way {
  passage: Passage = 'open';
  /** On top of what a packet usually takes, at most. */
  delayMs = 0;
  /** When the last packet that it delayed arrives. */
  lateUntil = 0;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #held: Packet[] = [];

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  send(packet: Omit<Packet, 'back'>): void {
    this.#pass({ ...packet, back: false });
  }

  answer(packet: Omit<Packet, 'back'>): void {
    this.#pass({ ...packet, back: true });
  }

  set(passage: Passage, delayMs = 0): void {
    this.passage = passage;
    this.delayMs = delayMs;
    for (const packet of this.#held.splice(0)) if (packet.wanted()) this.#pass(packet);
  }

  #pass(packet: Packet): void {
    const swallowed = this.passage === 'silent' || (packet.back && this.passage === 'deaf');
    if (swallowed) {
      this.#held.push(packet);
      return;
    }
    const takesMs = 0.2 + this.#random.next() * (0.6 + this.delayMs);
    packet.lane.lastAt = Math.max(packet.lane.lastAt, this.#timeline.now + takesMs);
    if (this.delayMs > 0) this.lateUntil = Math.max(this.lateUntil, packet.lane.lastAt);
    this.#timeline.after(packet.lane.lastAt - this.#timeline.now, packet.arrive);
  }
}

export class Network {
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #ways = new Map<string, Way>();

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  /** Between two places: a zone and a node, or two nodes. */
  way(from: string, to: string): Way {
    const key = `${from} ${to}`;
    const known = this.#ways.get(key);
    if (known) return known;
    const way = new Way(this.#timeline, this.#random.fork());
    this.#ways.set(key, way);
    return way;
  }

  heal(): void {
    for (const way of this.#ways.values()) way.set('open');
  }
}
