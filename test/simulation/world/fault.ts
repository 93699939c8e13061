/** One fault as it is drawn, and what it may lay its hand on. */
import { type MasterState, type NodeId, nodeId, type SentinelId } from '../../../src/core/model.ts';
import type { Cluster } from './cluster.ts';
import type { Facts } from './facts.ts';
import type { Fleet } from './fleet.ts';
import type { Operators } from './operators.ts';
import type { Random } from './random.ts';
import type { TableTrouble } from './store.ts';

/** By then a world has settled. */
export const FAULTS_FROM_MS = 2500;

/** What a fault may lay its hand on. */
export interface Reach {
  readonly cluster: Cluster;
  readonly fleet: Fleet;
  readonly facts: Facts;
  readonly operators: Operators;
  readonly random: Random;
  readonly zones: readonly SentinelId[];
  readonly tables: Map<SentinelId, TableTrouble>;
  /** Runs `then` at the next write of a state that is `wanted`, until the returned function is called. */
  readonly whenState: (wanted: (state: MasterState) => boolean, then: () => void) => () => void;
}

export interface Fault {
  readonly at: number;
  readonly forMs: number;
  readonly what: string;
  /** @returns what lifts it */
  readonly begin: (reach: Reach) => () => void;
}

export type Drawn = Pick<Fault, 'what' | 'begin'> & {
  /** How likely it waits for a step. @default 0.25 */
  readonly armed?: number;
  /** It waits by itself for what it is to strike. */
  readonly fromTheStart?: true;
};
export type Draw = (random: Random, setting: Setting) => Drawn;

export interface Setting {
  readonly nodes: readonly NodeId[];
  readonly zones: readonly SentinelId[];
  /** Whether a node may come back empty: then nobody gives the nodes histories of their own. */
  readonly emptied: boolean;
}

export const none = () => {};

export function named({ facts, cluster }: Reach) {
  const { state } = facts;
  return state && cluster.node(nodeId(state.master.address));
}
