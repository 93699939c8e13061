import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aboutMaster, aboutReplica, aboutSentinel, record, switchMaster } from '../../src/core/events.ts';
import { EVENTS_KEPT } from '../../src/core/model.ts';
import { aState, at, MIDNIGHT, N1, N2 } from './samples.ts';

describe('payloads are what Sentinel’s clients split on spaces', () => {
  const V6 = { host: 'fd00::2', port: 6379 };
  test.each([
    [
      '+odown',
      aboutMaster('+odown', 'mymaster', N1, '#quorum 2/2'),
      'master mymaster 10.0.0.1 6379 #quorum 2/2',
    ],
    ['+sdown', aboutMaster('+sdown', 'mymaster', N1), 'master mymaster 10.0.0.1 6379'],
    [
      '+slave',
      aboutReplica('+slave', 'mymaster', N1, N2),
      'slave 10.0.0.2:6379 10.0.0.2 6379 @ mymaster 10.0.0.1 6379',
    ],
    [
      '+slave',
      aboutReplica('+slave', 'mymaster', N1, V6),
      'slave [fd00::2]:6379 fd00::2 6379 @ mymaster 10.0.0.1 6379',
    ],
    ['+sentinel', aboutSentinel('+sentinel', 'mymaster', N1, 'a'), 'sentinel a @ mymaster 10.0.0.1 6379'],
    ['+switch-master', switchMaster('mymaster', N1, N2), 'mymaster 10.0.0.1 6379 10.0.0.2 6379'],
  ])('%s', (type, happening, payload) => {
    expect(happening).toEqual({ type, payload });
  });
});

describe('the event log', () => {
  test('numbers what happened, says when and by whom, and changes nothing else', () => {
    const before = aState({ lastSeq: 41 });
    const after = record(before, 'b', at(7), [
      { type: '+new-epoch', payload: '5' },
      { type: '+vote-for-leader', payload: 'b 5' },
    ]);
    expect(after).toEqual({
      ...before,
      lastSeq: 43,
      events: [
        { seq: 42, at: MIDNIGHT + 7, by: 'b', type: '+new-epoch', payload: '5' },
        { seq: 43, at: MIDNIGHT + 7, by: 'b', type: '+vote-for-leader', payload: 'b 5' },
      ],
    });
    expect(before.events).toEqual([]);
  });

  test('keeps the last 32, numbered without a gap, however they come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 20 }), (batches) => {
        let state = aState();
        for (const count of batches) {
          state = record(
            state,
            'a',
            at(0),
            Array.from({ length: count }, () => ({ type: '+x', payload: '' })),
          );
        }
        const total = batches.reduce((sum, count) => sum + count, 0);
        const kept = Math.min(total, EVENTS_KEPT);
        expect(state.lastSeq).toBe(total);
        expect(state.events.map(({ seq }) => seq)).toEqual(
          Array.from({ length: kept }, (_, i) => total - kept + 1 + i),
        );
      }),
    );
    expect(EVENTS_KEPT).toBe(32);
  });
});
