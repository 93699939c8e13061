import { expect, it } from 'vitest';
import { observationKey, sentinelKey, stateKey, voteKey } from '../../../src/adapters/dynamodb/keys.ts';
import { Unreadable } from '../../../src/ports.ts';
import { anObservation, aSentinel, aVote } from '../samples.ts';
import { create, fresh, type Use } from './under-test.ts';

export function viewContract(use: Use): void {
  it('holds the state, the observations and the votes of its master, and nothing of another', async () => {
    const { store } = use();
    const name = fresh();
    const state = await create(store, name);
    const observations = ['a', 'b', 'c'].map((sentinel) => anObservation(name, sentinel, 1));
    const votes = ['a', 'b', 'c'].map((sentinel) => aVote(name, 7, sentinel));
    const other = `${name}.other`;
    await create(store, other);
    await store.castVote(aVote(other, 7, 'a'));
    for (const observation of observations) await store.putObservation(observation);
    for (const vote of votes) await store.castVote(vote);
    expect(await store.readView(name)).toEqual({ state, observations, votes });
  });

  it('is whole when it is larger than one page of a query (1 MB)', async () => {
    const { store } = use();
    const name = fresh();
    const state = await create(store, name);
    const ids = Array.from({ length: 30 }, (_, i) => `zone-${10 + i}`);
    const detail = 'x'.repeat(45_000);
    await Promise.all(ids.map((id) => store.putObservation({ ...anObservation(name, id, 1), detail })));
    await store.castVote(aVote(name, 7, 'zone-10'));
    const view = await store.readView(name);
    expect(view.observations.map(({ sentinel }) => sentinel)).toEqual(ids);
    expect(view.state).toEqual(state);
    expect(view.votes).toHaveLength(1);
  });

  it('passes over what it cannot read of one sentinel, and says so once', async () => {
    const { store, told, plant } = use();
    const name = fresh();
    const state = await create(store, name);
    const good = anObservation(name, 'b', 1);
    await store.putObservation(good);
    await plant({ ...anObservation(name, 'a', 1), ...observationKey(name, 'a'), health: 'green' });
    await plant({
      ...anObservation(name, 'c', 1),
      ...observationKey(name, 'c'),
      schema: { major: 2, minor: 0 },
    });
    await plant({ ...aVote(name, 7, 'a'), ...voteKey(name, 7, 'b') });
    told.lines.length = 0;
    for (let i = 0; i < 3; i++) {
      expect(await store.readView(name)).toEqual({ state, observations: [good], votes: [] });
    }
    const { pk } = stateKey(name);
    expect(told.lines).toEqual([
      { level: 'warn', fields: { key: `${pk} OBS#a`, reason: expect.stringContaining('health') } },
      { level: 'warn', fields: { key: `${pk} OBS#c`, reason: expect.stringContaining('2.0') } },
      {
        level: 'warn',
        fields: { key: `${pk} VOTE#0000000007#b`, reason: expect.stringContaining('belong to') },
      },
    ]);
  });

  it('does not let one unreadable heartbeat hide the others', async () => {
    const { store, plant } = use();
    const [bad, good] = [`a-${fresh()}`, `b-${fresh()}`];
    await plant({ ...aSentinel(bad, 1), ...sentinelKey(bad), incarnation: 'one' });
    await store.putSentinel(aSentinel(good, 1), 0);
    const read = await store.readSentinels();
    expect(read).toContainEqual(aSentinel(good, 1));
    expect(read.map(({ sentinel }) => sentinel)).not.toContain(bad);
    await expect(store.readSentinel(bad)).rejects.toThrow(Unreadable);
  });
}
