import { randomUUID } from 'node:crypto';
import { MemorySealedSecrets } from '../../src/adapters/memory/sealed-secrets.ts';
import { MemoryStore } from '../../src/adapters/memory/store.ts';
import { storeContract } from './contract.ts';
import { Told } from './samples.ts';

storeContract('in memory', async () => {
  const told = new Told();
  const store = new MemoryStore({ newWriteId: randomUUID, telemetry: told });
  return {
    store,
    sealed: new MemorySealedSecrets(store),
    told,
    tellsTime: false,
    plant: async (item) => store.plant(item),
    stored: async (key) => store.stored(key),
    everything: async () => store.everything(),
    close: async () => {},
  };
});
