import { expect, test } from 'vitest';
import { ownAddress } from '../../src/cli/own-address.ts';

const NODE = { host: '127.0.0.1', port: 6379 };

test('a process that listens at one address is reached there', async () => {
  expect(await ownAddress({ host: '10.0.0.9', port: 26_379 }, NODE)).toEqual({
    host: '10.0.0.9',
    port: 26_379,
  });
});

test.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '127.0.0.1'],
])('one that listens at %s is reached where it reaches its nodes from', async (host, own) => {
  expect(await ownAddress({ host, port: 26_379 }, NODE)).toEqual({ host: own, port: 26_379 });
});

test('where there is no way to a node, or none is known, nothing is told', async () => {
  const everywhere = { host: '0.0.0.0', port: 26_379 };
  expect(await ownAddress(everywhere, undefined)).toBeUndefined();
  expect(await ownAddress(everywhere, { host: 'no-such-node.invalid', port: 6379 })).toBeUndefined();
});
