import { expect, it } from 'vitest';
import { directoryKey } from '../../../src/adapters/dynamodb/keys.ts';
import { aTombstone } from '../samples.ts';
import { create, fresh, type Use, written } from './under-test.ts';

export function directoryContract(use: Use): void {
  it('enters a name and takes it out, either of them twice as well as once', async () => {
    const { store } = use();
    const name = fresh();
    for (const listed of [false, true, true, false, false, true]) {
      await store.setListed(name, listed);
      expect((await store.names()).includes(name)).toBe(listed);
    }
  });

  it('leaves the state and the other names alone', async () => {
    const { store } = use();
    const [gone, other] = [await create(store, fresh()), await create(store, fresh())];
    await store.setListed(gone.name, false);
    expect(await store.readState(gone.name)).toEqual(gone);
    expect(await store.names()).toContain(other.name);
    expect(await store.names()).not.toContain(gone.name);
  });

  it('keeps what a later version put into an entry', async () => {
    const { store, plant, stored } = use();
    const entry = { ...directoryKey(fresh()), since: 7 };
    await plant(entry);
    await store.setListed(entry.sk, true);
    expect(await stored(entry)).toEqual(entry);
  });

  it('shows a tombstone to who reads it by its name, and goes on from it', async () => {
    const { store } = use();
    const seen = await create(store, fresh());
    const { name } = seen;
    const tombstone = written(await store.compareAndSet(seen, { ...aTombstone(name), schema: seen.schema }));
    await store.setListed(name, false);
    expect(tombstone.removed).toBe(aTombstone(name).removed);
    expect(await store.readState(name)).toEqual(tombstone);
    expect((await store.readView(name)).state).toEqual(tombstone);
    expect(await store.names()).not.toContain(name);
    const { removed: _gone, ...back } = tombstone;
    const again = written(await store.compareAndSet(tombstone, back));
    expect(again).toMatchObject({ rev: 3, currentEpoch: seen.currentEpoch });
    expect(await store.readState(name)).not.toHaveProperty('removed');
  });

  it('does not list a name whose creation a tombstone refused', async () => {
    const { store } = use();
    const tombstone = written(await store.createState(aTombstone(fresh())));
    const refused = await store.createState({ ...tombstone, currentEpoch: 0 });
    expect(refused).toEqual({ kind: 'refused', found: tombstone });
    expect(await store.names()).not.toContain(tombstone.name);
  });
}
