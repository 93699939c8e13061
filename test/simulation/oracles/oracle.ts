/** One promise, held at every step. An oracle sees everything and touches nothing. */
import type { MasterState, NodeId, Observation, Vote } from '../../../src/core/model.ts';
import type { Facts, Known } from '../world/facts.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { SimulatedWire } from '../world/wire.ts';

/** A state was written. `by` is absent for an operator's door. */
export interface StateWrite {
  readonly before: MasterState | undefined;
  readonly after: MasterState;
  readonly by: Known | undefined;
  /** When its writer let go of it. */
  readonly sentAt: number;
  readonly votes: readonly Vote[];
  readonly observations: readonly Observation[];
}

/** EXEC has left for a node. */
export interface Sent {
  readonly by: Known;
  readonly wire: SimulatedWire;
  readonly node: SimulatedNode;
  readonly commands: readonly (readonly string[])[];
  readonly alone: boolean;
}

export interface Oracle {
  stateWritten?(write: StateWrite): void;
  voteCast?(before: Vote | undefined, vote: Vote, by: Known | undefined, sentAt: number): void;
  observationWritten?(observation: Observation, by: Known | undefined, sentAt: number): void;
  sent?(sent: Sent): void;
  /** This process looks at a node of another master. */
  lookedElsewhere?(by: Known): void;
  /** A process logs it. */
  told?(by: Known, line: string): void;
  /** A client is told that this node is the master. */
  answered?(node: NodeId): void;
  /** A transaction is about to run at a node, sent by the process of that name. */
  running?(node: SimulatedNode, by: string, commands: readonly (readonly string[])[]): void;
}

export type OracleOf = (facts: Facts) => Oracle;

/** The role command of a transaction: `NO ONE`, or the node to follow. */
export function roleCommand(
  commands: readonly (readonly string[])[],
): { readonly follow: string | undefined } | undefined {
  const words = commands.find(([name]) => name === 'REPLICAOF');
  if (!words) return undefined;
  const [, host = '', port = ''] = words;
  return { follow: host === 'NO' ? undefined : `${host}:${port}` };
}
