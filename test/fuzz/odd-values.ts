/** Values that programs trip over. */
import fc from 'fast-check';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Texts that programs trip over. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['', ' ', '0', '-1', '1e9', 'NaN', 'Infinity', 'null', 'true', '__proto__', 'constructor', 'toString'],
    ...[
      'a\r\nb',
      '\u0000',
      '\u001b[2J',
      '\u007f\u0085\u009b',
      '\u2028',
      '\u202e',
      '\ufeff',
      'ü',
      '𝒳',
      '%00',
      '../..',
    ],
    ...[
      '9007199254740993',
      '9223372036854775807',
      '99999999999999999999',
      '65536',
      '-0',
      '00',
      '1.5',
      '0x10',
    ],
  ),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .tuple(fc.nat({ max: 1 }), fc.nat({ max: 3000 }))
    .map(([x, length]) => 'x'.repeat(x) + '𝒳'.repeat(length)),
);

export const oddNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    -1,
    1,
    0.5,
    65_535,
    65_536,
    2 ** 31 - 1,
    2 ** 31,
    1e10,
    2 ** 52,
    2 ** 53,
    8.64e15,
    8.7e15,
  ),
  fc.constantFrom(1e21, 1e300, -1e300, 5e-324),
  fc.integer(),
);

export const odd: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, {}, [], [[]], { toString: 1, valueOf: 1 }, { major: 2, minor: 0 }),
  oddText,
  oddNumber,
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
);
