/** The Redis nodes of a world, what happens to their processes, and how words reach them. */
import type { Address, NodeId } from '../../../src/core/model.ts';
import { ErrorReply, execute } from './commands.ts';
import { Network } from './network.ts';
import { NO_HISTORY, type Session, SimulatedNode } from './node.ts';
import type { Random } from './random.ts';
import { Replication } from './replication.ts';
import type { Timeline } from './timeline.ts';

/** Who is told of what happens at the nodes. */
export interface ClusterWatchers {
  executing(node: SimulatedNode, session: Session, commands: readonly (readonly string[])[]): void;
  roleChanged(node: SimulatedNode): void;
}

export class Cluster {
  readonly nodes: readonly SimulatedNode[];
  readonly network: Network;
  readonly replication: Replication;
  readonly watchers: ClusterWatchers;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #byId: ReadonlyMap<NodeId, SimulatedNode>;
  /** Writes that CLIENT PAUSE holds back. */
  readonly #held = new Map<NodeId, (() => void)[]>();
  #opened = 0;

  /** The first node is the master of all others. */
  constructor(addresses: readonly Address[], timeline: Timeline, random: Random, watchers: ClusterWatchers) {
    this.#timeline = timeline;
    this.#random = random;
    this.watchers = watchers;
    this.network = new Network(timeline, random.fork());
    this.replication = new Replication(timeline, random.fork(), this.network, () => this.nodes);
    const [master] = addresses;
    this.nodes = addresses.map(
      (address) => new SimulatedNode(address, address === master ? undefined : master, random.fork()),
    );
    this.#byId = new Map(this.nodes.map((node) => [node.id, node]));
    for (const node of this.nodes) this.replication.processBegan(node);
  }

  get now(): number {
    return this.#timeline.now;
  }

  node(id: NodeId): SimulatedNode | undefined {
    return this.#byId.get(id);
  }

  connect(node: SimulatedNode, by: string, onClosed: () => void): Session {
    const id = `${node.id}#${++this.#opened}`;
    const session: Session = { id, closed: false, queue: undefined, aborted: false, by, onClosed };
    node.sessions.add(session);
    return session;
  }

  /** The node closes it: nothing that came over it, and was not carried out yet, ever is. */
  close(node: SimulatedNode, session: Session): void {
    session.closed = true;
    node.sessions.delete(session);
    session.onClosed();
  }

