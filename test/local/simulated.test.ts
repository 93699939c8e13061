import { unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import type { MasterState, SimulatedFailure } from '../../src/core/model.ts';
import { nodeId } from '../../src/core/model.ts';
import { nodeOf } from '../../src/local/rehearsal.ts';
import { functionNameOf } from '../../src/local/stack-functions.ts';
import { until } from '../../src/local/until.ts';
import { agreed, awaitEvent, converged, LIMIT_MS, startWatched } from './watched.ts';

const FAILURES: readonly {
  readonly what: string;
  readonly failure: SimulatedFailure;
  readonly step: string;
}[] = [
  { what: 'crash-after-election', failure: { crashAfterElection: true }, step: 'selecting' },
  { what: 'crash-after-promotion', failure: { crashAfterPromotion: true }, step: 'promoting' },
];

describe('a simulated failure', () => {
  for (const { what, failure, step } of FAILURES) {
    it(`${what} ends the leader's process with status 99, and another zone completes the failover`, {
      timeout: 120_000,
    }, async () => {
      const { stack, events, log, broken } = await startWatched();
      const [answer] = await stack.operator.simulateFailure(failure, stack.name);
      expect(answer).toMatchObject({ kind: 'done', changed: true });
      // the step at which the crash is spent, as the table had it: nothing is written after it by who crashed
      const spent = new Promise<MasterState>((resolve) => {
        const unsubscribe = stack.table.onWrite(({ key, item }) => {
          if (key.sk !== 'STATE' || !item) return;
          const state = unmarshall(item) as MasterState;
          if (state.simulate || !state.failover) return;
          unsubscribe();
          resolve(state);
        });
      });
      const before = await stack.state();
      const firstEvent = events.length;
      await nodeOf(stack, nodeId(before.master.address)).kill();
      const { failover } = await spent;
      const crashed = failover?.leader.sentinel ?? '';
      await until('the end of its process', () => log.some((line) => endedBy(line, crashed)), {
        timeoutMs: LIMIT_MS,
      });
      await awaitEvent(events, '+failover-end', firstEvent);
      const state = await converged(stack);

      expect(failover?.step).toBe(step);
      expect(state.lastFailover).toMatchObject({ outcome: 'switched' });
      expect(state.lastFailover?.leader).not.toBe(crashed);
      expect(state.configEpoch).toBe((failover?.epoch ?? Number.NaN) + 1);
      if (failover?.intent) expect(state.master.address).toEqual(failover.intent.node);
      expect(log.filter((line) => line.includes('exit status 99'))).not.toHaveLength(0);
      expect(new Set(log.flatMap((line) => (line.includes('ending this process') ? [line] : []))).size).toBe(
        1,
      );
      expect(agreed(events, firstEvent).filter((type) => type === '+switch-master')).toHaveLength(1);
      expect(broken()).toEqual([]);
    });
  }
});

function endedBy(line: string, zone: string): boolean {
  return line.startsWith(`${functionNameOf(zone)}[`) && line.includes('exit status 99');
}
