/** A client that writes one number after the other to the master that an eventually consistent read names. */
import { type NodeId, nodeId } from '../../../src/core/model.ts';
import type { Cluster } from './cluster.ts';
import { ErrorReply } from './commands.ts';
import type { Facts } from './facts.ts';
import type { Session, SimulatedNode } from './node.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

const TIMEOUT_MS = 500;
const STALE_MS_MAX = 800;

export interface Acknowledged {
  readonly write: number;
  readonly node: NodeId;
  readonly at: number;
}

export class Client {
  readonly acknowledged: Acknowledged[] = [];
  readonly #name: string;
  readonly #cluster: Cluster;
  readonly #facts: Facts;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #everyMs: number;
  readonly #next: () => number;
  readonly #answered: (node: NodeId) => void;
  #node: SimulatedNode | undefined;
  #session: Session | undefined;

  constructor(
    name: string,
    cluster: Cluster,
    facts: Facts,
    random: Random,
    { everyMs, next, answered }: { everyMs: number; next: () => number; answered: (node: NodeId) => void },
  ) {
    this.#name = name;
    this.#cluster = cluster;
    this.#facts = facts;
    this.#timeline = facts.timeline;
    this.#random = random;
    this.#everyMs = everyMs;
    this.#next = next;
    this.#answered = answered;
    this.#later(everyMs);
  }

  #later(ms: number): void {
    this.#timeline.quietly(ms * (0.5 + this.#random.next()), () => this.#write());
  }

  #write(): void {
    const session = this.#session;
    const node = this.#node;
    if (!node || !session || session.closed) {
      this.#resolve();
      return;
    }
    const write = this.#next();
    let over = false;
    const end = (acknowledged: boolean) => {
      if (over) return;
      over = true;
      if (acknowledged) this.acknowledged.push({ write, node: node.id, at: this.#timeline.now });
      else this.#forget(node, session);
      this.#later(acknowledged ? this.#everyMs : 50);
    };
    const answered = (reply: unknown) =>
      this.#timeline.quietly(this.#takesMs(), () => {
        if (reply === undefined || session.closed) return; // held back; or closed, and then nobody is told
        end(!(reply instanceof ErrorReply));
      });
    this.#timeline.quietly(this.#takesMs(), () => this.#cluster.takeWrite(node, session, write, answered));
    this.#timeline.quietly(TIMEOUT_MS, () => end(false));
  }

  #resolve(): void {
    const state = this.#facts.stateBefore(this.#random.next() * STALE_MS_MAX);
    this.#node = state && this.#cluster.node(nodeId(state.master.address));
    if (state) this.#answered(nodeId(state.master.address));
    if (this.#node && this.#node.life !== 'down')
      this.#session = this.#cluster.connect(this.#node, this.#name, () => {});
    this.#later(30);
  }

  #forget(node: SimulatedNode, session: Session): void {
    this.#cluster.hangUp(node, session);
    this.#session = undefined;
    this.#node = undefined;
  }

  #takesMs(): number {
    return 0.2 + this.#random.next();
  }
}
