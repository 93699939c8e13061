import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { aState } from '../samples.ts';
import { create, fresh, type Use, written } from './under-test.ts';

export function stateContract(use: Use): void {
  it('knows nothing of a name that was never created', async () => {
    const { store } = use();
    expect(await store.readState('nobody')).toBeUndefined();
    expect(await store.readView('nobody')).toEqual({ state: undefined, observations: [], votes: [] });
  });

  it('creates a state with rev 1 and a writeId of its own, and reads it back whole', async () => {
    const { store } = use();
    const name = fresh();
    const state = written(await store.createState({ ...aState(name), rev: 99 }));
    expect(state.rev).toBe(1);
    expect(state.writeId).not.toBe('not-yet-written');
    expect(state).toEqual({ ...aState(name), rev: 1, writeId: state.writeId });
    expect(await store.readState(name)).toEqual(state);
  });

  it('refuses to create what exists, tells what is there and leaves it alone', async () => {
    const { store } = use();
    const first = await create(store, fresh());
    const second = await store.createState({ ...first, currentEpoch: 0 });
    expect(second).toEqual({ kind: 'refused', found: first });
    expect(await store.readState(first.name)).toEqual(first);
  });

  it('lists the created names in order', async () => {
    const { store } = use();
    const names = ['order-c', 'order-a', 'order-b', 'Order-a'].map((name) => `${name}-${randomUUID()}`);
    for (const name of names) await create(store, name);
    const listed = (await store.names()).filter((name) => names.includes(name));
    expect(listed).toEqual([...names].sort());
    const all = await store.names();
    expect(all).toEqual([...all].sort());
  });

  it('replaces the state that was seen, with the next rev and a new writeId', async () => {
    const { store } = use();
    const { failover: _ended, ...seen } = await create(store, fresh());
    const next = written(await store.compareAndSet(seen, { ...seen, currentEpoch: 8 }));
    expect(next).toEqual({ ...seen, currentEpoch: 8, rev: 2, writeId: next.writeId });
    expect(next.writeId).not.toBe(seen.writeId);
    const read = await store.readState(seen.name);
    expect(read).toEqual(next);
    expect(read && 'failover' in read).toBe(false);
  });

  it('refuses a change decided from an older state and tells what stands', async () => {
    const { store } = use();
    const seen = await create(store, fresh());
    const winner = written(await store.compareAndSet(seen, { ...seen, currentEpoch: 8 }));
    const loser = await store.compareAndSet(seen, { ...seen, currentEpoch: 9 });
    expect(loser).toEqual({ kind: 'refused', found: winner });
    expect(await store.readState(seen.name)).toEqual(winner);
  });

  it('refuses when the rev is equal but another write made it', async () => {
    const { store } = use();
    const seen = await create(store, fresh());
    const outcome = await store.compareAndSet({ ...seen, writeId: 'another' }, { ...seen, currentEpoch: 8 });
    expect(outcome).toEqual({ kind: 'refused', found: seen });
  });

  it('refuses to change what does not exist, and creates nothing by it', async () => {
    const { store } = use();
    const seen = { ...aState(fresh()), rev: 3, writeId: 'w' };
    expect(await store.compareAndSet(seen, seen)).toEqual({ kind: 'refused' });
    expect(await store.readState(seen.name)).toBeUndefined();
  });

  it('lets exactly one of ten racers win, in every one of 50 rounds', async () => {
    const { store } = use();
    let seen = await create(store, fresh());
    for (let round = 0; round < 50; round++) {
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, racer) => store.compareAndSet(seen, { ...seen, lastSeq: racer })),
      );
      const winners = outcomes.filter(({ kind }) => kind === 'written');
      expect(winners).toHaveLength(1);
      const standing = await store.readState(seen.name);
      expect(winners[0]).toEqual({ kind: 'written', state: standing });
      expect(standing?.rev).toBe(seen.rev + 1);
      seen = standing ?? seen;
    }
  });

  it('never writes what no reader could read', async () => {
    const { store } = use();
    const seen = await create(store, fresh());
    const broken = { ...seen, currentEpoch: Number.NaN };
    await expect(store.compareAndSet(seen, broken)).rejects.toThrow(/currentEpoch/);
    expect(await store.readState(seen.name)).toEqual(seen);
  });
}
