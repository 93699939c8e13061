/** A coordinated failover interrupted at each of its steps: it converges, loses nothing, leaves nobody paused. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FailoverStep, type MasterState, nodeId } from '../../src/core/model.ts';
import { nodeOf } from '../../src/local/rehearsal.ts';
import { functionNameOf } from '../../src/local/stack-functions.ts';
import { until } from '../../src/local/until.ts';
import { Writers } from '../../src/local/writers.ts';
import { killZone } from './kills.ts';
import {
  agreed,
  ask,
  converged,
  expectNobodyPaused,
  HELD_BACK,
  LIMIT_MS,
  startWatched,
  type Watched,
  writeTo,
} from './watched.ts';

interface Moment {
  readonly leader: string;
  readonly old: string;
  readonly to: string;
}

interface Interruption {
  readonly what: string;
  /** When the write that takes this step has taken effect, and before its writer knows. */
  readonly at: FailoverStep;
  /** The leader's next write is kept from the table until the old master holds its writers back: then. */
  readonly whilePaused?: boolean;
  readonly strike: (watched: Watched, moment: Moment) => Promise<void>;
  readonly outcome: RegExp;
  /** The node that is the master in the end. */
  readonly master: 'old' | 'new' | 'any';
  /** Ends what was struck without a kill. */
  readonly after?: (watched: Watched, moment: Moment) => void;
  readonly event?: string;
}

const killLeader: Interruption['strike'] = ({ stack }, { leader }) => killZone(stack, leader);
const killOld: Interruption['strike'] = ({ stack }, { old }) => nodeOf(stack, old).kill();
const killNew: Interruption['strike'] = ({ stack }, { to }) => nodeOf(stack, to).kill();
const stopNew: Interruption['strike'] = ({ stack }, { to }) => nodeOf(stack, to).stop();
const wakeNew: Interruption['after'] = ({ stack }, { to }) => nodeOf(stack, to).cont();

const INTERRUPTIONS: readonly Interruption[] = [
  {
    ...{ what: 'the leader killed before it paused anybody', at: 'handing over', strike: killLeader },
    ...{ outcome: /its leader died/, master: 'old', event: '-failover-abort-master-timeout' },
  },
  {
    ...{ what: 'the leader killed when it had paused the old master', at: 'handing over' },
    ...{ strike: killLeader, whilePaused: true, outcome: /its leader died|^switched$/, master: 'any' },
  },
  {
    ...{ what: 'the leader killed at its intent', at: 'promoting', strike: killLeader },
    ...{ outcome: /^switched$/, master: 'new', event: '+failover-end' },
  },
  {
    ...{ what: 'the leader killed at its switch', at: 'reconfiguring', strike: killLeader },
    ...{ outcome: /^switched$/, master: 'new', event: '+failover-end' },
  },
  {
    ...{
      what: 'the old master killed under its pause',
      at: 'handing over',
      strike: killOld,
      whilePaused: true,
    },
    ...{ outcome: /./, master: 'any' },
  },
  {
    ...{ what: 'the old master killed at the intent', at: 'promoting', strike: killOld },
    ...{ outcome: /^switched/, master: 'new', event: '+failover-end' },
  },
  {
    ...{ what: 'the new master killed at the intent', at: 'promoting', strike: killNew },
    ...{ outcome: /^switched/, master: 'any', event: '+failover-end' },
  },
  {
    ...{ what: 'the new master hung before the pause', at: 'handing over', strike: stopNew, after: wakeNew },
    ...{ outcome: /out of reach|did not come equal/, master: 'old' },
  },
  {
    ...{ what: 'the new master hung at the intent', at: 'promoting', strike: stopNew, after: wakeNew },
    ...{ outcome: /^switched/, master: 'any', event: '+failover-end' },
  },
];

describe('a coordinated failover that is interrupted converges and leaves nobody paused', () => {
  for (const interruption of INTERRUPTIONS) {
    it(interruption.what, { timeout: 150_000 }, async () => {
      const watched = await startWatched();
      const { stack, events, broken } = watched;
      const writers = new Writers(stack.readUrl, stack.name, 5);
      onTestFinished(() => writers.end());
      await writers.start();
      await until('writes', async () => (await writers.acknowledged()) > 50, { timeoutMs: LIMIT_MS });
      const firstEvent = events.length;
      const struck = arm(watched, interruption);
      await ask(stack, true);
      const moment = await struck;
      const state = await until(
        'the end of the failover',
        async () => {
          const now = await stack.state();
          return now.lastFailover && !now.failover && !now.election ? now : undefined;
        },
        { timeoutMs: 2 * LIMIT_MS },
      );
      interruption.after?.(watched, moment);
      const whole = await converged(stack);
      await expectNobodyPaused(stack, whole);
      const master = nodeId(whole.master.address);
      await until(
        'a client that writes again',
        async () => (await writers.writingTo(master, Date.now() - 100)) > 0,
        {
          timeoutMs: LIMIT_MS,
        },
      );
      await writers.stop();

      expect(state.lastFailover?.outcome).toMatch(interruption.outcome);
      if (interruption.master === 'old') expect(master).toBe(moment.old);
      if (interruption.master === 'new') expect(master).toBe(moment.to);
      if (interruption.event) expect(agreed(events, firstEvent)).toContain(interruption.event);
      expect(await writers.lostAt(whole.master.address)).toBe(0);
      expect(broken()).toEqual([]);
    });
  }
});

/** Strikes once. */
function arm(watched: Watched, { at, strike, whilePaused }: Interruption): Promise<Moment> {
  const { promise, resolve, reject } = Promise.withResolvers<Moment>();
  const unsubscribe = watched.stack.table.onWrite(async ({ key, item }) => {
    if (key.sk !== 'STATE' || !item) return;
    const { failover } = unmarshall(item) as MasterState;
    if (failover?.step !== at || !failover.target) return;
    unsubscribe();
    const { leader, oldMaster, target } = failover;
    const moment = { leader: leader.sentinel, old: nodeId(oldMaster), to: nodeId(target) };
    const strikeNow = () => strike(watched, moment).then(() => resolve(moment));
    if (whilePaused) void oncePaused(watched, moment, strikeNow).catch(reject);
    else await strikeNow();
  });
  return promise;
}

async function oncePaused({ stack }: Watched, { leader, old }: Moment, strike: () => Promise<void>) {
  const clear = stack.table.fault({
    ...{ caller: functionNameOf(leader), sk: 'STATE', operation: 'PutItem' },
    fault: { kind: 'delay', delayMs: 1500 },
  });
  try {
    await until('the pause', async () => (await writeTo(nodeOf(stack, old))) === HELD_BACK, {
      timeoutMs: LIMIT_MS,
    });
    await strike();
  } finally {
    clear();
  }
}
