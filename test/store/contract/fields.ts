/** What every field of the model goes through: a round trip, and items from before it existed. */
import { expect, it } from 'vitest';
import type { Item } from '../../../src/adapters/dynamodb/codec.ts';
import { stateKey } from '../../../src/adapters/dynamodb/keys.ts';
import { PRESETS } from '../../../src/core/directives.ts';
import type { MasterState, PendingCommand } from '../../../src/core/model.ts';
import { anObservation, aSentinel, aState, aTombstone, aVote } from '../samples.ts';
import { create, fresh, type Use, written } from './under-test.ts';

export function fieldContract(use: Use): void {
  it('survives in a state that has every field there is', async () => {
    const { store } = use();
    const tombstone = aTombstone(fresh());
    const { rev, writeId } = written(await store.createState(tombstone));
    expect(await store.readState(tombstone.name)).toEqual({ ...tombstone, rev, writeId });
  });

  it('survives in a state that has only those it must have', async () => {
    const { store } = use();
    const least = leastState(fresh());
    const { rev, writeId } = written(await store.createState(least));
    expect(await store.readState(least.name)).toEqual({ ...least, rev, writeId });
  });

  it.each<PendingCommand>([
    { id: 'c', at: 1, by: 'operator', kind: 'resume' },
    { id: 'c', at: 1, by: 'operator', kind: 'failover', coordinated: false },
  ])('survives in the command %o', async (command) => {
    const { store } = use();
    const seen = await create(store, fresh());
    written(await store.compareAndSet(seen, { ...seen, command }));
    expect((await store.readState(seen.name))?.command).toEqual(command);
  });

  it('survives in observations, votes and heartbeats', async () => {
    const { store } = use();
    const name = fresh();
    const whole = anObservation(name, 'a', 1);
    const { tilt, limitation, conditions, lastValidAt, ...least } = { ...whole, sentinel: 'b' };
    for (const observation of [whole, least]) await store.putObservation(observation);
    await store.castVote(aVote(name, 7, 'a'));
    expect(await store.readView(name)).toEqual({
      state: undefined,
      observations: [whole, least],
      votes: [aVote(name, 7, 'a')],
    });
    const { alertUntil, ...heartbeat } = aSentinel(name, 1);
    expect(await store.putSentinel(heartbeat, 0)).toBe('written');
    expect(await store.readSentinel(name)).toEqual(heartbeat);
  });

  it.each(Object.keys(PRESETS) as (keyof typeof PRESETS)[])(
    'has its default in a state from before the directive %s',
    async (directive) => {
      const { store, plant } = use();
      const { [directive]: _unknownThen, ...directives } = aState('m').directives;
      const planted = { ...aState(fresh()), directives };
      await plant({ ...planted, ...stateKey(planted.name) });
      const read = await store.readState(planted.name);
      expect(read?.directives).toEqual({ ...directives, [directive]: PRESETS[directive] });
    },
  );

  it('is written into a state of the first version by its next rewrite', async () => {
    const { store, plant, stored } = use();
    const name = fresh();
    await plant(firstVersion(name));
    const seen = await store.readState(name);
    if (!seen) throw new Error('the planted state is not there');
    expect(seen).toEqual({
      ...aState(name),
      directives: { ...PRESETS, quorum: 2 },
      ...kindsOf('automatic', name),
    });
    expect((await store.readView(name)).state).toEqual(seen);
    const next = written(await store.compareAndSet(seen, { ...seen, currentEpoch: 8 }));
    expect(next).toEqual({ ...seen, currentEpoch: 8, rev: 2, writeId: next.writeId });
    expect(await stored(stateKey(name))).toEqual({ ...next, ...stateKey(name) });
  });

  it('is refused where it has no default and is missing: the quorum', async () => {
    const { store, plant } = use();
    const name = fresh();
    await plant({ ...aState(name), ...stateKey(name), directives: PRESETS });
    await expect(store.readState(name)).rejects.toThrow(/field directives\.quorum/);
  });
}

function leastState(name: string): MasterState {
  const { schema, rev, writeId, directives, currentEpoch, configEpoch, master, voters, events, lastSeq } =
    aState(name);
  return {
    ...{ schema, name, rev, writeId, currentEpoch, configEpoch, voters, events, lastSeq },
    directives: { ...PRESETS, quorum: directives.quorum },
    master: { address: master.address },
    replicas: {},
  };
}

/** A state from before any directive but the quorum, and before failovers had a kind. */
function firstVersion(name: string): Item {
  const { failover, lastFailover, ...state } = aState(name);
  const { kind: _open, ...failoverThen } = failover;
  const { kind: _ended, ...lastFailoverThen } = lastFailover;
  return {
    ...{ ...state, ...stateKey(name) },
    directives: { quorum: 2 },
    failover: failoverThen,
    lastFailover: lastFailoverThen,
  };
}

function kindsOf(kind: 'automatic', name: string) {
  const { failover, lastFailover } = aState(name);
  return { failover: { ...failover, kind }, lastFailover: { ...lastFailover, kind } };
}
