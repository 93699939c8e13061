import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinWords, splitWords } from '../../src/conf/words.ts';

const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe('a line is split into words', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['   ', []],
    ['port 26379', ['port', '26379']],
    [' port\t 26379  ', ['port', '26379']],
    ['a "b c" d', ['a', 'b c', 'd']],
    [`a 'b c' d`, ['a', 'b c', 'd']],
    ['a ""', ['a', '']],
    ['a b"c d"', ['a', 'bc d']],
    [`a b'c d'`, ['a', 'bc d']],
    ['"\\n\\r\\t\\b\\a"', ['\n\r\t\b\x07']],
    ['"\\x41\\x4a"', ['AJ']],
    ['"\\xzz\\x4"', ['xzzx4']],
    ['"\\"\\\\\\q"', ['"\\q']],
    [`'\\''`, [`'`]],
    [`'\\n\\\\ '`, ['\\n\\\\ ']],
    ['a\\b \\', ['a\\b', '\\']],
    ['"\\xc3\\xa9"', ['é']],
    [bytes('é "é"'), ['é', 'é']],
  ])('%j', (line, words) => {
    expect(splitWords(line)).toEqual({ ok: true, words });
  });

  test.each(['"a', `'a`, 'a "b', '"a"b', `'a'b`, '"a""b"', 'a"', '"\\', '"a\\"'])(
    'and %j into none',
    (line) => {
      expect(splitWords(line)).toMatchObject({ ok: false, why: expect.stringContaining('quotes') });
    },
  );

  test.each(['\xff', '"\\xff"', '"\\x00"', 'a\0b'])('and %j, which is no text, into none', (line) => {
    expect(splitWords(line)).toMatchObject({ ok: false, why: expect.stringContaining('UTF-8') });
  });
});

describe('words are joined', () => {
  test.each<[string[], string]>([
    [['port', '26379'], 'port 26379'],
    [['requirepass', 'a b'], 'requirepass "a b"'],
    [['logfile', ''], 'logfile ""'],
    [['a', `it's`], `a "it's"`],
    [['a', 'b"c\\'], 'a "b\\"c\\\\"'],
    [['a', 'b\\c'], 'a b\\c'],
    [['a', 'é\n'], 'a "\\xc3\\xa9\\n"'],
  ])('%j', (words, line) => {
    expect(joinWords(words)).toBe(line);
  });

  test('so that splitting them gives the same words, whatever they are', () => {
    const word = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed());
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(splitWords(joinWords(words))).toEqual({ ok: true, words });
      }),
      { numRuns: 2000 },
    );
  });
});

test('any line is split or refused, and what is split can be joined and split again', () => {
  const sign = fc.constantFrom(...`"'\\ \tnx4ca#`, '\xc3', '\xa9', '\x0b');
  fc.assert(
    fc.property(
      fc.array(sign).map((signs) => signs.join('')),
      (line) => {
        const split = splitWords(line);
        if (split.ok) expect(splitWords(joinWords(split.words))).toEqual(split);
        else expect(split.why).not.toBe('');
      },
    ),
    { numRuns: 5000 },
  );
});
