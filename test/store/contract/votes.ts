import { expect, it } from 'vitest';
import { observationKey, voteKey } from '../../../src/adapters/dynamodb/keys.ts';
import { anObservation, aVote } from '../samples.ts';
import { fresh, type Use } from './under-test.ts';

export function voteContract(use: Use): void {
  it('takes one vote of a sentinel in an epoch, and shows it to whoever tries again', async () => {
    const { store } = use();
    const name = fresh();
    const vote = aVote(name, 7, 'b', 'a');
    expect(await store.castVote(vote)).toEqual({ kind: 'cast', vote });
    expect(await store.castVote(aVote(name, 7, 'b', 'c'))).toEqual({ kind: 'already', vote });
    expect((await store.readView(name)).votes).toEqual([vote]);
  });

  it('takes one vote of each sentinel, and one in each epoch', async () => {
    const { store } = use();
    const name = fresh();
    const votes = [aVote(name, 9, 'a'), aVote(name, 9, 'b'), aVote(name, 10, 'a')];
    for (const vote of votes) expect((await store.castVote(vote)).kind).toBe('cast');
    expect((await store.readView(name)).votes).toEqual(votes);
  });

  it('takes exactly one of ten different votes cast at once', async () => {
    const { store } = use();
    const name = fresh();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, i) => store.castVote(aVote(name, 7, 'b', `candidate-${i}`))),
    );
    expect(outcomes.filter(({ kind }) => kind === 'cast')).toHaveLength(1);
    expect(new Set(outcomes.map(({ vote }) => vote.candidate.sentinel)).size).toBe(1);
  });

  it('marks votes and observations for the sweeper, a week and a day after they were made', async () => {
    const { store, stored } = use();
    const name = fresh();
    const vote = aVote(name, 7, 'b');
    const observation = anObservation(name, 'b', 1);
    await store.castVote(vote);
    await store.putObservation(observation);
    const sweptVote = (await stored(voteKey(name, 7, 'b')))?.['ttl'];
    expect(sweptVote).toBeGreaterThanOrEqual(vote.at / 1000 + 7 * 86_400);
    const sweptObservation = (await stored(observationKey(name, 'b')))?.['ttl'];
    expect(sweptObservation).toBe(observation.at / 1000 + 86_400);
  });

  it('refuses an epoch of more than ten digits, which would sort wrongly', async () => {
    await expect(use().store.castVote(aVote(fresh(), 10_000_000_000, 'a'))).rejects.toThrow(RangeError);
  });
}

export function observationContract(use: Use): void {
  it('takes the newer incarnation over the older, and the same one again', async () => {
    const { store } = use();
    const name = fresh();
    const second = { ...anObservation(name, 'a', 5), seq: 2 };
    const third = anObservation(name, 'a', 6);
    expect(await store.putObservation(anObservation(name, 'a', 5))).toBe('written');
    expect(await store.putObservation(second)).toBe('written');
    expect((await store.readView(name)).observations).toEqual([second]);
    expect(await store.putObservation(third)).toBe('written');
    expect((await store.readView(name)).observations).toEqual([third]);
  });

  it('keeps the newer incarnation when the older one writes late', async () => {
    const { store } = use();
    const name = fresh();
    const newer = anObservation(name, 'a', 6);
    await store.putObservation(newer);
    expect(await store.putObservation({ ...anObservation(name, 'a', 5), seq: 99 })).toBe('superseded');
    expect((await store.readView(name)).observations).toEqual([newer]);
  });

  it('keeps what an incarnation said last when an earlier word of it comes late, and takes that one again', async () => {
    const { store } = use();
    const name = fresh();
    const last = { ...anObservation(name, 'a', 5), seq: 7 };
    await store.putObservation(last);
    expect(await store.putObservation({ ...last, seq: 6, subjectivelyDown: true })).toBe('superseded');
    expect(await store.putObservation(last)).toBe('written');
    expect((await store.readView(name)).observations).toEqual([last]);
    const next = { ...anObservation(name, 'a', 6), seq: 1 };
    expect(await store.putObservation(next)).toBe('written');
    expect((await store.readView(name)).observations).toEqual([next]);
  });
}
