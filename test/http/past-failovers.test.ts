import { describe, expect, test } from 'vitest';
import type { RecordedEvent } from '../../src/core/model.ts';
import { failoversToldBy } from '../../src/http/past-failovers.ts';

/** A line each, as the transcripts have them; each a millisecond after the one before. */
function told(lines: string): RecordedEvent[] {
  return lines
    .trim()
    .split('\n')
    .map((line, i) => {
      const [by = '', type = '', ...payload] = line.trim().split(' ');
      return { seq: i + 1, at: i + 1, by, type, payload: payload.join(' ') };
    });
}

const SWITCHED = `
  a +odown master orders n1 6379 #quorum 2/2
  a +new-epoch 1
  a +try-failover master orders n1 6379
  a +vote-for-leader a 1
  b +elected-leader master orders n1 6379
  b +failover-state-select-slave master orders n1 6379
  b +selected-slave slave n2:6379 n2 6379 @ orders n1 6379
  b +promoted-slave slave n2:6379 n2 6379 @ orders n1 6379
  b +switch-master orders n1 6379 n2 6379
  b +slave slave n3:6379 n3 6379 @ orders n2 6379
  b +failover-end master orders n1 6379`;

const stood = (epoch: number) => [`  c +new-epoch ${epoch}`, '  c +try-failover master orders n1 6379'];

describe('the events of a failover', () => {
  test('that switched tell its way and its time line', () => {
    expect(failoversToldBy(told(SWITCHED))).toEqual([
      {
        epoch: 1,
        leader: 'b',
        from: 'n1:6379',
        to: 'n2:6379',
        outcome: 'switched',
        timeline: { odown: 1, started: 3, elected: 5, intended: 7, promoted: 8, switched: 9, ended: 11 },
      },
    ]);
  });

  test('that another leader resumed are one failover, in the later epoch', () => {
    const [first = [], then = []] = [SWITCHED.split('\n').slice(0, 8), SWITCHED.split('\n').slice(8)];
    const elected = '  c +elected-leader master orders n1 6379';
    const resumed = [...first, ...stood(2), elected, ...then];
    expect(failoversToldBy(told(resumed.join('\n')))).toMatchObject([
      {
        epoch: 2,
        leader: 'c',
        from: 'n1:6379',
        to: 'n2:6379',
        outcome: 'switched',
        timeline: { started: 3 },
      },
    ]);
  });

  test.each([
    ['that election was not won', [], ['  b -failover-abort-not-elected master orders n1 6379']],
    ['that election was under way when it was reset', ['  - +reset-master master orders n1 6379'], []],
  ])('that another sentinel meant to resume stay in their epoch: %s', (_, end, meanwhile) => {
    const [first, then] = [SWITCHED.split('\n').slice(0, 8), SWITCHED.split('\n').slice(8)];
    const lines = [...first, ...stood(2), ...meanwhile, ...(end.length > 0 ? end : then)];
    expect(failoversToldBy(told(lines.join('\n')))).toMatchObject([
      { epoch: 1, leader: 'b', from: 'n1:6379', outcome: end.length > 0 ? 'reset' : 'switched' },
    ]);
  });

  test('that aborted tell why, and no node that it went to', () => {
    const lines = [
      ...SWITCHED.split('\n').slice(0, 8),
      '  b -failover-abort-no-good-slave master orders n1 6379',
    ];
    const [failover] = failoversToldBy(told(lines.join('\n')));
    expect(failover).toMatchObject({ outcome: 'aborted: no good slave', timeline: { ended: 8 } });
    expect(failover).not.toHaveProperty('to');
  });

  test('tell of writes that were lost, and of replicas that were not reconfigured in time', () => {
    const lines = SWITCHED.replace(
      '  b +switch-master',
      '  b +failover-writes-lost master orders n1 6379 #42 bytes\n  b +switch-master',
    ).replace('  b +failover-end', '  b +failover-end-for-timeout master orders n1 6379\n  b +failover-end');
    expect(failoversToldBy(told(lines))).toMatchObject([
      { writesLost: 42, outcome: 'switched; some replicas were not reconfigured in time' },
    ]);
  });

  test('of which the first are missing are no failover, nor are those of one that is open', () => {
    const lines = SWITCHED.split('\n');
    expect(failoversToldBy(told(lines.slice(4).join('\n')))).toEqual([]);
    expect(failoversToldBy(told(lines.slice(0, -1).join('\n')))).toEqual([]);
  });

  test('of two failovers are two, and an O_DOWN that ended belongs to neither', () => {
    const second = SWITCHED.replaceAll('n1', 'n9')
      .replace('+new-epoch 1', '+new-epoch 2')
      .split('\n')
      .slice(2);
    const lines = [
      SWITCHED,
      '  a +odown master orders n2 6379',
      '  a -odown master orders n2 6379',
      ...second,
    ];
    const all = failoversToldBy(told(lines.join('\n')));
    expect(all.map(({ epoch, from }) => [epoch, from])).toEqual([
      [1, 'n1:6379'],
      [2, 'n9:6379'],
    ]);
    expect(all[1]?.timeline).not.toHaveProperty('odown');
  });

  test('of IPv6 nodes name them in brackets', () => {
    const lines = SWITCHED.replaceAll('n1 6379', 'fd00::1 6379').replaceAll('n2 6379', 'fd00::2 6379');
    expect(failoversToldBy(told(lines))).toMatchObject([{ from: '[fd00::1]:6379', to: '[fd00::2]:6379' }]);
  });
});
