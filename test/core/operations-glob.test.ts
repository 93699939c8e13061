import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globMatches } from '../../src/core/operations/glob.ts';

test.each([
  ['*', '', true],
  ['*', 'mymaster', true],
  ['', '', true],
  ['', 'a', false],
  ['mymaster', 'mymaster', true],
  ['mymaster', 'mymaster2', false],
  ['mymaster', 'MyMaster', false],
  ['my*', 'mymaster', true],
  ['*ter', 'mymaster', true],
  ['m*m*r', 'mymaster', true],
  ['m*m*x', 'mymaster', false],
  ['**', 'a', true],
  ['?', '', false],
  ['?', 'a', true],
  ['my?aster', 'mymaster', true],
  ['shard-[123]', 'shard-2', true],
  ['shard-[123]', 'shard-4', false],
  ['shard-[1-3]', 'shard-2', true],
  ['shard-[3-1]', 'shard-2', true],
  ['shard-[^1-3]', 'shard-2', false],
  ['shard-[^1-3]', 'shard-x', true],
  ['shard-[a-]', 'shard--', true],
  ['shard-[\\]]', 'shard-]', true],
  ['shard-[12', 'shard-2', true],
  ['shard-[]', 'shard-', false],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['a\\', 'a\\', true],
  ['a.c', 'abc', false],
  ['(a)+$', '(a)+$', true],
])('%o matches %o: %o', (pattern, text, matches) => {
  expect(globMatches(pattern, text)).toBe(matches);
});

const NAME = fc.string({ unit: fc.constantFrom(...'ab.-'), maxLength: 8 });

test('agrees with the plain recursive meaning of * and ?', () => {
  const plain = (pattern: string, text: string): boolean => {
    if (pattern === '') return text === '';
    const [sign, rest] = [pattern[0], pattern.slice(1)];
    if (sign === '*') return plain(rest, text) || (text !== '' && plain(pattern, text.slice(1)));
    return text !== '' && (sign === '?' || sign === text[0]) && plain(rest, text.slice(1));
  };
  const pattern = fc.string({ unit: fc.constantFrom(...'ab.-*?'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, NAME, (glob, name) => globMatches(glob, name) === plain(glob, name)),
    { numRuns: 5000 },
  );
});

test('takes a hostile pattern in no time', () => {
  const before = performance.now();
  expect(globMatches(`${'*a'.repeat(64)}b`, 'a'.repeat(128))).toBe(false);
  expect(performance.now() - before).toBeLessThan(200);
});
