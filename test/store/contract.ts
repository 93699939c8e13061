/** What every state store promises: run against the one in memory, dynalite and AWS' DynamoDB Local. */
import { afterAll, beforeAll, describe } from 'vitest';
import { clockContract } from './contract/clock.ts';
import { directoryContract } from './contract/directory.ts';
import { fieldContract } from './contract/fields.ts';
import { secretContract } from './contract/secrets.ts';
import { sentinelContract } from './contract/sentinels.ts';
import { stateContract } from './contract/states.ts';
import type { StoreUnderTest } from './contract/under-test.ts';
import { versionContract } from './contract/versions.ts';
import { viewContract } from './contract/views.ts';
import { observationContract, voteContract } from './contract/votes.ts';

export function storeContract(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`the state store ${name}`, () => {
    let table: StoreUnderTest | undefined;
    const use = (): StoreUnderTest => {
      if (!table) throw new Error('the store was not started');
      return table;
    };
    beforeAll(async () => {
      table = await makeStore();
    });
    afterAll(() => table?.close());

    describe('creating and changing a state', () => stateContract(use));
    describe('the directory', () => directoryContract(use));
    describe('votes', () => voteContract(use));
    describe('observations', () => observationContract(use));
    describe('sentinels', () => sentinelContract(use));
    describe('a view', () => viewContract(use));
    describe('versions', () => versionContract(use));
    describe('fields', () => fieldContract(use));
    describe('the clock', () => clockContract(use));
    describe('secrets', () => secretContract(use));
  });
}
