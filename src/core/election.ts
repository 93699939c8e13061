/**
 * Elections without split votes: one compare-and-set takes the next epoch with its only candidate, every other
 * sentinel votes for the candidate of the open epoch, once.
 */
import { aboutMaster, record } from './events.ts';
import {
  type CoolDown,
  type FailoverRecord,
  type Incarnation,
  type Instant,
  type MasterState,
  type SentinelId,
  sameIncarnation,
  type Vote,
} from './model.ts';

/** Sentinel's limit for an election; the failover timeout if that is shorter. */
const ELECTION_MS_MAX = 10_000;

export type Tally = 'won' | 'pending';

/** max(majority of all voters, quorum): voters that are gone still count in the majority. */
export function votesNeeded(state: MasterState): number {
  return Math.max(Math.floor(state.voters.length / 2) + 1, state.directives.quorum);
}

/** The votes that count: of voters, in the open epoch, for its candidate. */
export function votesFor(state: MasterState, votes: readonly Vote[]): SentinelId[] {
  const { election } = state;
  if (!election) return [];
  const cast = votes.filter(
    (vote) =>
      vote.epoch === election.epoch &&
      state.voters.includes(vote.sentinel) &&
      sameIncarnation(vote.candidate, election.candidate),
  );
  return [...new Set(cast.map((vote) => vote.sentinel))];
}

export function tally(state: MasterState, votes: readonly Vote[]): Tally {
  return votesFor(state, votes).length >= votesNeeded(state) ? 'won' : 'pending';
}

/** Takes the next epoch with `candidate`, for a new failover or to resume the open one. */
export function openElection(state: MasterState, candidate: Incarnation, now: Instant): MasterState {
  const epoch = state.currentEpoch + 1;
  const about = (type: string, suffix?: string) =>
    aboutMaster(type, state.name, state.master.address, suffix);
  const next: MasterState = {
    ...state,
    currentEpoch: epoch,
    election: { epoch, candidate, beat: 1, openedAt: now.wall },
  };
  return record(next, candidate.sentinel, now, [
    { type: '+new-epoch', payload: String(epoch) },
    about('+try-failover'),
    { type: '+vote-for-leader', payload: `${candidate.sentinel} ${epoch}` },
  ]);
}

/** The candidate's vote for itself, or another sentinel's for it. */
export function voteOf(state: MasterState, sentinel: SentinelId, now: Instant): Vote | undefined {
  const { election } = state;
  if (!election) return undefined;
  return { master: state.name, epoch: election.epoch, sentinel, candidate: election.candidate, at: now.wall };
}

export function electionMsMax(state: MasterState): number {
  return Math.min(ELECTION_MS_MAX, state.directives.failoverTimeoutMs);
}

export function electionExpired(state: MasterState, now: Instant): boolean {
  return state.election !== undefined && now.wall - state.election.openedAt > electionMsMax(state);
}

const OUTCOMES = {
  'candidate-gone': 'its candidate is gone',
  'not-elected': 'not elected in time',
  'master-up': 'the master answers again',
  'stands-back': 'an operator holds failovers back',
} as const;

/** Closes an election that nobody won. Only one that ran its full time is a failed attempt with a cool-down. */
export function closeElection(
  state: MasterState,
  by: SentinelId,
  now: Instant,
  why: keyof typeof OUTCOMES,
): MasterState {
  const { election, ...rest } = state;
  if (!election) return state;
  const ended = aboutMaster('-failover-abort-not-elected', state.name, state.master.address);
  if (state.failover) return record(rest, by, now, [ended]); // the open failover stays, to be resumed
  const outcome = OUTCOMES[why];
  const lastFailover: FailoverRecord = {
    epoch: election.epoch,
    leader: election.candidate.sentinel,
    from: state.master.address,
    kind: 'automatic',
    outcome,
    passedOver: {},
    timeline: { started: election.openedAt, ended: now.wall },
  };
  const coolDown = why === 'not-elected' ? { coolDown: coolDownAfter(state, now, outcome) } : {};
  return record({ ...rest, lastFailover, ...coolDown }, by, now, [ended]);
}

export function coolDownAfter(state: MasterState, now: Instant, reason: string): CoolDown {
  return { until: now.wall + 2 * state.directives.failoverTimeoutMs, reason };
}
