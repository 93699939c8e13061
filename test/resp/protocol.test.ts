import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { encode } from '../../src/resp/protocol/encode.ts';
import { splitInline } from '../../src/resp/protocol/inline.ts';
import {
  array,
  bulk,
  error,
  fields,
  integer,
  NULL_ARRAY,
  NULL_BULK,
  OK,
  push,
  type Reply,
} from '../../src/resp/protocol/reply.ts';
import { CLIENTS, type Limits, RequestParser, STRANGERS } from '../../src/resp/protocol/request-parser.ts';
import { request } from './wire-client.ts';

/** Requests as texts, and last the error that ended the stream, if one did. */
function parse(chunks: readonly (string | Buffer)[], limits: Limits = CLIENTS): (string[] | string)[] {
  const parser = new RequestParser();
  const found: (string[] | string)[] = [];
  for (const chunk of chunks) {
    parser.push(Buffer.from(chunk as string));
    for (;;) {
      const parsed = parser.next(limits);
      if (parsed.kind === 'incomplete') break;
      if (parsed.kind === 'malformed') return [...found, parsed.message];
      found.push(parsed.words.map((word) => word.toString()));
    }
  }
  return found;
}

describe('requests', () => {
  test.each<[string, (string[] | string)[]]>([
    ['*1\r\n$4\r\nPING\r\n', [['PING']]],
    ['*2\r\n$4\r\nPING\r\n$0\r\n\r\n', [['PING', '']]],
    ['*2\r\n$4\r\nPING\r\n$4\r\na\r\nb\r\n', [['PING', 'a\r\nb']]],
    ['PING\r\nPING x\n', [['PING'], ['PING', 'x']]],
    ['\r\n  \r\n*0\r\n*-1\r\nPING\r\n', [['PING']]],
    ['*x\r\n', ['Protocol error: invalid multibulk length']],
    ['*1025\r\n', ['Protocol error: invalid multibulk length']],
    ['*1\r\nPING\r\n', ["Protocol error: expected '$', got 'P'"]],
    ['*1\r\n$-1\r\n', ['Protocol error: invalid bulk length']],
    ['*1\r\n$65537\r\n', ['Protocol error: invalid bulk length']],
    ['*1\r\n$4294967296\r\n', ['Protocol error: invalid bulk length']],
    ['PING "x\r\nPING\r\n', ['Protocol error: unbalanced quotes in request']],
    ['PING\r\n*x\r\nPING\r\n', [['PING'], 'Protocol error: invalid multibulk length']],
  ])('%j', (bytes, expected) => {
    expect(parse([bytes])).toEqual(expected);
    expect(parse([...bytes].map((sign) => Buffer.from(sign)))).toEqual(expected);
  });

  test.each([
    ['*11\r\n', 'Protocol error: unauthenticated multibulk length'],
    ['*1\r\n$16385\r\n', 'Protocol error: unauthenticated bulk length'],
    ['*1025\r\n', 'Protocol error: invalid multibulk length'],
  ])('of a client that has not said who it is are shorter: %j', (bytes, message) => {
    expect(parse([bytes], STRANGERS)).toEqual([message]);
  });

  test.each([
    ['an endless line', 'x'.repeat(70_000), 'Protocol error: too big inline request'],
    ['an endless count', `*${'1'.repeat(70_000)}`, 'Protocol error: too big mbulk count string'],
    ['an endless length', `*1\r\n$${'1'.repeat(70_000)}`, 'Protocol error: too big bulk count string'],
    [
      'too many words of an allowed length',
      `*9\r\n${`$60000\r\n${'x'.repeat(60_000)}\r\n`.repeat(3)}`,
      'Protocol error: too big a request',
    ],
  ])('%s is refused', (_, bytes, message) => {
    expect(parse([bytes])).toEqual([message]);
  });

  test('one after another leave nothing behind', () => {
    const parser = new RequestParser();
    for (let i = 0; i < 100; i++) {
      parser.push(request(['SET', 'x'.repeat(30_000)]));
      expect(parser.next(CLIENTS).kind).toBe('request');
      expect(parser.next(CLIENTS).kind).toBe('incomplete');
      expect([parser.midway, parser.bufferedBytes]).toEqual([false, 0]);
    }
  });

  it('come out as they went in, however they are cut', () => {
    const words = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 });
    const stream = fc.tuple(
      fc.array(words, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
    );
    fc.assert(
      fc.property(stream, ([requests, sizes]) => {
        const bytes = Buffer.concat(
          requests.map((one) =>
            Buffer.concat([
              Buffer.from(`*${one.length}\r\n`),
              ...one.flatMap((word) => [
                Buffer.from(`$${word.length}\r\n`),
                Buffer.from(word),
                Buffer.from('\r\n'),
              ]),
            ]),
          ),
        );
        const parser = new RequestParser();
        const found: Buffer[][] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          parser.push(bytes.subarray(at, at + size));
          at += size;
          for (let parsed = parser.next(CLIENTS); parsed.kind === 'request'; parsed = parser.next(CLIENTS)) {
            found.push([...parsed.words]);
          }
        }
        expect(found.map((one) => one.map((word) => [...word]))).toEqual(
          requests.map((one) => one.map((word) => [...word])),
        );
        expect(parser.midway).toBe(false);
      }),
    );
  });

  it('of any bytes end in requests, in an error, or in nothing, and never hold more than they may', () => {
    const sign = fc.constantFrom(
      '*',
      '$',
      '\r\n',
      '1',
      '0',
      '-',
      '3',
      'PING',
      '"',
      "'",
      '\\x',
      ' ',
      '99999999999',
      '\n',
      '\0',
    );
    const chunk = fc.oneof(
      fc.array(sign, { maxLength: 20 }).map((signs) => Buffer.from(signs.join(''))),
      fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
    );
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 30 }), fc.boolean(), (chunks, known) => {
        const parser = new RequestParser();
        let ended = false;
        for (const one of chunks) {
          parser.push(one);
          for (let i = 0; ; i++) {
            expect(i).toBeLessThan(1000);
            const parsed = parser.next(known ? CLIENTS : STRANGERS);
            if (parsed.kind === 'incomplete') break;
            if (parsed.kind === 'malformed') {
              expect(parsed.message).toMatch(/^Protocol error: /);
              ended = true;
              break;
            }
            expect(ended).toBe(false);
            expect(parsed.words.length).toBeGreaterThan(0);
          }
          expect(parser.bufferedBytes).toBeLessThanOrEqual(131_072 + 65_536);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test.each([
  ['a b  c', ['a', 'b', 'c']],
  ['  ', []],
  ['"a b" c', ['a b', 'c']],
  ["'a b' c", ['a b', 'c']],
  ['"\\x41\\n\\t\\\\\\"" ', ['A\n\t\\"']],
  ["'it\\'s'", ["it's"]],
  ['a"b"', ['ab']],
  ['"a"b', undefined],
  ['"a', undefined],
  ["'a", undefined],
  ['"a\\', undefined],
])('the inline line %j', (line, words) => {
  expect(splitInline(line)).toEqual(words);
});

describe('replies', () => {
  test.each<[Reply, string, string]>([
    [OK, '+OK\r\n', '+OK\r\n'],
    [error('ERR two\r\nlines'), '-ERR two  lines\r\n', '-ERR two  lines\r\n'],
    [integer(-3), ':-3\r\n', ':-3\r\n'],
    [bulk('é'), '$2\r\né\r\n', '$2\r\né\r\n'],
    [bulk(Buffer.from([255, 13, 10])), '$3\r\n\xff\r\n\r\n', '$3\r\n\xff\r\n\r\n'],
    [NULL_BULK, '$-1\r\n', '_\r\n'],
    [NULL_ARRAY, '*-1\r\n', '_\r\n'],
    [array([integer(1), array([])]), '*2\r\n:1\r\n*0\r\n', '*2\r\n:1\r\n*0\r\n'],
    [fields([['a', 1]]), '*2\r\n$1\r\na\r\n$1\r\n1\r\n', '%1\r\n$1\r\na\r\n$1\r\n1\r\n'],
    [push([bulk('message')]), '*1\r\n$7\r\nmessage\r\n', '>1\r\n$7\r\nmessage\r\n'],
    [{ kind: 'set', items: [OK] }, '*1\r\n+OK\r\n', '~1\r\n+OK\r\n'],
    [{ kind: 'double', value: 1.5 }, '$3\r\n1.5\r\n', ',1.5\r\n'],
    [{ kind: 'verbatim', text: 'hi' }, '$2\r\nhi\r\n', '=6\r\ntxt:hi\r\n'],
    [{ kind: 'several', replies: [OK, OK] }, '+OK\r\n+OK\r\n', '+OK\r\n+OK\r\n'],
    [{ kind: 'several', replies: [] }, '', ''],
  ])('%j', (reply, two, three) => {
    const bytes = (text: string) => (text.includes('\xff') ? Buffer.from(text, 'latin1') : Buffer.from(text));
    expect(encode(reply, 2)).toEqual(bytes(two));
    expect(encode(reply, 3)).toEqual(bytes(three));
  });
});
