import { App, Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { SentinelStack } from '../../infra/sentinel-stack.ts';
import { readSettings } from '../../infra/settings.ts';
import { newApp, placeholderBundles, ZONES } from './synthesized.ts';

const SETTINGS = { region: 'eu-west-1', zones: ZONES, masters: [{ name: 'orders', host: '10.9.0.10' }] };
const VPC = {
  vpcId: 'vpc-1',
  cidr: '10.9.0.0/16',
  subnetIds: ['subnet-1', 'subnet-2', 'subnet-3'],
  routeTableIds: ['rtb-1', 'rtb-2', 'rtb-3'],
};

function settingsOf(settings: unknown) {
  return readSettings(new App({ context: { 'lambda-sentinel': settings } }));
}

describe('the settings in cdk.json', () => {
  test('give times in milliseconds and the pulse in seconds', () => {
    const masters = [{ name: 'orders', host: '10.9.0.10', downAfterMs: 1500, leaseMs: 4000, quorum: 2 }];
    const read = settingsOf({ ...SETTINGS, masters, pulseSeconds: 5 });
    expect(read.pulse.toSeconds()).toBe(5);
    expect(read.masters).toEqual([
      {
        name: 'orders',
        host: '10.9.0.10',
        downAfter: Duration.millis(1500),
        lease: Duration.millis(4000),
        quorum: 2,
      },
    ]);
  });

  test.each([
    ['anything', undefined, 'context "lambda-sentinel" is missing'],
    ['a region', { ...SETTINGS, region: undefined }, 'lambda-sentinel.region is missing'],
    ['zones', { ...SETTINGS, zones: 'eu-west-1a' }, 'lambda-sentinel.zones is "eu-west-1a"'],
    ['masters', { ...SETTINGS, masters: undefined }, 'lambda-sentinel.masters is missing'],
    ['a known master', { ...SETTINGS, masters: ['orders'] }, 'lambda-sentinel.masters is "orders"'],
    [
      'a directive by its name',
      { ...SETTINGS, masters: [{ name: 'orders', host: '10.9.0.10', downAfterMiliseconds: 5 }] },
      'masters[orders].downAfterMiliseconds is 5: allowed is one of name, host, port, replicas, quorum, downAfterMs',
    ],
    ['a number of seconds', { ...SETTINGS, pulseSeconds: '1' }, 'lambda-sentinel.pulseSeconds is "1"'],
  ])('without %s are refused by name', (_what, settings, message) => {
    expect(() => settingsOf(settings)).toThrow(`RedisSentinel: ${message}`);
  });

  test('take a VPC that exists, and make its endpoint if they say so', () => {
    const { region, ...settings } = settingsOf({ ...SETTINGS, vpc: VPC, dynamoEndpoint: 'create' });
    const bundles = placeholderBundles();
    const template = Template.fromStack(
      new SentinelStack(newApp(), 'Existing', { env: { region }, bundles, ...settings }),
    );
    template.resourceCountIs('AWS::EC2::VPC', 0);
    template.hasResourceProperties('AWS::EC2::VPCEndpoint', { RouteTableIds: VPC.routeTableIds });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: 'vpc-1' });
  });
});
