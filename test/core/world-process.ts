/** One process of one zone in the random world: what the shell does in a tick, in pieces that time may part. */
import { watchOthers } from '../../src/core/agreement.ts';
import type { CommandReply, NodeCommand } from '../../src/core/commands.ts';
import { decide } from '../../src/core/decide.ts';
import type { Decision } from '../../src/core/decision.ts';
import { rememberLooks } from '../../src/core/memory.ts';
import { type Instant, type MonoMs, nodeId } from '../../src/core/model.ts';
import { report } from '../../src/core/report.ts';
import { BLANK, type Memory, type Self, type View } from '../../src/core/view.ts';
import type { WorldNodes } from './world-nodes.ts';
import type { WorldTable } from './world-table.ts';

/**
 * What becomes of a command whose EXEC may leave: it runs, never leaves, runs and its reply is lost, or is on its way
 * until its sender's next step (if its fence still lets it leave then).
 */
export type Fate = 'runs' | 'never leaves' | 'runs unheard' | 'runs late';

interface Underway {
  readonly command: NodeCommand;
  /** Which process of the successor the look behind a demotion saw. */
  readonly successor: number | undefined;
  readonly validUntil: MonoMs;
}

interface Prepared {
  readonly view: View;
  readonly decision: Decision;
  readonly readAt: MonoMs;
}

const ROUNDS_MAX = 12;

export class WorldProcess {
  readonly self: Self;
  readonly #table: WorldTable;
  readonly #nodes: WorldNodes;
  readonly #clock: () => Instant;
  #memory: Memory = BLANK;
  #prepared: Prepared | undefined;
  #underway: readonly Underway[] = [];

  constructor(self: Self, table: WorldTable, nodes: WorldNodes, clock: () => Instant) {
    this.self = self;
    this.#table = table;
    this.#nodes = nodes;
    this.#clock = clock;
  }

  tick(fate: Fate): void {
    this.prepare();
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const again = this.#prepared?.decision.pace.kind === 'again';
      if (!this.commit(fate) || !again) return;
      this.#decide();
    }
    throw new Error(`still undecided after ${ROUNDS_MAX} rounds: ${this.#prepared?.decision.reason}`);
  }

  /** Look, tell, read, decide: nothing of the decision is carried out yet. */
  prepare(): void {
    this.#look();
    const told = report(this.#view(), this.self, this.#table.observation(this.self.id), this.#clock());
    if (told) this.#table.put(told);
    this.#memory = watchOthers(this.#memory, this.#table.read(), this.#clock());
    this.#decide();
  }

  /** @returns whether the decision was carried out; after a refused write nothing of it survives */
  commit(fate: Fate): boolean {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    if (!prepared) return false;
    const { view, decision } = prepared;
    const sentAt = this.#clock().mono;
    let entitledFrom = prepared.readAt;
    if (decision.write) {
      if (!this.#table.compareAndSet(view.state, decision.write, this.self)) return false;
      this.#memory = { ...this.#memory, wroteAt: sentAt };
      entitledFrom = sentAt;
    }
    if (decision.vote) this.#table.cast(decision.vote);
    const leaseUntil = (this.#memory.wroteAt ?? entitledFrom) + view.state.directives.leaseMs / 2;
    for (const command of decision.commands) {
      const fence = command.fence === 'lease' ? leaseUntil : entitledFrom + 1000;
      const validUntil = command.kind === 'hand over' ? Math.min(fence, command.notAfter) : fence;
      const upstream = 'upstream' in command ? this.#nodes.get(command.upstream) : undefined;
      const successor = upstream?.restarts;
      this.#table.promises.onSend(this.#table.state, this.self, command);
      if (fate === 'runs late') this.#underway = [...this.#underway, { command, validUntil, successor }];
      else this.#send({ command, validUntil, successor }, fate);
    }
    return this.#underway.length === 0;
  }

  /** What was on its way arrives, unless its fence has closed. */
  arrive(): void {
    for (const late of this.#underway) this.#send(late, 'runs');
    this.#underway = [];
  }

  #look(): void {
    const now = this.#clock();
    const { state } = this.#table;
    const looks = [state.master, ...Object.values(state.replicas)].map(({ address }) => {
      const known = this.#memory.nodes[nodeId(address)];
      const unanswered = known?.last.outcome === 'silent' ? known.last.since : undefined;
      return this.#nodes.look(this.self.id, address, now.mono, unanswered);
    });
    this.#memory = rememberLooks(this.#memory, state, looks, 1000);
  }

  #view(): View {
    return { ...this.#table.read(), memory: this.#memory };
  }

  #decide(): void {
    const view = this.#view();
    const now = this.#clock();
    const decision = decide(view, this.self, now);
    this.#table.promises.onDecision(view, this.self, decision);
    this.#prepared = { view, decision, readAt: now.mono };
  }

  #send({ command, validUntil, successor }: Underway, fate: Fate): void {
    const at = this.#clock().mono;
    const leaves = fate !== 'never leaves' && at < validUntil;
    const node = this.#nodes.get(command.node);
    const held = node && this.#nodes.paused(node);
    const ran = leaves && this.#nodes.run(this.self.id, command);
    const outcome = !ran ? 'abandoned' : fate === 'runs' ? 'done' : 'unknown';
    if (ran) {
      this.#table.promises.onRun(this.#table.state, this.self, command, outcome === 'done');
      if (command.kind === 'hand over') {
        const upstream = this.#nodes.get(command.upstream);
        // a successor that is replaced by an empty process in that very round trip is beyond anybody's reach
        const replaced = upstream?.restarts !== successor;
        const lost = replaced ? 0 : (node?.offset ?? 0) - (upstream?.offset ?? 0);
        this.#table.promises.onHandOver(command, held === true, lost);
      }
    }
    const told = outcome === 'done' ? this.#nodes.infoOf(command.node) : undefined;
    const reply: CommandReply = {
      command,
      sentAt: at,
      at,
      outcome,
      detail: outcome,
      ...(told && { info: told }),
    };
    this.#memory = { ...this.#memory, replies: [...this.#memory.replies, reply].slice(-16) };
  }
}
