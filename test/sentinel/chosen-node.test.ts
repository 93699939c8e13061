/** The node of an intent restarts while that is being written: what it came back with is not to become everybody's data. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MasterState, sameAddress } from '../../src/core/model.ts';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { type Fixture, later, PATIENTLY, startFixture } from './fixture.ts';
import { watched } from './group.ts';

let fixture: Fixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(async () => {
  await fixture.end();
});

const KEYS = 5000;
/** A replica that asks for everything again waits for others to join, as by Redis' default: time in which to be wrong. */
const config = { 'repl-diskless-sync-delay': '2' };
const keysOf = (node: RedisServer) => node.client().dbsize();

async function filled(replicas: number) {
  const group = await watched(fixture, { replicas, config });
  const pipeline = group.master.client().pipeline();
  for (let i = 0; i < KEYS; i++) pipeline.set(`k${i}`, 'x'.repeat(100));
  await pipeline.exec();
  for (const node of group.replicas) {
    await until('the data', async () => (await keysOf(node)) === KEYS, PATIENTLY);
  }
  await group.zone.invoke(true, later());
  return group;
}

/** Between the effect of the first intent's write and its answer. @returns what has restarted by then */
function restartTheChosen(nodes: readonly RedisServer[], prepare?: (node: RedisServer) => Promise<void>) {
  const restarted: RedisServer[] = [];
  fixture.table.onWrite(async ({ key, item }) => {
    if (restarted.length > 0 || key.sk !== 'STATE' || !item) return;
    const { failover } = unmarshall(item) as MasterState;
    const chosen = nodes.find(
      ({ address }) => failover?.intent && sameAddress(address, failover.intent.node),
    );
    if (!chosen) return;
    restarted.push(chosen);
    await chosen.kill();
    await prepare?.(chosen);
    await chosen.restart();
  });
  return restarted;
}

const over = async () => {
  const { failover, command, lastFailover } = await fixture.stateOf();
  return !failover && !command && lastFailover !== undefined;
};

async function namedMaster(nodes: readonly RedisServer[]): Promise<RedisServer> {
  const { master } = await fixture.stateOf();
  const named = nodes.find(({ address }) => sameAddress(address, master.address));
  if (!named) throw new Error('the master is none of the nodes');
  return named;
}

it('of a failover: another replica, which has everything, is promoted', { timeout: 60_000 }, async () => {
  const { master, replicas, zone } = await filled(2);
  const restarted = restartTheChosen(replicas);
  await master.kill();
  fixture.pulsing(zone);
  await until('the end of the failover', over, PATIENTLY);
  const named = await namedMaster(replicas);
  expect(restarted).toHaveLength(1);
  expect(restarted).not.toContain(named);
  expect(await keysOf(named)).toBe(KEYS);
});

describe('of a hand-over', () => {
  it.each([
    ['as a replica', undefined],
    [
      'as a master',
      async ({ dir }: RedisServer) => {
        const file = join(dir, 'redis.conf');
        await writeFile(file, (await readFile(file, 'utf8')).replace(/^replicaof .*$/m, ''));
      },
    ],
  ] as const)(
    '%s: the old master keeps its data and is the master',
    { timeout: 60_000 },
    async (_, prepare) => {
      const { master, replica, zone } = await filled(1);
      const restarted = restartTheChosen([replica], prepare);
      await fixture.operator.failover('mymaster', { id: 'one', coordinated: true }, 'test');
      await zone.invoke(true, later());
      fixture.pulsing(zone);
      await until('the end of the failover', over, PATIENTLY);
      expect(restarted).toEqual([replica]);
      expect(await namedMaster([master, replica])).toBe(master);
      expect(await keysOf(master)).toBe(KEYS);
    },
  );
});
