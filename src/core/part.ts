/** An election or a failover is open: take part, lead, or watch that somebody does. */
import { beatStoodStillMs } from './agreement.ts';
import { AGAIN, type Decision, nothing, type Pace } from './decision.ts';
import {
  closeElection,
  electionExpired,
  openElection,
  tally,
  voteOf,
  votesFor,
  votesNeeded,
} from './election.ts';
import { BEAT_MS, lead, takeFailover } from './failover.ts';
import { standsBack } from './limitation.ts';
import {
  type Election,
  type Failover,
  type Incarnation,
  type MasterState,
  sameIncarnation,
} from './model.ts';
import { reached } from './observation.ts';
import type { Situation } from './view.ts';

/** While an election is open, or about to be, the others' votes and reports are looked for this often. */
const ELECTION_POLL_MS = 20;

export const POLL: Pace = { kind: 'alert', afterMs: ELECTION_POLL_MS, poll: true };

/** A situation of an invocation that holds its zone's alert. */
export type Alert = Situation & { readonly me: Incarnation };

/** @returns undefined when nothing is open */
export function takePart(s: Situation): Decision | undefined {
  const { election, failover } = s.state;
  if (!election && !failover) return undefined;
  const { me } = s;
  if (!me)
    return nothing(election ? 'an election is open' : 'a failover is open', { kind: 'alert', afterMs: 0 });
  if (election) {
    const back = failover ? undefined : standsBack(s.state); // what an intent may have begun goes on
    if (back !== undefined) return close({ ...s, me }, 'stands-back', back);
    return sameIncarnation(election.candidate, me)
      ? stand({ ...s, me }, election)
      : elect({ ...s, me }, election);
  }
  if (!failover) return undefined;
  const leading = sameIncarnation(failover.leader, me) && failover.epoch === s.state.currentEpoch;
  return leading ? lead({ ...s, me, failover }) : follow({ ...s, me }, failover);
}

/** The candidate's part of an election. */
function stand(s: Alert, election: Election): Decision {
  const { state, votes, me, now, memory } = s;
  if (tally(state, votes) === 'won') return takeFailover(s);
  if (electionExpired(state, now)) return close(s, 'not-elected', 'not elected in time');
  if (!state.failover && !s.masterDown) return close(s, 'master-up', 'the master answers again');
  const got = votesFor(state, votes);
  const reason = `epoch ${election.epoch}: ${got.length} of ${votesNeeded(state)} votes`;
  if (!got.includes(me.sentinel)) return cast(s, reason);
  const beatIsDue = memory.wroteAt === undefined || now.mono - memory.wroteAt >= BEAT_MS;
  const write = { ...state, election: { ...election, beat: election.beat + 1 } };
  return { ...nothing(reason, POLL), ...(beatIsDue && { write }) };
}

/** Every other sentinel's part: vote once for the only candidate; when it is gone, make way. */
function elect(s: Alert, election: Election): Decision {
  const { state, votes, me, now } = s;
  const stillMs = beatStoodStillMs(s);
  if (stillMs >= state.directives.leaseMs) {
    return state.failover
      ? resume(s, 'candidate', stillMs)
      : close(s, 'candidate-gone', 'its candidate is gone');
  }
  if (electionExpired(state, now)) return close(s, 'not-elected', 'nobody was elected in time');
  const mine = votes.find((vote) => vote.epoch === election.epoch && vote.sentinel === me.sentinel);
  const { sentinel } = election.candidate;
  if (!mine) return cast(s, `voting for ${sentinel} in epoch ${election.epoch}`);
  return nothing(`voted for ${mine.candidate.sentinel} in epoch ${election.epoch}`, interval(s));
}

/** The candidate goes on to count at once; a voter has done its part. */
function cast(s: Alert, reason: string): Decision {
  const vote = voteOf(s.state, s.me.sentinel, s.now);
  const candidate = s.state.election && sameIncarnation(s.state.election.candidate, s.me);
  return { ...nothing(reason, candidate ? POLL : interval(s)), ...(vote && { vote }) };
}

export function interval({ state }: Situation): Pace {
  return { kind: 'alert', afterMs: state.directives.alertIntervalMs };
}

function close(
  { state, me, now }: Alert,
  why: Parameters<typeof closeElection>[3],
  reason: string,
): Decision {
  const write = closeElection(state, me.sentinel, now, why);
  return { ...nothing(`closing the election of epoch ${state.election?.epoch}: ${reason}`, AGAIN), write };
}

/** Another sentinel leads. If its beat stands still for a lease, the next epoch resumes what it began. */
function follow(s: Alert, failover: Failover): Decision {
  const stillMs = beatStoodStillMs(s);
  if (stillMs >= s.state.directives.leaseMs) return resume(s, 'leader', stillMs);
  const { sentinel } = failover.leader;
  const waitMs = Math.min(s.state.directives.alertIntervalMs, s.state.directives.leaseMs - stillMs);
  return nothing(`${sentinel} leads the failover of epoch ${failover.epoch} (${failover.step})`, {
    kind: 'alert',
    afterMs: Math.max(waitMs, 1),
  });
}

/** To resume, any node of the master will do: an eligible replica is needed only for a new failover. */
function resume(s: Alert, whose: 'leader' | 'candidate', stillMs: number): Decision {
  const still = `the ${whose}'s beat stood still for ${Math.round(stillMs)} ms`;
  if (!Object.values(s.memory.nodes).some(reached))
    return nothing(`${still}, but no node is in reach`, interval(s));
  return candidacy(s, s.state, `${still}: taking epoch ${s.state.currentEpoch + 1} to resume its failover`);
}

export function candidacy(s: Alert, state: MasterState, reason: string): Decision {
  const write = openElection(state, s.me, s.now);
  const vote = voteOf(write, s.me.sentinel, s.now);
  return { reason, write, ...(vote && { vote }), commands: [], pace: AGAIN };
}
