/** A sentinel that was frozen for longer than two pulses, on AWS' own runtime: nobody looked, and that is all. */
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisServer } from '../../src/local/redis-server.ts';
import { until } from '../../src/local/until.ts';
import { onLambdasRuntime } from './on-lambdas-runtime.ts';
import { PULSE_MS } from './settings.ts';
import { LIMIT_MS, Stage } from './stage.ts';

const DOWN_AFTER_MS = 2 * PULSE_MS;
const FROZEN_MS = 3 * PULSE_MS;

onLambdasRuntime('a sentinel frozen by Lambda', (entry) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start({ entry });
    await stage.enter({ quorum: 1, 'down-after-milliseconds': DOWN_AFTER_MS });
  }, LIMIT_MS);
  afterAll(() => stage?.end());
  beforeEach(() => stage.tellWhenFailed());

  test.each([
    ['with its connections as they were', async () => {}],
    ['whose nodes closed its connections meanwhile', async () => closeConnections()],
    ['whose table closes its connection on the first request', async () => breakTableOnce()],
  ])('%s finds nobody down, in the same process', async (_, meanwhile) => {
    await stage.looked('sentinel-a', { kind: 'pulse' });
    const [environment] = stage.lambda.environments('sentinel-a');
    const pid = environment?.pid ?? 0;
    const events = [{ kind: 'pulse' }, { kind: 'wake', reason: 'test' }];
    for (const event of events) {
      await until(
        `a ${event.kind} after the freeze that finds nothing amiss at its first look`,
        async () => {
          await meanwhile();
          expect(await stateOf(pid)).toBe('T');
          await wait(FROZEN_MS);
          const { outcome } = await stage.answerOf('sentinel-a', event);
          return outcome === 'calm' || outcome === 'settled';
        },
        { timeoutMs: LIMIT_MS },
      );
    }
    expect(stage.lambda.environments('sentinel-a')).toEqual([environment]);
    expect(stage.events.filter(({ type }) => /[so]down|failover|switch/.test(type))).toEqual([]);
    for (const node of stage.around.nodes) expect(await connectionsOf(node)).not.toEqual([]);
  });

  async function closeConnections(): Promise<void> {
    for (const node of stage.around.nodes) {
      const client = node.client();
      for (const id of await connectionsOf(node)) await client.client('KILL', 'ID', id);
      client.disconnect();
      expect(await connectionsOf(node)).toEqual([]);
    }
  }

  async function breakTableOnce(): Promise<void> {
    stage.around.table.fault({ caller: 'sentinel-a', times: 1, fault: { kind: 'cut' } });
  }
});

/** `T` is stopped. */
async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.charAt(stat.lastIndexOf(')') + 2);
}

/** The ids of the connections that a sentinel holds. */
async function connectionsOf(node: RedisServer): Promise<string[]> {
  const client = node.client();
  try {
    const listed = (await client.client('LIST')) as string;
    const ours = listed.split('\n').filter((line) => line.includes(' name=lambda-sentinel '));
    return ours.flatMap((line) => /\bid=(\d+)/.exec(line)?.[1] ?? []);
  } finally {
    client.disconnect();
  }
}
