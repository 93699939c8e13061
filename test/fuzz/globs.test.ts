import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globMatches } from '../../src/core/operations/glob.ts';
import { FUZZ_TIMEOUT_MS, holds } from './cases.ts';
import { oddText } from './odd-values.ts';

/** The same patterns, as slowly as they are simply said. */
function matches([sign, ...pattern]: readonly string[], text: readonly string[]): boolean {
  if (sign === undefined) return text.length === 0;
  if (sign === '*')
    return matches(pattern, text) || (text.length > 0 && matches([sign, ...pattern], text.slice(1)));
  return text.length > 0 && (sign === '?' || sign === text[0]) && matches(pattern, text.slice(1));
}

test(
  'a pattern takes what it says, ends in time, and escaped takes its own text',
  async () => {
    const simple = fc.array(fc.constantFrom('*', '?', 'a', 'b', '𝒳'), { maxLength: 8 });
    const text = fc.array(fc.constantFrom('a', 'b', '𝒳'), { maxLength: 8 });
    await holds(
      'globs',
      fc.record({ simple, text, any: oddText, other: oddText }),
      ({ simple, text, any, other }) => {
        expect(globMatches(simple.join(''), text.join(''))).toBe(matches(simple, text));
        globMatches(any, other);
        expect(globMatches([...any].map((sign) => `\\${sign}`).join(''), any)).toBe(true);
        expect(globMatches('*'.repeat(50), any)).toBe(true);
      },
    );
  },
  FUZZ_TIMEOUT_MS,
);
