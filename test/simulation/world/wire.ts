/** One connection of a zone's process to a node, as the production links use it; the world may do to it what it likes. */

import type { LinkFailure } from '../../../src/adapters/redis/failures.ts';
import type { Reply } from '../../../src/adapters/redis/replies.ts';
import type { Connect, Wire, WireEvents } from '../../../src/adapters/redis/wire.ts';
import { type NodeId, nodeId } from '../../../src/core/model.ts';
import type { Cluster } from './cluster.ts';
import { ErrorReply } from './commands.ts';
import type { Host } from './host.ts';
import type { Lane, Way } from './network.ts';
import type { Session, SimulatedNode } from './node.ts';

export interface WireWatcher {
  /**
   * EXEC leaves, with what stands between MULTI and it.
   * @param alone - everything before it was answered, and nothing goes with it
   */
  execSent(wire: SimulatedWire, commands: readonly (readonly string[])[], alone: boolean): void;
  /** A valid reply to a probe has reached the process. */
  heard(wire: SimulatedWire): void;
}

export function connector(cluster: Cluster, host: Host, watcher: WireWatcher): Connect {
  return ({ host: name, port }, events) => {
    const node = cluster.node(nodeId({ host: name, port }));
    if (!node) throw new Error(`there is no node ${name}:${port}`);
    return new SimulatedWire(cluster, host, node, events, watcher);
  };
}

const REFUSED: LinkFailure = { kind: 'refused', detail: `connect ECONNREFUSED` };
const CLOSED: LinkFailure = { kind: 'refused', detail: 'the node closed the connection' };

export class SimulatedWire implements Wire {
  readonly host: Host;
  readonly node: SimulatedNode;
  /** A look was answered on it. */
  looked = false;
  readonly #cluster: Cluster;
  readonly #way: Way;
  readonly #there: Lane = { lastAt: 0 };
  readonly #back: Lane = { lastAt: 0 };
  readonly #events: WireEvents;
  readonly #watcher: WireWatcher;
  #unanswered = 0;
  /** What was sent since MULTI. */
  #transaction: (readonly string[])[] | undefined;
  readonly #waiting: ((reply: Reply) => void)[] = [];
  #session: Session | undefined;
  #state: 'connecting' | 'ready' | 'ended' = 'connecting';

  constructor(cluster: Cluster, host: Host, node: SimulatedNode, events: WireEvents, watcher: WireWatcher) {
    this.host = host;
    this.node = node;
    this.#cluster = cluster;
    this.#events = events;
    this.#watcher = watcher;
    this.#way = cluster.network.way(host.zone, node.id);
    this.#send(() => this.#knock());
  }

  get open(): boolean {
    return this.#state === 'ready';
  }

  get ip(): string | undefined {
    return this.#session && this.node.address.host;
  }

  send(commands: readonly (readonly string[])[]): Promise<Reply>[] {
    this.#follow(commands);
    const session = this.#session;
    if (this.#state !== 'ready' || !session) {
      return commands.map(async (): Promise<Reply> => ({ kind: 'lost', reason: 'the connection is closed' }));
    }
    this.#unanswered += commands.length;
    const replies = commands.map(() => new Promise<Reply>((resolve) => this.#waiting.push(resolve)));
    const arrive = () =>
      this.#cluster.arrive(this.node, session, commands, (values) => this.#answer(values, commands));
    this.#send(arrive);
    return replies;
  }

  reset(): void {
    if (this.#state === 'ended') return;
    this.#end({ kind: 'given up', detail: 'closed from this side' });
    const session = this.#session;
    if (session) this.#send(() => this.#cluster.hangUp(this.node, session));
  }

  #follow(commands: readonly (readonly string[])[]): void {
    for (const words of commands) {
      if (words[0] === 'MULTI') this.#transaction = [];
      else if (words[0] === 'EXEC') {
        const alone = commands.length === 1 && this.#unanswered === 0;
        this.#watcher.execSent(this, this.#transaction ?? [], alone);
        this.#transaction = undefined;
      } else if (words[0] === 'DISCARD') this.#transaction = undefined;
      else this.#transaction?.push(words);
    }
  }

  #knock(): void {
    if (this.#way.passage === 'refused' || this.node.life === 'down')
      this.#answerBy(() => this.#end(REFUSED));
    else this.#accept();
  }

  /** By the node's kernel: a stopped process does not hinder it. */
  #accept(): void {
    this.#session = this.#cluster.connect(this.node, this.host.name, () =>
      this.#answerBy(() => this.#end(CLOSED)),
    );
    this.#answerBy(() => {
      if (this.#state !== 'connecting') return;
      this.#state = 'ready';
      this.#events.onReady();
    });
  }

  /** The node at that address. */
  peer(id: NodeId): SimulatedNode | undefined {
    return this.#cluster.node(id);
  }

  #answer(values: readonly unknown[], commands: readonly (readonly string[])[]): void {
    this.#answerBy(() => {
      if (commands.some(([name]) => name === 'INFO')) this.looked = true;
      const pinged = values[commands.findIndex(([name]) => name === 'PING')];
      if (this.#state === 'ready' && isSignOfLife(pinged)) this.#watcher.heard(this);
      for (const value of values) {
        this.#unanswered -= 1;
        this.#waiting.shift()?.(asReply(value));
      }
    });
  }

  #send(arrive: () => void): void {
    this.#way.send({ lane: this.#there, arrive, wanted: () => this.#wanted });
  }

  #answerBy(arrive: () => void): void {
    this.#way.answer({
      lane: this.#back,
      arrive: () => this.host.deliver(arrive),
      wanted: () => this.#wanted,
    });
  }

  get #wanted(): boolean {
    return this.#state !== 'ended' && !this.host.dead;
  }

  #end(failure: LinkFailure): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    for (const resolve of this.#waiting.splice(0)) resolve({ kind: 'lost', reason: failure.detail });
    this.#events.onEnd(failure);
  }
}

function isSignOfLife(pinged: unknown): boolean {
  return pinged === 'PONG' || (pinged instanceof ErrorReply && /^(LOADING|MASTERDOWN) /.test(pinged.message));
}

function asReply(value: unknown): Reply {
  if (value instanceof ErrorReply) return { kind: 'error', message: value.message };
  const inner = Array.isArray(value)
    ? value.map((one) => (one instanceof ErrorReply ? new Error(one.message) : one))
    : value;
  return { kind: 'value', value: inner };
}
