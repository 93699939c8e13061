import { describe, expect, test } from 'vitest';
import { judgeReplies, type NodeCommand, transactionOf } from '../../src/core/commands.ts';
import { N1, N2 } from './samples.ts';

const PROMOTE: NodeCommand = { kind: 'promote', node: N2, link: 'l', epoch: 4, fence: 'lease' };
const FOLLOW: NodeCommand = { kind: 'follow', node: N1, link: 'l', epoch: 4, fence: 'read', upstream: N2 };
const TAIL = [
  ['CONFIG', 'REWRITE'],
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
  ['CLIENT', 'UNPAUSE'],
  ['ROLE'],
];
/** With what the node says of itself as soon as its role has changed. */
const TOLD_TAIL = [...TAIL.slice(0, -1), ['INFO', 'replication'], ['ROLE']];

describe('between MULTI and EXEC', () => {
  test('a promotion ends the replication, and the tail follows', () => {
    expect(transactionOf(PROMOTE)).toEqual([['REPLICAOF', 'NO', 'ONE'], ...TOLD_TAIL]);
  });

  test('a demotion or re-pointing names the new master, and the same tail follows', () => {
    expect(transactionOf(FOLLOW)).toEqual([['REPLICAOF', '10.0.0.2', '6379'], ...TAIL]);
  });

  test('a pause is finite, and of writes alone', () => {
    expect(transactionOf({ ...PROMOTE, kind: 'pause', forMs: 2000 })).toEqual([
      ['CLIENT', 'PAUSE', '2000', 'WRITE'],
      ['ROLE'],
    ]);
  });

  test('a paused master that hands over closes its writers before it frees them, and tells its last offset', () => {
    const command: NodeCommand = { ...FOLLOW, kind: 'hand over', notAfter: 0 };
    const words = transactionOf(command).map((parts) => parts.slice(0, 2).join(' '));
    expect(transactionOf(command)).toEqual([['REPLICAOF', '10.0.0.2', '6379'], ...TOLD_TAIL]);
    expect(words.indexOf('CLIENT KILL')).toBeLessThan(words.indexOf('CLIENT UNPAUSE'));
    expect(words.indexOf('REPLICAOF 10.0.0.2')).toBeLessThan(words.indexOf('CLIENT KILL'));
  });

  test('a node that is stuck in a FAILOVER is freed with every client closed', () => {
    expect(transactionOf({ ...PROMOTE, kind: 'free' }).map((parts) => parts.join(' '))).toEqual([
      'FAILOVER ABORT',
      'CLIENT UNPAUSE',
      'CLIENT KILL TYPE normal',
      'CLIENT KILL TYPE pubsub',
      'ROLE',
    ]);
  });

  test('clients of a master that was are closed, and it says that it is none', () => {
    expect(transactionOf({ ...PROMOTE, kind: 'shut out' }).map((parts) => parts.join(' '))).toEqual([
      'CLIENT KILL TYPE normal',
      'CLIENT KILL TYPE pubsub',
      'ROLE',
    ]);
  });

  test('a script is killed by one word, for a busy node takes no other', () => {
    expect(transactionOf({ ...PROMOTE, kind: 'kill script' })).toEqual([['SCRIPT', 'KILL']]);
  });

  test('an IPv6 host stands without brackets', () => {
    const upstream = { host: 'fd00::2', port: 7000 };
    expect(transactionOf({ ...FOLLOW, upstream })[0]).toEqual(['REPLICAOF', 'fd00::2', '7000']);
  });
});

describe('the replies of EXEC', () => {
  const master = ['master', 3129659, []];
  const slave = ['slave', '10.0.0.2', 6379, 'connect', -1];
  const noFile = new Error('ERR The server is running without a config file');
  const denied = new Error("NOPERM this user has no permissions to run the 'replicaof' command");

  test.each<[string, NodeCommand, unknown[], string, string]>([
    ['promoted', PROMOTE, ['OK', 'OK', 3, 0, 'OK', master], 'done', 'says master'],
    [
      'promoted, without a file to rewrite',
      PROMOTE,
      ['OK', noFile, 3, 0, 'OK', master],
      'done',
      'says master',
    ],
    ['demoted', FOLLOW, ['OK', 'OK', 0, 0, 'OK', slave], 'done', 'says slave'],
    [
      'the role change was refused',
      PROMOTE,
      [denied, 'OK', 0, 0, 'OK', slave],
      'abandoned',
      `refused: ${denied.message}`,
    ],
    ['not promoted', PROMOTE, ['OK', 'OK', 0, 0, 'OK', slave], 'unknown', 'says slave after promote'],
    ['not demoted', FOLLOW, ['OK', 'OK', 0, 0, 'OK', master], 'unknown', 'says master after follow'],
    [
      'the role was refused',
      PROMOTE,
      ['OK', 'OK', 0, 0, 'OK', denied],
      'unknown',
      `says Error: ${denied.message} after promote`,
    ],
    [
      'what is said holds control characters',
      PROMOTE,
      ['OK', 'OK', 0, 0, 'OK', ['\u001b[2Jmaster\n']],
      'unknown',
      'says [2Jmaster after promote',
    ],
    [
      'the refusal holds control characters',
      PROMOTE,
      [new Error('ERR \u001b[2J\u0085')],
      'abandoned',
      'refused: ERR [2J',
    ],
    ['no reply at all', PROMOTE, [], 'unknown', 'says undefined after promote'],
  ])('%s', (_, command, replies, outcome, detail) => {
    expect(judgeReplies(command, replies)).toEqual({ outcome, detail });
  });
});
