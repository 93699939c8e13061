/** Everything one decision is made from: what the table said, what was seen, who asks. Plain data throughout. */
import type { CommandReply } from './commands.ts';
import { type WhyDown, whyDown } from './down.ts';
import type { Evidence } from './evidence.ts';
import {
  type Incarnation,
  type Instant,
  type MasterState,
  type MonoMs,
  type NodeId,
  nodeId,
  type Observation,
  type SentinelId,
  type Vote,
} from './model.ts';
import type { NodeMemory } from './observation.ts';

/** What this process remembers about one master between two ticks. */
export interface Memory {
  readonly nodes: Readonly<Record<NodeId, NodeMemory>>;
  /** The `rev` of the state that was known when they were last looked at. */
  readonly lookedAtRev?: number;
  readonly evidence?: Evidence;
  readonly seen: Readonly<Record<SentinelId, SeenObservation>>;
  readonly beat?: SeenBeat;
  readonly command?: SeenCommand;
  /** Replies to this process' own commands, newest last. */
  readonly replies: readonly CommandReply[];
  /** When the last state write of this incarnation that succeeded was sent: what its lease counts from. */
  readonly wroteAt?: MonoMs;
}

export const BLANK: Memory = { nodes: {}, seen: {}, replies: [] };

/** When another sentinel's observation was last seen to change: judged by watching, not by its clock. */
export interface SeenObservation {
  readonly incarnation: number;
  readonly seq: number;
  /** When it was last read, changed or not. */
  readonly readAt: MonoMs;
  /** When it was last known to have changed. */
  readonly changedAt?: MonoMs;
}

/** Since when the beat of the open election or failover stands still, as far as this process has watched. */
export interface SeenBeat {
  readonly key: string;
  readonly since: MonoMs;
}

/** Since when this process has known the pending command. */
export interface SeenCommand {
  readonly id: string;
  readonly since: MonoMs;
}

export interface Tilt {
  readonly why: string;
  /** A stall that is over: the next look is good again. Else it lasts as long as the clock is wrong. */
  readonly passing: boolean;
}

export interface Self {
  readonly id: SentinelId;
  /** Set while this invocation holds its zone's alert; only then may it stand, vote or lead. */
  readonly incarnation?: number;
  /** When it took the alert. */
  readonly alertSince?: MonoMs;
  /** Why it trusts nothing that it sees (TILT): then it takes no part in any decision. */
  readonly tilt?: Tilt;
}

export interface View {
  readonly state: MasterState;
  readonly observations: readonly Observation[];
  readonly votes: readonly Vote[];
  readonly memory: Memory;
}

/** A view with what every rule asks of it worked out once. */
export interface Situation extends View {
  readonly self: Self;
  readonly now: Instant;
  /** Present while this invocation holds the alert. */
  readonly me: Incarnation | undefined;
  readonly master: NodeMemory | undefined;
  readonly masterDown: boolean;
  /** Which form of S_DOWN it is; undefined while the master is not down for this sentinel. */
  readonly why: WhyDown | undefined;
}

export function situation(view: View, self: Self, now: Instant): Situation {
  const { state, memory } = view;
  const master = memory.nodes[nodeId(state.master.address)];
  const why = self.tilt === undefined ? whyDown(state, master, now) : undefined;
  return {
    ...view,
    self,
    now,
    me: self.incarnation === undefined ? undefined : { sentinel: self.id, incarnation: self.incarnation },
    master,
    masterDown: why !== undefined,
    why,
  };
}
