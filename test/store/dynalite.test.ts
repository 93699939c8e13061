import { Processes } from '../../src/local/processes.ts';
import { storeContract } from './contract.ts';
import { startDynalite, storeUnderTest } from './tables.ts';

storeContract('on dynalite', async () => {
  const processes = new Processes();
  try {
    return await storeUnderTest(await startDynalite(processes), processes);
  } catch (error) {
    await processes.end();
    throw error;
  }
});
