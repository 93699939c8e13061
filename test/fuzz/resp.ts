/** What RESP2 can say, as a connection gives it. */
import fc from 'fast-check';
import type { Reply } from '../../src/adapters/redis/replies.ts';
import { printable } from '../../src/core/info.ts';
import { infoText } from './info-texts.ts';
import { oddText } from './odd-values.ts';

const failure = oddText.map((message) => new Error(message));

/** The values an honest node gives, and any other. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>('PONG', 'OK', 'QUEUED', 'pong', null, 0, [], ['pong', ''], ['master', 0, []]),
  infoText,
  oddText,
  fc.maxSafeInteger(),
  fc.array(fc.oneof(oddText, fc.integer(), fc.constant(null), fc.array(oddText), failure), { maxLength: 9 }),
  failure,
);

const CODES = [
  'ERR',
  'NOAUTH',
  'WRONGPASS',
  'NOPERM',
  'LOADING',
  'MASTERDOWN',
  'BUSY',
  'MISCONF',
  'READONLY',
  'OOM',
];
const message = fc
  .tuple(fc.constantFrom(...CODES, 'ERR invalid password', ''), fc.constantFrom(' ', ''), oddText)
  .map((parts) => printable(parts.join(''))); // as the connection gives it

export const reply: fc.Arbitrary<Reply> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Reply>({ kind: 'value', value: 'PONG' }) },
  { weight: 3, arbitrary: value.map((found): Reply => ({ kind: 'value', value: found })) },
  { weight: 3, arbitrary: message.map((text): Reply => ({ kind: 'error', message: text })) },
  { weight: 1, arbitrary: fc.constant<Reply>({ kind: 'lost', reason: 'Connection is closed.' }) },
);
