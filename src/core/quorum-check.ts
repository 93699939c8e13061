/** SENTINEL CKQUORUM: whether the sentinels that live are enough, in Sentinel's own words. */
import type { Instant, MasterState, SentinelId, SentinelRecord } from './model.ts';

/** A zone writes its heartbeat this often, or every pulse if that is longer. */
const HEARTBEAT_MS_MIN = 30_000;
const HEARTBEATS_MISSED_MAX = 3;

export interface QuorumCheck {
  readonly ok: boolean;
  /** The voters that live. */
  readonly usable: readonly SentinelId[];
  /** Whether enough of them live to agree that the master is down. */
  readonly quorumReachable: boolean;
  /** Whether enough of them live to elect a leader. */
  readonly majorityReachable: boolean;
  /** Sentinel's whole line, with its code: `OK …` or `NOQUORUM …`. */
  readonly line: string;
}

export function heartbeatMs(pulseMs: number): number {
  return Math.max(HEARTBEAT_MS_MIN, pulseMs);
}

/** The sentinels whose heartbeat is fresher than three of them. A clock ahead of mine is no reason to doubt one. */
export function liveSentinels(
  records: readonly SentinelRecord[],
  now: Instant,
  heartbeatMs: number,
): SentinelId[] {
  return liveRecords(records, now, heartbeatMs).map(({ sentinel }) => sentinel);
}

export function liveRecords(
  records: readonly SentinelRecord[],
  now: Instant,
  heartbeatMs: number,
): SentinelRecord[] {
  return records.filter(({ at }) => now.wall - at < HEARTBEATS_MISSED_MAX * heartbeatMs);
}

/** A voter that is gone counts in the majority, so that a split fleet never elects two leaders. */
export function checkQuorum(
  { voters, directives }: MasterState,
  records: readonly SentinelRecord[],
  now: Instant,
  heartbeatMs: number,
): QuorumCheck {
  const alive = liveSentinels(records, now, heartbeatMs);
  const usable = voters.filter((voter) => alive.includes(voter));
  const quorumReachable = usable.length >= directives.quorum;
  const majorityReachable = usable.length >= Math.floor(voters.length / 2) + 1;
  const told = [
    ...(quorumReachable
      ? []
      : ['Not enough available Sentinels to reach the specified quorum for this master']),
    ...(majorityReachable
      ? []
      : ['Not enough available Sentinels to reach the majority and authorize a failover']),
  ];
  const ok = told.length === 0;
  const line = ok
    ? `OK ${usable.length} usable Sentinels. Quorum and failover authorization can be reached`
    : `NOQUORUM ${usable.length} usable Sentinels. ${told.join('. ')}`;
  return { ok, usable, quorumReachable, majorityReachable, line };
}
