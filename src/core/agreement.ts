/**
 * What the sentinels hold together: O_DOWN, the replicas' veto, and whether a leader is still alive. A sentinel
 * is judged by how long its writes were watched not to change; no two machines' clocks are compared, except for
 * an observation that is read for the first time.
 */
import {
  type EpochMs,
  type Instant,
  type MasterState,
  type NodeId,
  type Observation,
  type SentinelId,
  sameAddress,
  wallAt,
} from './model.ts';
import type { Memory, SeenBeat, SeenCommand, SeenObservation, Situation, View } from './view.ts';

/** A peer's report is stale after this long, as in Sentinel. */
export const FRESH_MS = 5000;
/** Three of the longest pulses. */
const STALE_MS_MAX = 180_000;

/** Folds what was just read into the memory of when things were seen to change. */
export function watchOthers(
  memory: Memory,
  read: Pick<View, 'state' | 'observations'>,
  now: Instant,
): Memory {
  const seen: Record<SentinelId, SeenObservation> = {};
  for (const observation of read.observations) {
    seen[observation.sentinel] = watchObservation(memory.seen[observation.sentinel], observation, now);
  }
  const { beat: _, command: __, ...rest } = memory;
  const beat = watchBeat(memory.beat, read.state, now);
  const command = watchCommand(memory.command, read.state, now);
  return { ...rest, seen, ...(beat && { beat }), ...(command && { command }) };
}

function watchCommand(before: SeenCommand | undefined, { command }: MasterState, now: Instant) {
  if (!command) return undefined;
  return before?.id === command.id ? before : { id: command.id, since: now.mono };
}

function watchObservation(
  before: SeenObservation | undefined,
  { incarnation, seq, at }: Observation,
  now: Instant,
): SeenObservation {
  const readAt = now.mono;
  if (before?.incarnation === incarnation && before.seq === seq) return { ...before, readAt };
  // who did not look for longer than that cannot tell when it changed: only the writer's clock can
  const watched = before !== undefined && readAt - before.readAt <= FRESH_MS;
  const changedNow = watched || Math.abs(at - now.wall) <= FRESH_MS;
  return { incarnation, seq, readAt, ...(changedNow && { changedAt: now.mono }) };
}

function watchBeat(before: SeenBeat | undefined, state: MasterState, now: Instant): SeenBeat | undefined {
  const alive = state.election ?? state.failover;
  if (!alive) return undefined;
  const who = state.election ? state.election.candidate : state.failover?.leader;
  const key = `${alive.epoch} ${who?.sentinel} ${who?.incarnation} ${alive.beat}`;
  return before?.key === key ? before : { key, since: now.mono };
}

/** For how long the beat of the open election (or else failover) was watched to stand still, in ms. */
export function beatStoodStillMs({ memory, now }: Situation): number {
  return memory.beat ? now.mono - memory.beat.since : 0;
}

/** The other voters' observations that count: fresh, and about the address and epoch the state names. */
export function freshObservations({ state, observations, memory, self, now }: Situation): Observation[] {
  return observations.filter((observation) => {
    const changedAt = memory.seen[observation.sentinel]?.changedAt;
    return (
      observation.sentinel !== self.id &&
      state.voters.includes(observation.sentinel) &&
      sameAddress(observation.address, state.master.address) &&
      observation.configEpoch === state.configEpoch &&
      observation.tilt === undefined &&
      changedAt !== undefined &&
      now.mono - changedAt <= FRESH_MS
    );
  });
}

/** The voters that hold the master for down right now, this one among them. O_DOWN is `length >= quorum`. */
export function sentinelsSeeingDown(situation: Situation): SentinelId[] {
  const others = freshObservations(situation)
    .filter((observation) => observation.subjectivelyDown)
    .map((observation) => observation.sentinel);
  return situation.masterDown ? [situation.self.id, ...others] : others;
}

/**
 * The voters whose last word was that the master is down, however stale, but for those that have said nothing for longer
 * than the longest pulse allows: reason enough to look and tell again, not to act.
 */
export function sentinelsLastSeeingDown({ state, observations, self, now }: Situation): SentinelId[] {
  const others = observations.filter(
    (observation) =>
      observation.sentinel !== self.id &&
      observation.subjectivelyDown &&
      state.voters.includes(observation.sentinel) &&
      sameAddress(observation.address, state.master.address) &&
      observation.configEpoch === state.configEpoch &&
      Math.abs(now.wall - observation.at) <= STALE_MS_MAX,
  );
  return others.map(({ sentinel }) => sentinel);
}

export function objectivelyDown(situation: Situation): boolean {
  return sentinelsSeeingDown(situation).length >= situation.state.directives.quorum;
}

/** The first +sdown of those that hold the master for down now; undefined when none of them tells it. */
export function firstDownAt(situation: Situation): EpochMs | undefined {
  const { observations, state } = situation;
  const seeing = new Set(sentinelsSeeingDown(situation));
  const { host, port } = state.master.address;
  const payload = `master ${state.name} ${host} ${port}`;
  const told = observations
    .filter(({ sentinel }) => seeing.has(sentinel))
    .flatMap(({ events }) => events.findLast((e) => e.type === '+sdown' && e.payload === payload)?.at ?? []);
  return told.length > 0 ? Math.min(...told) : undefined;
}

export interface Witness {
  readonly sentinel: SentinelId;
  readonly replica: NodeId;
}

/** The replicas that still hear the master: then the sentinels' paths are dead, and not the master. */
export function witnesses(situation: Situation, ownEvidence: readonly NodeId[]): Witness[] {
  if (!situation.state.directives.replicaEvidence) return [];
  const own = ownEvidence.map((replica) => ({ sentinel: situation.self.id, replica }));
  const others = freshObservations(situation).flatMap(({ sentinel, heardBy }) =>
    heardBy.map((replica) => ({ sentinel, replica })),
  );
  return [...own, ...others];
}

/**
 * The last moment the master is known to have been valid: what a replica's link may be down for is counted from it,
 * never from this incarnation's first look, or a master that died while nobody watched could never be replaced.
 */
export function masterValidAt(s: Situation): EpochMs {
  const { state, master, now } = s;
  if (state.outage) return state.outage.masterValidAt;
  const told = freshObservations(s).flatMap(({ lastValidAt }) => lastValidAt ?? []);
  const own = master?.lastValidAt;
  const known = own === undefined ? told : [wallAt(own, now), ...told];
  const at = known.length > 0 ? Math.max(...known) : (state.events.at(-1)?.at ?? now.wall);
  return Math.min(at, now.wall); // told by a clock that was ahead
}
