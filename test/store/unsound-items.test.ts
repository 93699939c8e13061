/** What no version writes, found in the table all the same: by a person's hand, or another program's. */
import { describe, expect, test } from 'vitest';
import {
  decodeState,
  decodeVote,
  encodeState,
  encodeVote,
  type Item,
} from '../../src/adapters/dynamodb/codec.ts';
import { Views } from '../../src/adapters/dynamodb/views.ts';
import { Unreadable } from '../../src/ports.ts';
import { aState, aVote, Told } from './samples.ts';

const STATE = encodeState(aState('m'));
const { directives, failover, replicas } = aState('m');
const [replica] = Object.values(replicas);

describe('a state is unreadable', () => {
  test.each<[string, object, RegExp]>([
    [
      'with a quorum that nobody is',
      { directives: { ...directives, quorum: 0 } },
      /field directives\.quorum/,
    ],
    [
      'with no syncs at a time',
      { directives: { ...directives, parallelSyncs: 0 } },
      /directives\.parallelSyncs/,
    ],
    [
      'with a time no timer waits',
      { directives: { ...directives, leaseMs: 2 ** 31 } },
      /directives\.leaseMs/,
    ],
    ['in an epoch in which no vote has a key', { currentEpoch: 10_000_000_000 }, /field currentEpoch/],
    ['with a moment no date has', { removed: 8.65e15 }, /field removed/],
    [
      'with a host of two words',
      { master: { address: { host: 'a b', port: 1 } } },
      /field master\.address\.host/,
    ],
    [
      'with a name that leads to no address',
      { master: { address: { host: 'h', port: 1 }, ip: '' } },
      /field master\.ip/,
    ],
    ['with a replica under another name', { replicas: { '10.0.0.9:6379': replica } }, /field replicas: each/],
    ['with a version that is no number', { schema: { major: { toString: 1, valueOf: 1 } } }, /schema \?\.\?/],
    ['without a version', { schema: null }, /field schema.*schema \?\.\?/],
  ])('%s', (_, changes, message) => {
    const item = { ...STATE, ...changes } as Item;
    expect(() => decodeState(item)).toThrow(Unreadable);
    expect(() => decodeState(item)).toThrow(message);
  });

  test('in words without control characters, and not too many, whatever was found', () => {
    const step = `\u001b[2J\n\u0085${'x'.repeat(100_000)}`;
    const found = { ...STATE, failover: { ...failover, step } };
    expect(() => decodeState(found)).toThrow(
      /^MASTER#m STATE: field failover\.step: [^\p{Cc}]{1,512} \(item of schema 1\.0/u,
    );
  });
});

test('a vote in an epoch that has no key is passed over, and the view is read', () => {
  const vote = encodeVote(aVote('m', 7, 'a'));
  const bad = { ...vote, epoch: 10_000_000_000 };
  expect(() => decodeVote(bad)).toThrow(Unreadable);
  const told = new Told();
  expect(new Views(told).assemble([STATE, bad, vote]).votes).toEqual([aVote('m', 7, 'a')]);
  expect(told.lines).toHaveLength(1);
});
