/** Whatever words a client sends: one reply, no failure in the log, and the next command is answered. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../src/resp/commands/table.ts';
import { oddText } from '../fuzz/odd-values.ts';
import { monitored, startFixture } from './gateway-fixture.ts';

/** Those after which it is no longer one request and one reply. */
const APART = ['quit', 'shutdown', 'subscribe', 'psubscribe', 'unsubscribe', 'punsubscribe'];
const APART_SUBCOMMANDS = ['reply', 'kill', 'pause', 'deluser', 'setuser', 'failover', 'log', 'debug'];

const names = [...COMMANDS.values()].filter(({ name }) => !APART.includes(name));
const beginnings = names.flatMap(({ name, subcommands = [] }) => [
  [name],
  ...subcommands.filter((one) => !APART_SUBCOMMANDS.includes(one.name)).map((one) => [name, one.name]),
]);
const word = fc.oneof(
  oddText,
  fc.constantFrom(
    'mymaster',
    '127.0.0.1',
    '7000',
    '2',
    '0',
    '-1',
    '*',
    'yes',
    'quorum',
    'get',
    'set',
    'help',
    'default',
  ),
  fc.constantFrom(
    'constructor',
    '__proto__',
    'toString',
    'type',
    'id',
    'auth',
    'setname',
    'rename-command',
    '@all',
    'x'.repeat(5000),
  ),
);
const command = fc
  .tuple(fc.constantFrom(...beginnings, ['nothing'], ['']), fc.array(word, { maxLength: 6 }))
  .map(([beginning, rest]) => [...beginning, ...rest].slice(0, 9));

it('any command', { timeout: 120_000 }, async () => {
  const { client, log } = await startFixture({ before: monitored, allowOperate: true });
  const one = await client();
  await fc.assert(
    fc.asyncProperty(command, async (words) => {
      await one.ask(...words);
      expect(one.received).toEqual([]);
      expect(await one.ask('PING', 'still there')).toBe('still there');
    }),
    { numRuns: 1500 },
  );
  expect(log.filter((line) => line.startsWith('error'))).toEqual([]);
});

it.each([
  ['PRIMARIES', 'MASTERS'],
  ['PRIMARY mymaster', 'MASTER mymaster'],
  ['REPLICAS mymaster', 'SLAVES mymaster'],
  ['GET-PRIMARY-ADDR-BY-NAME mymaster', 'GET-MASTER-ADDR-BY-NAME mymaster'],
  ['IS-PRIMARY-DOWN-BY-ADDR 127.0.0.1 7000 0 x', 'IS-MASTER-DOWN-BY-ADDR 127.0.0.1 7000 0 x'],
])('SENTINEL %s is %s', async (alias, name) => {
  const { client } = await startFixture({ before: monitored });
  const one = await client();
  const told = async (line: string) =>
    JSON.stringify(await one.ask('SENTINEL', ...line.split(' '))).replace(/"role-reported-time","\d+"/g, '');
  const reply = await told(name);
  expect(reply).not.toContain('error');
  expect(await told(alias)).toBe(reply);
});
