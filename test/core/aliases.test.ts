import { describe, expect, test } from 'vitest';
import { aliasesOf, inOwnWords, isHostName, translate } from '../../src/core/aliases.ts';
import type { NodeLook } from '../../src/core/looks.ts';
import { type Address, nodeId } from '../../src/core/model.ts';
import { answered, aState, masterInfo, refused, remembering, replicaInfo } from './samples.ts';

const R1: Address = { host: 'redis-1', port: 6379 };
const R2: Address = { host: 'redis-2', port: 6380 };
const IP1: Address = { host: '10.0.0.1', port: 6379 };
const IP2: Address = { host: '10.0.0.2', port: 6380 };
const NAMED = aState({
  master: { address: R1 },
  replicas: { [nodeId(R2)]: { address: R2, reconfiguration: 'none' } },
});

function resolved(node: Address, ip: string): NodeLook {
  return { ...answered(node, 0, masterInfo()), ip } as NodeLook;
}

describe('an address that nodes tell stands for the node the state names', () => {
  const { nodes } = remembering(resolved(R1, '10.0.0.9'), resolved(R2, '10.0.0.2'));
  const stored = aState({
    master: { address: R1, ip: '10.0.0.1' },
    replicas: { [nodeId(R2)]: { address: R2, reconfiguration: 'none', ip: '10.0.0.2' } },
  });

  test.each<[string, ReturnType<typeof aliasesOf>, Address, Address | undefined]>([
    ['as this look resolved it', aliasesOf(NAMED, [resolved(R1, '10.0.0.1')], {}), IP1, R1],
    ['as an earlier look resolved it', aliasesOf(NAMED, [], nodes), IP2, R2],
    ['as the state remembers it, when no look did', aliasesOf(stored, [refused(R2, 0)], {}), IP2, R2],
    [
      'not as the state remembers it, when a look found another',
      aliasesOf(stored, [], nodes),
      IP1,
      undefined,
    ],
    ['at its own port only', aliasesOf(NAMED, [resolved(R1, '10.0.0.2')], {}), IP2, undefined],
  ])('%s', (_, aliases, told, named) => {
    expect(aliases.get(nodeId(told))).toEqual(named);
  });

  test('unless the state names that address itself', () => {
    const looks = [resolved(R1, '10.0.0.1'), answered(IP1, 0, masterInfo())];
    expect(aliasesOf(NAMED, looks, {}).size).toBe(0);
  });

  test('and an IP address is no alias of itself', () => {
    expect(aliasesOf(aState(), [resolved(IP1, '10.0.0.1')], {}).size).toBe(0);
  });
});

describe('what a node says is put into the state’s words', () => {
  const aliases = aliasesOf(NAMED, [resolved(R1, '10.0.0.1'), resolved(R2, '10.0.0.2')], {});

  test('the master it follows', () => {
    expect(translate(replicaInfo({}, { address: IP1 }), aliases).upstream?.address).toEqual(R1);
  });

  test('its replicas, and those that nobody named stay as they are', () => {
    const unknown: Address = { host: '10.0.0.7', port: 6379 };
    const replicas = [IP2, unknown].map((address) => ({ address, state: 'online', offset: 0 }));
    const told = translate(masterInfo({ replicas }), aliases).replicas.map(({ address }) => address);
    expect(told).toEqual([R2, unknown]);
  });

  test('and a look that brought nothing is left alone', () => {
    const look = refused(R1, 0);
    expect(inOwnWords(look, aliases)).toBe(look);
  });
});

test.each([
  ['redis-1', true],
  ['redis.example.org', true],
  ['10.0.0.1', false],
  ['fd00::1', false],
  ['::ffff:10.0.0.1', false],
])('%s is a host name: %s', (host, name) => {
  expect(isHostName(host)).toBe(name);
});
