import { describe, expect, test } from 'vitest';
import { checkQuorum, heartbeatMs } from '../../src/core/quorum-check.ts';
import { aState, at } from './samples.ts';

const NOW = at(1_000_000);
const HEARTBEAT_MS = heartbeatMs(1000);

function check(quorum: number, voters: readonly string[], ageMs: Readonly<Record<string, number>>) {
  const state = aState({ voters, directives: { ...aState().directives, quorum } });
  const records = Object.entries(ageMs).map(([sentinel, age]) => ({
    sentinel,
    incarnation: 1,
    at: NOW.wall - age,
  }));
  return checkQuorum(state, records, NOW, HEARTBEAT_MS);
}

const QUORUM = 'Not enough available Sentinels to reach the specified quorum for this master';
const MAJORITY = 'Not enough available Sentinels to reach the majority and authorize a failover';

describe('CKQUORUM', () => {
  test.each([
    [
      'all live',
      2,
      ['a', 'b', 'c'],
      { a: 0, b: 0, c: 0 },
      'OK 3 usable Sentinels. Quorum and failover authorization can be reached',
    ],
    [
      'two of three live',
      2,
      ['a', 'b', 'c'],
      { a: 0, b: 0 },
      'OK 2 usable Sentinels. Quorum and failover authorization can be reached',
    ],
    [
      'a quorum of all, one gone',
      3,
      ['a', 'b', 'c'],
      { a: 0, b: 0 },
      `NOQUORUM 2 usable Sentinels. ${QUORUM}`,
    ],
    ['a quorum of one, two gone', 1, ['a', 'b', 'c'], { a: 0 }, `NOQUORUM 1 usable Sentinels. ${MAJORITY}`],
    [
      'both out of reach',
      2,
      ['a', 'b', 'c'],
      { a: 0 },
      `NOQUORUM 1 usable Sentinels. ${QUORUM}. ${MAJORITY}`,
    ],
    [
      'a quorum above the number of voters',
      4,
      ['a', 'b', 'c'],
      { a: 0, b: 0, c: 0 },
      `NOQUORUM 3 usable Sentinels. ${QUORUM}`,
    ],
    [
      'half of four live',
      2,
      ['a', 'b', 'c', 'd'],
      { a: 0, b: 0 },
      `NOQUORUM 2 usable Sentinels. ${MAJORITY}`,
    ],
    ['nobody votes yet', 1, [], { a: 0 }, `NOQUORUM 0 usable Sentinels. ${QUORUM}. ${MAJORITY}`],
    [
      'one lives and does not vote',
      2,
      ['a', 'b', 'c'],
      { a: 0, b: 0, z: 0 },
      'OK 2 usable Sentinels. Quorum and failover authorization can be reached',
    ],
    [
      'one was last seen just within three heartbeats',
      2,
      ['a', 'b', 'c'],
      { a: 0, b: 89_999 },
      'OK 2 usable Sentinels. Quorum and failover authorization can be reached',
    ],
    [
      'one missed three heartbeats',
      1,
      ['a', 'b', 'c'],
      { a: 0, b: 90_000 },
      `NOQUORUM 1 usable Sentinels. ${MAJORITY}`,
    ],
    [
      'a clock is ahead of mine',
      2,
      ['a', 'b', 'c'],
      { a: 0, b: -5000 },
      'OK 2 usable Sentinels. Quorum and failover authorization can be reached',
    ],
  ])('when %s', (_, quorum, voters, ageMs, line) => {
    expect(check(quorum, voters, ageMs as Record<string, number>).line).toBe(line);
  });

  test('tells its parts too', () => {
    expect(check(1, ['a', 'b', 'c'], { a: 0 })).toMatchObject({
      ...{ ok: false, usable: ['a'], quorumReachable: true, majorityReachable: false },
    });
  });
});

test.each([
  [1000, 30_000],
  [60_000, 60_000],
])('at a pulse of %d ms a heartbeat is due every %d ms', (pulseMs, ms) => {
  expect(heartbeatMs(pulseMs)).toBe(ms);
});
