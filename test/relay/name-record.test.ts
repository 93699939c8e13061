import { expect, test } from 'vitest';
import type { NameRecord } from '../../src/ports.ts';
import { changeOf, recordFor } from '../../src/relay/name-record.ts';

const at = (host: string) => recordFor({ host, port: 6379 }, 5);

test.each([
  ['10.0.0.2', 'A'],
  ['2001:db8::2', 'AAAA'],
  ['::ffff:10.0.0.2', 'AAAA'],
  ['redis-2.example.com', 'CNAME'],
  ['10.0.0.2.example.com', 'CNAME'],
  ['redis', 'CNAME'],
])('%s is told by a record of type %s', (host, type) => {
  expect(at(host)).toEqual({ type, ttlSeconds: 5, values: [host] });
});

const [OLD, NEW] = [at('10.0.0.1'), at('10.0.0.2')];

test.each<[string, NameRecord[], NameRecord, readonly NameRecord[] | undefined]>([
  ['a name that says nothing', [], NEW, []],
  ['a name that says the old master', [OLD], NEW, []],
  ['a name that says it already', [NEW], NEW, undefined],
  ['one that says it for another time', [{ ...NEW, ttlSeconds: 300 }], NEW, []],
  ['one that says another master beside it', [{ ...NEW, values: ['10.0.0.2', '10.0.0.1'] }], NEW, []],
  ['one that says it, and another in another type', [NEW, at('2001:db8::1')], NEW, [at('2001:db8::1')]],
  ['an alias of a node', [at('redis-1.example.com')], NEW, [at('redis-1.example.com')]],
  ['the same alias, with its last dot', [at('Redis-2.example.com.')], at('redis-2.example.com'), undefined],
])('%s: what is taken away and put', (_, found, wanted, remove) => {
  expect(changeOf(found, wanted)).toEqual(remove && { put: wanted, remove });
});
