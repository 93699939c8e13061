import { expect, it } from 'vitest';
import { observationKey, sentinelKey, stateKey } from '../../../src/adapters/dynamodb/keys.ts';
import { Unreadable } from '../../../src/ports.ts';
import { anObservation, aSentinel, aState } from '../samples.ts';
import { create, fresh, type Use, written } from './under-test.ts';

export function versionContract(use: Use): void {
  it("refuses a newer major version's state in every operation, and does not rewrite it", async () => {
    const { store, plant, stored } = use();
    const name = fresh();
    const seen = await create(store, name);
    const newer = { ...seen, ...stateKey(name), writeId: 'newer', schema: { major: 2, minor: 1 } };
    await plant(newer);
    const naming = /STATE.*schema\.major.*2\.1.*1\.0/;
    await expect(store.readState(name)).rejects.toThrow(naming);
    await expect(store.readView(name)).rejects.toThrow(Unreadable);
    await expect(store.compareAndSet(seen, seen)).rejects.toThrow(Unreadable);
    await expect(store.createState(seen)).rejects.toThrow(Unreadable);
    expect(await stored(stateKey(name))).toEqual(newer);
  });

  it("refuses to overwrite a newer major version's observation and heartbeat", async () => {
    const { store, plant, stored } = use();
    const name = fresh();
    const schema = { major: 2, minor: 0 };
    const observation = { ...anObservation(name, 'a', 1), ...observationKey(name, 'a'), schema };
    const sentinel = { ...aSentinel(name, 1), ...sentinelKey(name), schema };
    await plant(observation);
    await plant(sentinel);
    await expect(store.putObservation(anObservation(name, 'a', 2))).rejects.toThrow(Unreadable);
    await expect(store.putSentinel(aSentinel(name, 2), 1)).rejects.toThrow(Unreadable);
    expect(await stored(observationKey(name, 'a'))).toEqual(observation);
    expect(await stored(sentinelKey(name))).toEqual(sentinel);
  });

  it("keeps a newer minor version's fields through a rewrite, at every depth", async () => {
    const { store, plant, stored } = use();
    const name = fresh();
    const seen = await create(store, name);
    await plant({
      ...seen,
      ...stateKey(name),
      schema: { major: 1, minor: 5 },
      motto: { of: ['the', { later: 'version' }] },
      directives: { ...seen.directives, preferZone: 'b' },
      master: { ...seen.master, address: { ...seen.master.address, zone: 'a' } },
      events: seen.events.map((event) => ({ ...event, trace: 42 })),
    });
    const read = await store.readState(name);
    written(await store.compareAndSet(read ?? seen, { ...(read ?? seen), currentEpoch: 8 }));
    expect(await stored(stateKey(name))).toMatchObject({
      rev: 2,
      currentEpoch: 8,
      schema: { major: 1, minor: 5 },
      motto: { of: ['the', { later: 'version' }] },
      directives: { preferZone: 'b', quorum: 2 },
      master: { address: { zone: 'a', host: '10.0.0.1' } },
      events: [{ trace: 42, seq: 1 }],
    });
  });

  it('refuses a state whose fields are missing or out of range, naming the field', async () => {
    const { store, plant } = use();
    const name = fresh();
    const { voters: _missing, ...withoutVoters } = aState(name);
    await plant({ ...withoutVoters, ...stateKey(name) });
    await expect(store.readState(name)).rejects.toThrow(/field voters/);
    await plant({ ...aState(name), ...stateKey(name), master: { address: { host: 'h', port: 0 } } });
    await expect(store.readState(name)).rejects.toThrow(/field master\.address\.port/);
  });
}
