/** A master with all that its sentinels tell of it, as of one moment. */
import {
  type Instant,
  type MasterState,
  type NodeCondition,
  type NodeId,
  type Observation,
  type SentinelId,
  type SentinelRecord,
  sameAddress,
} from '../core/model.ts';
import { live } from '../core/operations/outcome.ts';
import { checkQuorum, liveSentinels, type QuorumCheck } from '../core/quorum-check.ts';
import type { Clock, StateStore } from '../ports.ts';

export interface Seen {
  readonly state: MasterState;
  readonly observations: readonly Observation[];
  /** Of sentinels that do not vote here too. */
  readonly heartbeats: readonly SentinelRecord[];
  /** The sentinels whose heartbeat is fresher than three of them, when it was read. */
  readonly alive: readonly SentinelId[];
  readonly quorum: QuorumCheck;
  /** When it was read: an answer from memory says what held then. */
  readonly at: Instant;
}

/**
 * @param heartbeatMs - how often a sentinel is seen at least
 * @returns undefined when no such master is monitored
 * @throws Unavailable, Unreadable
 */
export async function readSeen(
  store: StateStore,
  clock: Clock,
  heartbeatMs: number,
  name: string,
): Promise<Seen | undefined> {
  const [{ state: found, observations }, heartbeats] = await Promise.all([
    store.readView(name),
    store.readSentinels(),
  ]);
  const state = live(found);
  if (!state) return undefined;
  const at = clock.now();
  const quorum = checkQuorum(state, heartbeats, at, heartbeatMs);
  const alive = liveSentinels(heartbeats, at, heartbeatMs);
  return { state, observations, heartbeats, alive, quorum, at };
}

/** Whether it is about the address and the configuration the state names; else it counts as absent (§3). */
export function isCurrent({ address, configEpoch }: Observation, state: MasterState): boolean {
  return sameAddress(address, state.master.address) && configEpoch === state.configEpoch;
}

/** What counts: about the present master, and of a sentinel that lives. It stands until its writer tells otherwise. */
export function standing({ state, observations, alive }: Seen): readonly Observation[] {
  return observations.filter((one) => isCurrent(one, state) && alive.includes(one.sentinel));
}

/** By whom a node is found so. */
export function foundBy(seen: Seen, node: NodeId, condition: NodeCondition): readonly SentinelId[] {
  return standing(seen)
    .filter(({ conditions = {} }) => Object.hasOwn(conditions, node) && conditions[node]?.includes(condition))
    .map(({ sentinel }) => sentinel);
}
