import { App, Duration, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { PrivateHostedZone } from 'aws-cdk-lib/aws-route53';
import { describe, expect, test } from 'vitest';
import { HttpAccess, type RedisSentinelProps } from '../../infra/index.ts';
import { construct, importedVpc, newStack, ORDERS, placeholderBundles, ZONES } from './synthesized.ts';

type Given = Partial<RedisSentinelProps> | ((stack: Stack) => Partial<RedisSentinelProps>);

const vpcOf = (stack: Stack, attributes: object) =>
  Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: [...ZONES], ...attributes });

const REFUSED: readonly (readonly [string, Given, string])[] = [
  [
    'a pulse below a second',
    { pulse: Duration.millis(500) },
    'pulse is "500 milliseconds": allowed is whole seconds',
  ],
  ['a pulse above a minute', { pulse: Duration.seconds(61) }, 'pulse is "61000 milliseconds"'],
  ['a pulse of a second and a half', { pulse: Duration.millis(1500) }, 'pulse is "1500 milliseconds"'],
  ['no master', { masters: [] }, 'masters is []: allowed is at least one master'],
  ['two masters of a name', { masters: [ORDERS, ORDERS] }, 'masters is "orders": allowed is each name once'],
  ['a name with a blank', { masters: [{ ...ORDERS, name: 'a b' }] }, 'masters.name is "a b"'],
  [
    'a host name without resolveHostnames',
    { masters: [{ ...ORDERS, host: 'redis-1' }] },
    'masters[orders].host is "redis-1": allowed is an IP address, or a host name with resolveHostnames: true',
  ],
  ['a port that is none', { masters: [{ ...ORDERS, port: 0 }] }, 'masters[orders].port is 0'],
  [
    'a replica without a port',
    { masters: [{ ...ORDERS, replicas: ['10.0.1.2'] }] },
    'masters[orders].replicas is "10.0.1.2"',
  ],
  ['a quorum of none', { masters: [{ ...ORDERS, quorum: 0 }] }, 'masters[orders].quorum is 0'],
  [
    'a time out of its range',
    { masters: [{ ...ORDERS, lease: Duration.seconds(1) }] },
    'masters[orders].lease is 1000: allowed is a whole number from 2000 to 60000 milliseconds',
  ],
  ['a network that is none', { allowedNetworks: ['10.0.0.0'] }, 'allowedNetworks is "10.0.0.0"'],
  ['no network at all', { allowedNetworks: [] }, 'allowedNetworks is []'],
  [
    'an imported VPC that does not tell its network',
    (stack) => ({ vpc: vpcOf(stack, { privateSubnetIds: ['a', 'b', 'c'] }) }),
    'allowedNetworks is missing',
  ],
  [
    'an endpoint in a VPC that does not tell its route tables',
    (stack) => ({
      vpc: vpcOf(stack, {
        vpcCidrBlock: '10.0.0.0/16',
        privateSubnetIds: ['subnet-1', 'subnet-2', 'subnet-3'],
      }),
      dynamoEndpoint: 'create',
    }),
    'dynamoEndpoint is "create": allowed is \'existing\', unless the imported VPC tells the route tables of subnet-1, subnet-2, subnet-3',
  ],
  ['a zone without a subnet', { zones: ['eu-west-1a', 'eu-west-1f'] }, 'zones is "eu-west-1f"'],
  ['a zone twice', { zones: ['eu-west-1a', 'eu-west-1a'] }, 'zones is ["eu-west-1a","eu-west-1a"]'],
  ['no zone', { zones: [] }, 'zones is []'],
  [
    'a record for a master that there is not',
    (stack) => ({
      dns: {
        zone: PrivateHostedZone.fromHostedZoneAttributes(stack, 'Zone', {
          hostedZoneId: 'Z1',
          zoneName: 'internal',
        }),
        recordNames: { session: 'session.internal' },
      },
    }),
    'dns.recordNames is "session": allowed is one of the masters orders',
  ],
  ['less memory than Lambda has', { memorySize: 64 }, 'memorySize is 64: allowed is a whole number from 128'],
  ['a concurrency of none', { reservedConcurrency: 0 }, 'reservedConcurrency is 0'],
  ['an authority that is no certificate', { nodeTls: { ca: 'ca.pem' } }, 'nodeTls.ca is "(not shown)"'],
];

describe('synth fails, and names what is wrong, for', () => {
  test.each(REFUSED)('%s', (_what, given, message) => {
    const stack = newStack();
    expect(() => construct(stack, typeof given === 'function' ? given(stack) : given)).toThrow(
      `RedisSentinel: ${message}`,
    );
  });

  test.each(['rateLimit', 'burstLimit'] as const)('a throttling whose %s is no rate', (limit) => {
    const throttling = { rateLimit: 1, burstLimit: 1, [limit]: 0 };
    expect(() => HttpAccess.httpApi({ throttling })).toThrow(`httpAccess.throttling.${limit} is 0`);
  });

  test('a private key where the nodes’ authority should be, which it does not repeat', () => {
    const ca = '-----BEGIN CERTIFICATE-----\nA\n-----BEGIN PRIVATE KEY-----\nhush\n';
    const refused = () => construct(newStack(), { nodeTls: { ca } });
    expect(refused).toThrow('nodeTls.ca');
    expect(refused).not.toThrow('hush');
  });

  test('a stack without a region, whose zones have no names at synth', () => {
    const stack = new Stack(new App(), 'Agnostic');
    expect(() => construct(stack, { vpc: new Vpc(stack, 'New'), dynamoEndpoint: 'create' })).toThrow(
      "give `zones`, or the stack's env and the VPC's availabilityZones",
    );
  });

  test('a bundle that was not built, with the command that builds it', () => {
    const stack = newStack();
    expect(() => construct(stack, { bundles: placeholderBundles('operate') })).toThrow(
      /operate\.mjs is missing: run `npm run build`/,
    );
  });
});

test('what is right is taken', () => {
  const stack = newStack();
  expect(() => construct(stack, { vpc: importedVpc(stack), pulse: Duration.seconds(60) })).not.toThrow();
});
