import { expect, test } from 'vitest';
import { readFailure } from '../../src/adapters/redis/failures.ts';

test.for([
  [undefined, 'refused'],
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'refused'],
  ['EPIPE', 'refused'],
  ['ETIMEDOUT', 'unreachable'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENOTFOUND', 'unreachable'],
  ['EAI_AGAIN', 'unreachable'],
  ['EMFILE', 'unreachable'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'misconfigured'],
  ['CERT_HAS_EXPIRED', 'misconfigured'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'misconfigured'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'misconfigured'],
] as const)('a connection that ended with %s says %s of the node', ([code, kind]) => {
  expect(readFailure(code && Object.assign(new Error(`connect ${code}`), { code })).kind).toBe(kind);
});

test('a name with several addresses fails as its first address did', () => {
  const each = ['::1', '127.0.0.1'].map((host) => Object.assign(new Error(host), { code: 'ECONNREFUSED' }));
  expect(readFailure(new AggregateError(each))).toEqual({ kind: 'refused', detail: 'ECONNREFUSED' });
});

test('what an error says enters a look without control characters', () => {
  const hostile = Object.assign(new Error('connect\u001b[31m\n\u0000x'), { code: 'ECONNREFUSED' });
  expect(readFailure(hostile).detail).toBe('connect[31mx');
});
