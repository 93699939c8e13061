import { describe, expect, it, test } from 'vitest';
import { mayHear, mayRun } from '../../src/resp/acl/rules.ts';
import { Users } from '../../src/resp/acl/users.ts';
import { knowsRule } from '../../src/resp/commands/acl.ts';
import { findCommand } from '../../src/resp/commands/dispatch.ts';
import { COMMANDS } from '../../src/resp/commands/table.ts';

const knows = (name: string) => knowsRule(COMMANDS, name);

function withUser(rules: string): Users {
  return new Users({ users: [{ name: 'ann', rules }] }, knows);
}

function may(rules: string, command: string): boolean {
  const user = withUser(rules).get('ann');
  const found = findCommand(COMMANDS, command.split(' '));
  if (!user || found.kind !== 'command') throw new Error(`${command} is none`);
  return mayRun(user, found.ruled);
}

test.each([
  ['+@all', 'SENTINEL MASTERS', true],
  ['', 'PING', false],
  ['+ping', 'PING', true],
  ['+sentinel', 'SENTINEL SET m quorum 1', true],
  ['+sentinel|master', 'SENTINEL MASTER m', true],
  ['+sentinel|master', 'SENTINEL MASTERS', false],
  ['+@all -sentinel|set', 'SENTINEL SET m quorum 1', false],
  ['+@all -@dangerous', 'SENTINEL MASTERS', false],
  ['+@all -@dangerous +sentinel|masters', 'SENTINEL MASTERS', true],
  ['+@connection', 'CLIENT ID', true],
  ['+@pubsub', 'PSUBSCRIBE *', true],
  ['+@all nocommands', 'PING', false],
  ['+@all reset', 'PING', false],
])('with the rules %j, %s: %s', (rules, command, allowed) => {
  expect(may(rules, command)).toBe(allowed);
});

test.each([
  ['', '+sdown', false],
  ['allchannels', '+sdown', true],
  ['&*', '+sdown', true],
  ['&*sdown', '-sdown', true],
  ['&+switch-master', '+sdown', false],
  ['&* resetchannels', '+sdown', false],
])('with the rules %j, hearing %s: %s', (rules, channel, allowed) => {
  const user = withUser(rules).get('ann');
  expect(user && mayHear(user, channel, false)).toBe(allowed);
});

describe('passwords', () => {
  const SECRET = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b'; // of "secret"

  test.each([
    ['on >secret', 'secret', true],
    ['on >secret', 'Secret', false],
    ['on >secret', '', false],
    ['off >secret', 'secret', false],
    ['>secret', 'secret', false],
    ['on', '', false],
    ['on nopass', 'anything', true],
    [`on #${SECRET}`, 'secret', true],
    ['on >one >secret', 'secret', true],
    ['on >one >secret <secret', 'secret', false],
    [`on >secret !${SECRET}`, 'secret', false],
    ['on >secret resetpass', 'secret', false],
  ])('%s with %j: %s', (rules, password, right) => {
    expect(withUser(rules).authenticate('ann', password)).toBe(right);
  });

  it('nobody is let in who is not there', () => {
    expect(new Users({}, knows).authenticate('ann', '')).toBe(false);
  });
});

describe('the user default', () => {
  it('is open without anything', () => {
    expect(new Users({}, knows).open).toBe(true);
  });

  it('needs the password that is required', () => {
    const users = new Users({ requirePass: 'secret' }, knows);
    expect([users.open, users.authenticate('default', 'secret'), users.authenticate('default', 'x')]).toEqual(
      [false, true, false],
    );
  });

  it('is off beside other users, unless it is one of them', () => {
    expect(withUser('on >x +@all').open).toBe(false);
    expect(withUser('on >x +@all').authenticate('default', '')).toBe(false);
    expect(new Users({ users: [{ name: 'default', rules: 'on nopass' }] }, knows).open).toBe(true);
  });
});

test.each([
  ['on nothing', /user ann: modifier 'nothing': Syntax error/],
  ['+nothing', /modifier '\+nothing': Unknown command or category name in ACL/],
  ['+sentinel|nothing', /Unknown command/],
  ['-@nothing', /Unknown command/],
  ['#abc', /modifier '#\*\*\*\*\*\*': The password hash must be/],
  ['<secret', /modifier '<\*\*\*\*\*\*': The password you are trying to remove/],
])('the rules %j are refused, without what may be a password', (rules, message) => {
  expect(() => withUser(rules)).toThrow(message);
});

it('a rule that is wrong leaves the user as it was', () => {
  const users = withUser('on >x +ping');
  expect(() => users.set('ann', ['off', 'nothing'])).toThrow();
  expect(users.get('ann')?.on).toBe(true);
});
