/** Who watches a master, and what each of them sees. */
import {
  type NodeCondition,
  type NodeId,
  nodeId,
  type Observation,
  type RecordedEvent,
  type SentinelId,
} from '../core/model.ts';
import { timestamp } from './master.ts';
import { stripped } from './printable.ts';
import { isCurrent, type Seen } from './seen.ts';

export interface SentinelsDescription {
  readonly name: string;
  readonly quorum: number;
  /** SENTINEL CKQUORUM: whether those that live are enough to agree and to elect. */
  readonly ckquorum: {
    readonly ok: boolean;
    readonly line: string;
    readonly voters: number;
    readonly usable: number;
  };
  readonly sentinels: readonly SentinelDescription[];
}

export interface SentinelDescription {
  readonly id: SentinelId;
  /** Whether it counts in the majority, alive or not. */
  readonly votes: boolean;
  /** Its heartbeat is fresher than three of them. */
  readonly usable: boolean;
  readonly lastSeen?: string;
  /** Where clients reach its Sentinel port: of a zone that is a process. */
  readonly address?: NodeId;
  /** Absent while it never had anything to tell of this master: then all is well for it. */
  readonly told?: ObservationDescription;
}

export interface ObservationDescription {
  /** When it was written: while all is well it is not written again. */
  readonly at: string;
  readonly address: NodeId;
  /** Whether it is about the master as the state names it now; else it counts for nothing. */
  readonly current: boolean;
  readonly health: Observation['health'];
  readonly subjectivelyDown: boolean;
  /** Why it trusts nothing that it sees. */
  readonly tilt?: string;
  /** Why it starts no failover although it holds the master for down. */
  readonly limitation?: string;
  readonly detail: string;
  readonly lastValidAt?: string;
  readonly alert: boolean;
  /** Replicas that still hear the master: their word vetoes a failover. */
  readonly heardBy: readonly NodeId[];
  /** What it finds wrong with single nodes. */
  readonly conditions: Readonly<Record<NodeId, readonly NodeCondition[]>>;
  /** What only this sentinel saw, oldest first; `seq` counts within it. */
  readonly events: readonly EventDescription[];
}

export interface EventDescription {
  readonly seq: number;
  readonly at: string;
  readonly by: SentinelId;
  /** Sentinel's channel, such as `+switch-master`. */
  readonly type: string;
  readonly payload: string;
}

export function describeSentinels(seen: Seen): SentinelsDescription {
  const { state, observations, heartbeats, alive } = seen;
  const { voters, directives } = state;
  const { ok, line, usable } = seen.quorum;
  const ids = [...voters, ...heartbeats, ...observations].map((known) =>
    typeof known === 'string' ? known : known.sentinel,
  );
  const sentinels = [...new Set(ids)].sort().map((id): SentinelDescription => {
    const heartbeat = heartbeats.find(({ sentinel }) => sentinel === id);
    const observation = observations.find(({ sentinel }) => sentinel === id);
    return {
      id,
      votes: voters.includes(id),
      usable: alive.includes(id),
      ...(heartbeat && { lastSeen: timestamp(heartbeat.at) }),
      ...(heartbeat?.address && { address: nodeId(heartbeat.address) }),
      ...(observation && { told: describeObservation(observation, seen) }),
    };
  });
  const ckquorum = { ok, line, voters: voters.length, usable: usable.length };
  return stripped({ name: state.name, quorum: directives.quorum, ckquorum, sentinels });
}

function describeObservation(observation: Observation, { state }: Seen): ObservationDescription {
  const { at, address, health, subjectivelyDown, tilt, limitation, detail, lastValidAt, alert } = observation;
  return {
    at: timestamp(at),
    address: nodeId(address),
    current: isCurrent(observation, state),
    health,
    subjectivelyDown,
    ...(tilt !== undefined && { tilt }),
    ...(limitation !== undefined && { limitation }),
    detail,
    ...(lastValidAt !== undefined && { lastValidAt: timestamp(lastValidAt) }),
    alert,
    heardBy: observation.heardBy,
    conditions: observation.conditions ?? {},
    events: observation.events.map(describeEvent),
  };
}

export function describeEvent({ seq, at, by, type, payload }: RecordedEvent): EventDescription {
  return { seq, at: timestamp(at), by, type, payload };
}
