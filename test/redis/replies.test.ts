import { expect, test } from 'vitest';
import { isWrongPassword, type Reply, readReplies, refusalIn } from '../../src/adapters/redis/replies.ts';

const value = (text: string): Reply => ({ kind: 'value', value: text });
const error = (message: string): Reply => ({ kind: 'error', message });
const lost: Reply = { kind: 'lost', reason: 'Connection is closed.' };
const info = value('role:master\r\n');

test.for([
  ['PONG', value('PONG'), info, { kind: 'answered', reply: 'pong', infoText: 'role:master\r\n' }],
  ['loading', error('LOADING Redis is loading'), info, { kind: 'answered', reply: 'loading' }],
  ['loading without INFO', error('LOADING x'), error('LOADING x'), { kind: 'answered', infoText: undefined }],
  [
    'masterdown',
    error('MASTERDOWN Link with MASTER is down'),
    info,
    { kind: 'answered', reply: 'masterdown' },
  ],
  [
    'busy',
    error('BUSY Redis is busy'),
    error('BUSY Redis is busy'),
    { kind: 'busy', detail: 'BUSY Redis is busy' },
  ],
  [
    'snapshots fail',
    error('MISCONF Redis is configured'),
    info,
    { kind: 'busy', detail: 'MISCONF Redis is configured' },
  ],
  ['no password', error('NOAUTH Authentication required.'), lost, undefined],
  [
    'a script began after PING',
    value('PONG'),
    error('BUSY x'),
    { kind: 'answered', reply: 'pong', infoText: undefined },
  ],
  ['INFO not permitted', value('PONG'), error('NOPERM x'), { kind: 'misconfigured', detail: 'NOPERM x' }],
  ['PING renamed', error("ERR unknown command 'PING'"), info, { kind: 'misconfigured' }],
  ['closed before INFO came', value('PONG'), lost, undefined],
  ...[value('OK'), value('QUEUED'), value('pong'), { kind: 'value', value: null } as Reply].map(
    (ping) =>
      [
        `PING is answered by ${JSON.stringify(ping)}, which is no sign of life`,
        ping,
        info,
        { kind: 'busy', detail: `PING is answered by ${ping.kind === 'value' && String(ping.value)}` },
      ] as const,
  ),
  ['a write is taken', value('PONG'), info, { kind: 'answered', reply: 'pong' }, value('OK')],
  ['a write is not answered', value('PONG'), info, undefined, lost],
  [
    'a write is refused: MISCONF',
    value('PONG'),
    info,
    { kind: 'busy', detail: 'MISCONF x' },
    error('MISCONF x'),
  ],
  ...['READONLY', 'NOREPLICAS', 'OOM', 'LOADING', 'MASTERDOWN', 'BUSY'].map(
    (word) =>
      [
        `a write is refused: ${word}`,
        value('PONG'),
        info,
        { kind: 'answered', reply: 'pong' },
        error(`${word} x`),
      ] as const,
  ),
  ...['NOPERM', 'NOAUTH', 'ERR'].map(
    (word) =>
      [
        `a write is refused: ${word}`,
        value('PONG'),
        info,
        { kind: 'misconfigured' },
        error(`${word} x`),
      ] as const,
  ),
] as const)('replies are read: %s', ([, ping, infoReply, verdict, write]) => {
  const read = readReplies(ping, infoReply, write);
  if (verdict === undefined) expect(read).toBeUndefined();
  else expect(read).toMatchObject(verdict);
});

test('an error that no later reply can change is read before the connection closes', () => {
  expect(refusalIn(error('ERR max number of clients reached'))).toMatchObject({ kind: 'misconfigured' });
  expect(refusalIn(error('WRONGPASS invalid username-password pair'))).toMatchObject({
    kind: 'misconfigured',
  });
  expect([error('LOADING x'), error('BUSY x'), value('OK'), lost, undefined].map(refusalIn)).toEqual(
    Array(5).fill(undefined),
  );
});

test('only an error about the password is one that another password may answer', () => {
  const errors = [
    'WRONGPASS invalid username-password pair or user is disabled.',
    'ERR invalid password',
    'ERR AUTH <password> called without any password configured for the default user.',
    "NOPERM this user has no permissions to run the 'ping' command",
  ];
  expect(errors.map((message) => isWrongPassword(error(message)))).toEqual([true, true, false, false]);
  expect([value('OK'), lost].map(isWrongPassword)).toEqual([false, false]);
});
