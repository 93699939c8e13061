import { describe, expect, test } from 'vitest';
import {
  closeElection,
  electionExpired,
  openElection,
  tally,
  voteOf,
  votesFor,
  votesNeeded,
} from '../../src/core/election.ts';
import type { Failover, MasterState, Vote } from '../../src/core/model.ts';
import { aState, at, MIDNIGHT } from './samples.ts';

const VOTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const CANDIDATE = { sentinel: 'a', incarnation: 3 };

function open(voters: number, quorum = 1): MasterState {
  const directives = { ...aState().directives, quorum };
  return openElection(aState({ voters: VOTERS.slice(0, voters), directives }), CANDIDATE, at(0));
}

function vote(sentinel: string, changes: Partial<Vote> = {}): Vote {
  return { master: 'mymaster', epoch: 5, sentinel, candidate: CANDIDATE, at: MIDNIGHT, ...changes };
}

describe('votes needed: the majority of all voters, or the quorum if that is more', () => {
  test.each([
    [1, 1, 1],
    [2, 1, 2],
    [3, 1, 2],
    [3, 2, 2],
    [3, 3, 3],
    [4, 2, 3],
    [5, 1, 3],
    [5, 4, 4],
    [6, 2, 4],
    [7, 3, 4],
    [7, 7, 7],
    [3, 5, 5],
  ])('%i voters, quorum %i: %i', (voters, quorum, needed) => {
    const state = open(voters, quorum);
    expect(votesNeeded(state)).toBe(needed);
    const votes = VOTERS.slice(0, Math.min(needed, voters)).map((id) => vote(id));
    expect(tally(state, votes.slice(0, needed - 1))).toBe('pending');
    // A quorum above the number of voters is taken, and never reached.
    expect(tally(state, votes)).toBe(needed <= voters ? 'won' : 'pending');
  });
});

describe('a vote counts', () => {
  test('of a voter, in the open epoch, for its candidate', () => {
    expect(votesFor(open(3), [vote('a'), vote('b')])).toEqual(['a', 'b']);
  });

  test.each([
    ['of one that is no voter', vote('stranger')],
    ['of the epoch before', vote('b', { epoch: 4 })],
    ['of an epoch to come', vote('b', { epoch: 6 })],
    ['for another incarnation of the candidate', vote('b', { candidate: { sentinel: 'a', incarnation: 2 } })],
    ['for another zone', vote('b', { candidate: { sentinel: 'b', incarnation: 3 } })],
  ])('not: %s', (_, other) => {
    expect(votesFor(open(3), [other])).toEqual([]);
    expect(tally(open(3), [vote('a'), other])).toBe('pending');
  });

  test('once', () => {
    expect(votesFor(open(3), [vote('b'), vote('b')])).toEqual(['b']);
  });

  test('while an election is open, and then no more', () => {
    expect(votesFor(aState(), [vote('a'), vote('b')])).toEqual([]);
    expect(tally(aState({ voters: [] }), [])).toBe('pending');
  });
});

describe('an election', () => {
  test('takes the next epoch with one candidate, whose vote is for itself', () => {
    const state = open(3);
    expect(state).toMatchObject({
      ...{ currentEpoch: 5, configEpoch: 3 },
      election: { epoch: 5, candidate: CANDIDATE, beat: 1, openedAt: MIDNIGHT },
    });
    expect(voteOf(state, 'a', at(1))).toEqual(vote('a', { at: MIDNIGHT + 1 }));
    expect(voteOf(aState(), 'a', at(1))).toBeUndefined();
  });

  test.each([
    [60_000, 10_000],
    [4000, 4000],
  ])('with a failover timeout of %i ms is over after more than %i ms', (failoverTimeoutMs, overMs) => {
    const state = { ...open(3), directives: { ...aState().directives, failoverTimeoutMs } };
    expect(electionExpired(state, at(overMs))).toBe(false);
    expect(electionExpired(state, at(overMs + 1))).toBe(true);
    expect(electionExpired(aState(), at(overMs + 1))).toBe(false);
  });

  test('that nobody won in time cools down for twice the failover timeout', () => {
    const closed = closeElection(open(3), 'b', at(10_001), 'not-elected');
    expect(closed.election).toBeUndefined();
    expect(closed.coolDown).toEqual({ until: MIDNIGHT + 130_001, reason: 'not elected in time' });
    expect(closed.lastFailover).toMatchObject({ epoch: 5, leader: 'a', outcome: 'not elected in time' });
    expect(closed.events.at(-1)).toMatchObject({ type: '-failover-abort-not-elected', by: 'b' });
    expect(closed.currentEpoch).toBe(5);
  });

  test('whose candidate is gone cools nothing down', () => {
    const closed = closeElection(open(3), 'b', at(5000), 'candidate-gone');
    expect(closed.election).toBeUndefined();
    expect(closed.coolDown).toBeUndefined();
  });

  test('over an open failover leaves that failover as it is', () => {
    const failover: Failover = {
      ...{ epoch: 4, leader: CANDIDATE, beat: 9, oldMaster: aState().master.address },
      ...{ kind: 'automatic', step: 'promoting', passedOver: {}, timeline: { started: MIDNIGHT } },
    };
    const closed = closeElection({ ...open(3), failover }, 'b', at(10_001), 'not-elected');
    expect(closed.failover).toEqual(failover);
    expect(closed).not.toHaveProperty('coolDown');
    expect(closed).not.toHaveProperty('lastFailover');
  });

  test('that is not open cannot be closed', () => {
    const state = aState();
    expect(closeElection(state, 'b', at(0), 'not-elected')).toBe(state);
  });
});
