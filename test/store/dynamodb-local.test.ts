import { describe, expect, it } from 'vitest';
import { ensureDynamoDbLocal } from '../../scripts/dynamodb-local.mjs';
import { startDynamoDbLocal } from '../../src/local/dynamodb-local.ts';
import { Processes } from '../../src/local/processes.ts';
import { storeContract } from './contract.ts';
import { storeUnderTest } from './tables.ts';

const found = ensureDynamoDbLocal();

if ('dir' in found) {
  storeContract('on DynamoDB Local', async () => {
    const processes = new Processes();
    try {
      const { port } = await startDynamoDbLocal(found.dir, processes);
      return await storeUnderTest(port, processes);
    } catch (error) {
      await processes.end();
      throw error;
    }
  });
} else {
  const required = process.env['LAMBDA_SENTINEL_REQUIRE_ALL'] === '1';
  if (!required) console.warn(`SKIPPED: the store on DynamoDB Local: ${found.missing}`);
  describe('the state store on DynamoDB Local', () => {
    it.skipIf(!required)('keeps the contract of every store', () => {
      expect.fail(`DynamoDB Local is required and missing: ${found.missing}`);
    });
  });
}
