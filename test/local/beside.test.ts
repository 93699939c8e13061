import { unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { type MasterState, nodeId } from '../../src/core/model.ts';
import { nodeOf } from '../../src/local/rehearsal.ts';
import { until } from '../../src/local/until.ts';
import { converged, LIMIT_MS, startWatched, tell } from './watched.ts';

/** How much longer the second may take: it is seen at the pulse's pace, the first by an alert that is its own. */
const LATER_MS_MAX = 1500;
const NAMES = ['first', 'second'] as const;

describe('a second master that dies while the first fails over', () => {
  it('is served as fast', { timeout: 120_000 }, async () => {
    const { stack, events, broken } = await startWatched({
      name: 'first',
      beside: ['second'],
      pulseMs: 1000,
    });
    const second = nodeOf(stack, nodeId((await stack.state('second')).master.address));
    const killed = killWhile('first', 'selecting');
    const killedAt = [Date.now()];
    await nodeOf(stack, nodeId((await stack.state('first')).master.address)).kill();
    killedAt.push(await killed);
    await until('both switched', () => NAMES.every((name) => at(name, '+switch-master')), {
      timeoutMs: LIMIT_MS,
    });
    const states = [await converged(stack, 'first'), await converged(stack, 'second')];

    const moments = NAMES.map((name, i) => {
      const [sdown = Number.NaN, switched = Number.NaN] = [at(name, '+sdown'), at(name, '+switch-master')];
      return {
        sdown: sdown - (killedAt[i] ?? 0),
        fromSdown: switched - sdown,
        fromKill: switched - (killedAt[i] ?? 0),
      };
    });
    tell(
      'two masters: +sdown after the kill (first, second)',
      moments.map(({ sdown }) => sdown),
    );
    tell(
      'two masters: switch after +sdown (first, second)',
      moments.map(({ fromSdown }) => fromSdown),
    );
    tell(
      'two masters: switch after the kill (first, second)',
      moments.map(({ fromKill }) => fromKill),
    );
    // it died before the first had switched, and what it then went through is whole, each step after the one before
    expect(killedAt[1]).toBeLessThan(at('first', '+switch-master') ?? Number.NaN);
    for (const name of NAMES) {
      const order = [
        '+sdown',
        '+odown',
        '+new-epoch',
        '+elected-leader',
        '+selected-slave',
        '+promoted-slave',
        '+switch-master',
        '+failover-end',
      ];
      const moments = order.map((type) => at(name, type) ?? Number.NaN);
      expect(moments.toSorted((a, b) => a - b)).toEqual(moments);
    }
    for (const state of states) {
      expect(state.lastFailover).toMatchObject({ outcome: 'switched', kind: 'automatic' });
      expect(state.configEpoch).toBe(state.currentEpoch);
    }
    const [one, other] = moments;
    expect(other?.fromSdown).toBeLessThanOrEqual((one?.fromSdown ?? 0) + LATER_MS_MAX);
    expect(other?.fromKill).toBeLessThanOrEqual((one?.fromKill ?? 0) + LATER_MS_MAX);
    expect(broken()).toEqual([]);

    function at(name: string, type: string): number | undefined {
      return events.find((event) => event.type === type && event.master === name)?.at;
    }

    function killWhile(name: string, step: string): Promise<number> {
      return new Promise((resolve) => {
        const unsubscribe = stack.table.onWrite(async ({ key, item }) => {
          if (key.pk !== `MASTER#${name}` || key.sk !== 'STATE' || !item) return;
          if ((unmarshall(item) as MasterState).failover?.step !== step) return;
          unsubscribe();
          const now = Date.now();
          await second.kill();
          resolve(now);
        });
      });
    }
  });
});
