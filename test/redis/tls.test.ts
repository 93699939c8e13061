import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import type { TlsMaterial } from '../../src/adapters/redis/nodes.ts';
import type { Address } from '../../src/core/model.ts';
import { freePort } from '../../src/local/ports.ts';
import { CERTIFICATE, KEY, OTHER_CERTIFICATE, OTHER_KEY } from './certificates.ts';
import { access, answered, redis, redisNodes } from './fixture.ts';

const OVER_TLS = access({ tls: true });
const request = { info: 'replication', timeoutMs: 2000, access: OVER_TLS } as const;

test('a node that speaks TLS is answered under a trusted certificate, and its transactions run', async () => {
  const { node } = await redisWithTls();
  const nodes = redisNodes({ tls: { ca: CERTIFICATE } });
  const { reply, link, ip } = await answered(nodes, node, 'replication', OVER_TLS);
  const outcome = await nodes.transact({
    link,
    commands: [['PING']],
    timeoutMs: 2000,
    objection: () => undefined,
  });
  expect([reply, ip, outcome]).toMatchObject(['pong', '127.0.0.1', { kind: 'executed', replies: ['PONG'] }]);
});

test('a node that asks for a certificate is shown the one of the zone', async () => {
  const { node } = await redisWithTls('yes');
  const nodes = redisNodes({ tls: { ca: CERTIFICATE, cert: CERTIFICATE, key: KEY } });
  expect((await answered(nodes, node, 'replication', OVER_TLS)).reply).toBe('pong');
});

test.for<[string, TlsMaterial | undefined, RegExp]>([
  ['nothing is trusted but what this system trusts', undefined, /self-signed/],
  ['it is trusted by another CA', { ca: OTHER_CERTIFICATE }, /self-signed|unable to verify/],
  ['it does not bear the name', { ca: CERTIFICATE, servername: 'redis.example' }, /altnames/],
])('a certificate is misconfigured, not down: %s', async ([, tls, detail]) => {
  const { node } = await redisWithTls();
  const nodes = redisNodes(tls && { tls });
  for (const _ of ['first look', 'second look']) {
    const look = await nodes.look({ ...request, node });
    expect(look).toMatchObject({ outcome: 'misconfigured', detail: expect.stringMatching(detail) });
  }
});

test.for<[string, TlsMaterial]>([
  ['none is shown', { ca: CERTIFICATE }],
  ['one is shown that it does not trust', { ca: CERTIFICATE, cert: OTHER_CERTIFICATE, key: OTHER_KEY }],
])('a node that asks for a certificate is misconfigured, not down: %s', async ([, tls]) => {
  const { node } = await redisWithTls('yes');
  const nodes = redisNodes({ tls });
  const looks = [];
  for (let round = 0; round < 30; round++) looks.push(await nodes.look({ ...request, node }));
  const seen = looks.map((look) => [look.outcome, look.outcome === 'misconfigured' && look.detail]);
  const told = ['misconfigured', expect.stringMatching(/certificate required|unknown ca|bad certificate/i)];
  expect(seen).toEqual(Array(30).fill(told));
});

test('the name that is looked up is the name the certificate is held to', async () => {
  const { node } = await redisWithTls();
  const lookup = async () => [{ address: '127.0.0.1' }];
  const nodes = redisNodes({ tls: { ca: CERTIFICATE }, lookup });
  expect(await nodes.look({ ...request, node: { ...node, host: 'localhost' } })).toMatchObject({
    outcome: 'answered',
    ip: '127.0.0.1',
  });
  expect(await nodes.look({ ...request, node: { ...node, host: 'other.example' } })).toMatchObject({
    outcome: 'misconfigured',
    detail: expect.stringContaining('altnames'),
  });
});

test('the name is asked for in the handshake, for what serves several names at one address', async () => {
  const asked = new Set<string | false>(); // this server closes what it takes, and is tried once more
  const server = createServer({ cert: CERTIFICATE, key: KEY }, (socket) => {
    asked.add(socket.servername ?? false);
    socket.on('error', () => {}).destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const lookup = async () => [{ address: '127.0.0.1' }];
  const nameAsked = async (host: string, servername?: string) => {
    asked.clear();
    const tls = { ca: CERTIFICATE, ...(servername !== undefined && { servername }) };
    await redisNodes({ tls, lookup }).look({ ...request, node: { host, port } });
    return [...asked];
  };
  expect(await nameAsked('localhost')).toEqual(['localhost']);
  expect(await nameAsked('127.0.0.1')).toEqual([false]);
  expect(await nameAsked('127.0.0.1', 'localhost')).toEqual(['localhost']);
});

test('servername stands in where nodes announce addresses that their certificate does not bear', async () => {
  const { node } = await redisWithTls();
  const announced = { host: '10.1.2.3', port: node.port };
  const connectTo = () => ({ host: '127.0.0.1', port: node.port });
  const nodes = redisNodes({ tls: { ca: CERTIFICATE, servername: 'localhost' }, connectTo });
  expect((await answered(nodes, announced, 'replication', OVER_TLS)).reply).toBe('pong');
});

test('the material is for masters whose directive says tls, and a look that changes it comes in anew', async () => {
  const { node, plain } = await redisWithTls();
  const nodes = redisNodes({ tls: { ca: CERTIFICATE } });
  const first = await answered(nodes, plain);
  // The two do not understand each other, and what they do then looks like a node that hangs or closes.
  expect((await nodes.look({ ...request, node: plain, timeoutMs: 300 })).outcome).not.toBe('answered');
  expect((await answered(nodes, plain)).link).not.toBe(first.link);
  expect((await nodes.look({ ...request, node, access: access() })).outcome).not.toBe('answered');
});

async function redisWithTls(authClients = 'no'): Promise<{ node: Address; plain: Address }> {
  const port = await freePort();
  const server = await redis();
  const [certificate, key] = [join(server.dir, 'certificate.pem'), join(server.dir, 'key.pem')];
  await writeFile(certificate, CERTIFICATE);
  await writeFile(key, KEY);
  const directives = { 'tls-cert-file': certificate, 'tls-key-file': key, 'tls-ca-cert-file': certificate };
  const client = server.client();
  await client.config('SET', 'tls-auth-clients', authClients);
  await client.call('CONFIG', 'SET', ...Object.entries(directives).flat(), 'tls-port', String(port));
  return { node: { host: '127.0.0.1', port }, plain: server.address };
}
