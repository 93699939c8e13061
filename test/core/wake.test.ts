import { describe, expect, test } from 'vitest';
import { closeElection, openElection } from '../../src/core/election.ts';
import type { MasterState, Observation } from '../../src/core/model.ts';
import { wakeOnObservation, wakeOnState } from '../../src/core/wake.ts';
import { anObservation, aState, at } from './samples.ts';

const calm = anObservation('b', { subjectivelyDown: false, alert: false, detail: 'n1 answers' });
const alert = anObservation('b', { subjectivelyDown: false, detail: 'n1 refuses' });
const down = anObservation('b', { detail: 'n1 refuses' });
const downAtPulse = { ...down, alert: false };
const handover = { ...down, handover: true, seq: 9 };

describe('an observation wakes', () => {
  test.each<[string, Observation | undefined, Observation, 'others' | 'one' | undefined]>([
    ['the others, when trouble is the first thing told', undefined, alert, 'others'],
    ['the others, when trouble begins', calm, alert, 'others'],
    ['the others, when trouble becomes an S_DOWN', alert, down, 'others'],
    ['the others, when a pulse finds an S_DOWN', calm, downAtPulse, 'others'],
    ['nobody, when the S_DOWN is told again', down, { ...down, seq: 2 }, undefined],
    ['nobody, when an S_DOWN ends its alert', down, downAtPulse, undefined],
    ['nobody, when all is well again', down, calm, undefined],
    ['nobody, when all is well', undefined, calm, undefined],
    ['its own zone, when it hands over', down, handover, 'one'],
    ['its own zone, when it hands over again', handover, { ...handover, seq: 10 }, 'one'],
    ['nobody, when the hand-over is told twice', handover, handover, undefined],
  ])('%s', (_, before, after, whom) => {
    const wake = wakeOnObservation(before, after);
    expect(wake?.kind).toBe(whom);
    if (wake?.kind === 'others') expect(wake).toMatchObject({ except: 'b', reason: `b: ${after.detail}` });
    if (wake?.kind === 'one') expect(wake.sentinel).toBe('b');
  });
});

describe('a state wakes', () => {
  const open = openElection(aState(), { sentinel: 'a', incarnation: 1 }, at(0));
  const next = openElection(open, { sentinel: 'c', incarnation: 1 }, at(6000));
  const { election } = open;
  const beaten: MasterState = { ...open, ...(election && { election: { ...election, beat: 2 } }) };

  test('the others, but not who wrote it, when an election opens', () => {
    expect(wakeOnState(aState(), open)).toEqual({
      ...{ kind: 'others', except: 'a', reason: 'an election opened in epoch 5' },
    });
    expect(wakeOnState(undefined, open)).toMatchObject({ kind: 'others', except: 'a' });
    expect(wakeOnState(open, next)).toMatchObject({ except: 'c', reason: 'an election opened in epoch 6' });
  });

  test('the others when the master switched', () => {
    expect(wakeOnState(aState(), aState({ configEpoch: 4 }))).toEqual({
      ...{ kind: 'others', except: undefined, reason: 'the master switched in epoch 4' },
    });
  });

  const asked: MasterState = aState({
    command: { id: 'r1', at: 0, by: 'operator', kind: 'failover', coordinated: true },
  });

  test('everybody when an operator asks for something', () => {
    expect(wakeOnState(aState(), asked)).toEqual({
      ...{ kind: 'others', except: undefined, reason: 'operator asked for a failover' },
    });
    expect(wakeOnState(undefined, asked)).toMatchObject({ kind: 'others' });
  });

  test.each([
    ['a beat', open, beaten],
    ['a request that stands', asked, { ...asked, rev: 9 }],
    ['a request that was carried out', asked, aState()],
    ['an election that was closed', open, closeElection(open, 'b', at(5000), 'candidate-gone')],
    ['a new replica', aState({ replicas: {} }), aState()],
    ['the first state', undefined, aState()],
  ])('nobody for %s', (_, before, after) => {
    expect(wakeOnState(before, after)).toBeUndefined();
  });
});