  /**
   * What was written in one go has arrived at the node's socket; a stopped process reads it when it goes on, whoever has
   * gone since.
   */
  arrive(
    node: SimulatedNode,
    session: Session,
    commands: readonly (readonly string[])[],
    reply: (values: unknown[]) => void,
  ): void {
    this.#read(node, () => {
      if (!session.closed) reply(commands.map((words) => execute(this, node, session, words)));
    });
  }

  /** The other side has closed it. */
  hangUp(node: SimulatedNode, session: Session): void {
    this.#read(node, () => node.sessions.delete(session));
  }

  #read(node: SimulatedNode, read: () => void): void {
    if (node.life === 'stopped') node.inbox.push(read);
    else if (node.life === 'up') read();
  }

  /**
   * A write, by a client or a probe.
   * @param wanted - whether its client is there still, asked when a pause lets it through
   * @returns what it is answered; undefined while a pause holds it back, and then `then` is told
   */
  write(
    node: SimulatedNode,
    write: number | undefined,
    wanted: () => boolean = () => true,
    then: (reply: unknown) => void = () => {},
  ): unknown {
    if (!node.paused(this.now)) return this.#carryOut(node, write);
    const held = this.#held.get(node.id) ?? [];
    this.#held.set(node.id, held);
    held.push(() => {
      if (!wanted()) return;
      const reply = this.write(node, write, wanted, then);
      if (reply !== undefined) then(reply);
    });
    this.#timeline.quietly(node.pausedUntil - this.now, () => this.unpause(node, true));
    return undefined;
  }

  /** A client's write has arrived. */
  takeWrite(node: SimulatedNode, session: Session, write: number, answer: (reply: unknown) => void): void {
    this.#read(node, () => {
      if (!session.closed) answer(this.write(node, write, () => !session.closed, answer));
    });
  }

  unpause(node: SimulatedNode, onTime = false): void {
    if (onTime && node.paused(this.now)) return;
    node.pausedUntil = 0;
    for (const goOn of this.#held.get(node.id)?.splice(0) ?? []) goOn();
  }

  stop(node: SimulatedNode): void {
    if (node.life === 'up') node.life = 'stopped';
  }

  resume(node: SimulatedNode): void {
    if (node.life !== 'stopped') return;
    node.life = 'up';
    for (const read of node.inbox.splice(0)) this.#timeline.after(0, () => this.#read(node, read));
  }

  /** SIGKILL. */
  kill(node: SimulatedNode): void {
    if (node.life === 'down') return;
    node.life = 'down';
    node.inbox.length = 0;
    this.#held.delete(node.id);
    for (const session of [...node.sessions]) this.close(node, session);
    this.replication.processEnded(node);
  }

  /** Started again: with its data, but for what it had not saved, or empty. */
  start(node: SimulatedNode, { empty }: { readonly empty: boolean }): void {
    if (node.life !== 'down') return;
    node.life = 'up';
    node.startedAt = this.now;
    node.runId = node.newName('run');
    // by its configuration it is ours, whoever stood there before
    Object.assign(node, { busy: false, pausedUntil: 0, loadingUntil: 0, stranger: false });
    if (empty) {
      Object.assign(node, {
        log: [],
        offset: 0,
        history: node.newName('history'),
        historyBefore: NO_HISTORY,
        shared: -1,
      });
    } else if (node.log.length > 0) {
      node.log = node.log.slice(0, node.log.length - this.#random.below(Math.min(3, node.log.length)));
      node.offset = node.log.at(-1)?.offset ?? 0;
      node.loadingUntil = this.now + this.#random.between(1, 1500);
    }
    const { configured } = node;
    node.upstream = configured && {
      address: configured,
      link: 'down',
      downSince: this.now,
      lastIoAt: this.now,
    };
    if (!configured && !empty) node.beginHistory();
    this.watchers.roleChanged(node);
    this.replication.processBegan(node);
  }

  /** A process of another group at this node's address, with data and a master of its own. */
  startStranger(node: SimulatedNode): void {
    const elsewhere = { host: '10.9.9.9', port: 6379 };
    this.kill(node);
    this.start(node, { empty: true });
    Object.assign(node, { stranger: true, offset: 1000, log: [{ offset: 1000, write: -1 }] });
    node.upstream = { address: elsewhere, link: 'down', downSince: this.now, lastIoAt: this.now };
  }

  /** The node of ours is back in its place, empty and a replica. */
  endStranger(node: SimulatedNode, master: Address): void {
    if (!node.stranger) return;
    this.kill(node);
    node.stranger = false;
    node.configured = master;
    this.start(node, { empty: true });
  }

  #carryOut(node: SimulatedNode, write: number | undefined): unknown {
    if (node.life !== 'up') return new ErrorReply('ERR the process is gone');
    if (node.loading(this.now)) return new ErrorReply('LOADING Redis is loading the dataset in memory');
    if (node.busy) return new ErrorReply('BUSY Redis is busy running a script.');
    if (node.upstream) return new ErrorReply("READONLY You can't write against a read only replica.");
    if (node.diskFull) return new ErrorReply('MISCONF Redis is unable to persist to disk.');
    if (this.replication.followersOf(node).length < node.minReplicasToWrite)
      return new ErrorReply('NOREPLICAS Not enough good replicas to write.');
    if (write !== undefined) this.replication.append(node, write);
    return 'OK';
  }
}
