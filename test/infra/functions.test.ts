import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import { construct, newStack, ORDERS, resources, synthesize, ZONES } from './synthesized.ts';

const { template, sentinel } = synthesize({
  pulse: Duration.seconds(5),
  masters: [ORDERS, { name: 'sessions', host: '10.0.2.10', port: 6380, replicas: ['10.0.3.10:6381'] }],
});
const ours = { Environment: { Variables: Match.objectLike({ TABLE_NAME: Match.anyValue() }) } };

describe('the sentinels', () => {
  test.each([
    ['eu-west-1a', 'subnet-a'],
    ['eu-west-1b', 'subnet-b'],
    ['eu-west-1c', 'subnet-c'],
  ])('of zone %s lives in %s alone', (zone, subnet) => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ SENTINEL_ID: zone }) },
      VpcConfig: { SubnetIds: [subnet], SecurityGroupIds: [Match.anyValue()] },
    });
  });

  test('are one for each zone, and are told by it', () => {
    expect([...sentinel.sentinelFunctions.keys()]).toEqual([...ZONES]);
    expect(inVpc().length).toBe(3);
  });

  test('have 512 MB, and what they need to know in their environment', () => {
    for (const { Properties } of inVpc()) {
      expect(Properties).toMatchObject({
        MemorySize: 512,
        Handler: 'sentinel.handler',
        Environment: { Variables: { PULSE_MS: '5000', ALLOWED_NETWORKS: '10.0.0.0/16' } },
      });
    }
  });

  test('are given no concurrency of their own, unless it is asked for', () => {
    for (const { Properties } of inVpc()) {
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    }
    const kept = synthesize({ reservedConcurrency: 4, memorySize: 1024 });
    kept.template.resourcePropertiesCountIs(
      'AWS::Lambda::Function',
      { ReservedConcurrentExecutions: 4, MemorySize: 1024 },
      3,
    );
  });

  test('can reach the nodes’ ports and DynamoDB, and be reached by nobody', () => {
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: Match.absent(),
      SecurityGroupEgress: [
        ...[6379, 6380, 6381].map((port) =>
          Match.objectLike({ CidrIp: '10.0.0.0/16', FromPort: port, ToPort: port, IpProtocol: 'tcp' }),
        ),
        Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }),
      ],
    });
  });

  test('reach DynamoDB’s prefix list alone where it is told', () => {
    const bounded = synthesize({ dynamoPrefixListId: 'pl-1', allowedNetworks: ['10.0.1.0/24'] }).template;
    bounded.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '10.0.1.0/24', FromPort: 6379, ToPort: 6379 })],
    });
    bounded.resourcePropertiesCountIs(
      'AWS::EC2::SecurityGroupEgress',
      { DestinationPrefixListId: 'pl-1', FromPort: 443 },
      1,
    );
  });

  function inVpc() {
    return Object.values(resources(template, 'AWS::Lambda::Function')).filter(
      ({ Properties }) => 'VpcConfig' in Properties,
    );
  }
});

describe('every function of ours', () => {
  const functions = Object.entries(resources(template, 'AWS::Lambda::Function')).filter(
    ([, { Properties }]) => JSON.stringify(Properties['Environment']).includes('TABLE_NAME'),
  );

  test('is one of eight: three zones, pacemaker, relay, read, operate, configure', () => {
    template.resourcePropertiesCountIs('AWS::Lambda::Function', ours, 8);
    expect(functions.map(([, { Properties }]) => Properties['Handler']).sort()).toEqual([
      'configure.handler',
      'operate.handler',
      'pacemaker.handler',
      'read.handler',
      'relay.handler',
      'sentinel.handler',
      'sentinel.handler',
      'sentinel.handler',
    ]);
  });

  test.each(functions)('%s runs on arm64 and Node.js 24', (_id, { Properties }) => {
    expect(Properties).toMatchObject({ Architectures: ['arm64'], Runtime: 'nodejs24.x' });
  });

  test.each(functions)('%s writes no START, END and REPORT', (_id, { Properties }) => {
    expect(Properties['LoggingConfig']).toMatchObject({
      LogFormat: 'JSON',
      SystemLogLevel: 'WARN',
      LogGroup: { Ref: expect.stringContaining('Logs') },
    });
  });

  test.each(functions)('%s is not tried again, and not held for longer than a minute', (id) => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: id },
      MaximumEventAgeInSeconds: 60,
      MaximumRetryAttempts: 0,
    });
  });
});

test('only the sentinels are in the VPC: the others call AWS, and need no way out of it', () => {
  const inVpc = Object.values(resources(template, 'AWS::Lambda::Function')).filter(
    ({ Properties }) => 'VpcConfig' in Properties,
  );
  expect(inVpc.map(({ Properties }) => Properties['Handler'])).toEqual(Array(3).fill('sentinel.handler'));
});

test('logs are kept for a month, or as long as is said', () => {
  template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  const week = synthesize({ logRetention: RetentionDays.ONE_WEEK }).template;
  week.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
});

describe('the endpoint for DynamoDB', () => {
  test('is made for the route tables of the functions’ subnets', () => {
    const made = synthesize({ dynamoEndpoint: 'create' }).template;
    made.hasResourceProperties('AWS::EC2::VPCEndpoint', {
      VpcEndpointType: 'Gateway',
      RouteTableIds: ['rtb-a', 'rtb-b', 'rtb-c'],
      ServiceName: { 'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, '.dynamodb']] },
    });
  });

  test('is left to a VPC that has one', () => {
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
  });
});

test('a zone’s isolated subnets go before its private ones, unless others are named', () => {
  const subnets = (props: object) => {
    const { template: synthesized } = synthesize((stack) => ({
      vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-1',
        vpcCidrBlock: '10.0.0.0/16',
        availabilityZones: [...ZONES],
        privateSubnetIds: ['private-a', 'private-b', 'private-c'],
        isolatedSubnetIds: ['isolated-a', 'isolated-b', 'isolated-c'],
      }),
      ...props,
    }));
    return Object.values(resources(synthesized, 'AWS::Lambda::Function'))
      .map(({ Properties }) => Properties['VpcConfig'] as { SubnetIds: string[] } | undefined)
      .flatMap((config) => config?.SubnetIds ?? [])
      .sort();
  };
  expect(subnets({})).toEqual(['isolated-a', 'isolated-b', 'isolated-c']);
  const vpcSubnets = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
  expect(subnets({ vpcSubnets })).toEqual(['private-a', 'private-b', 'private-c']);
});

test('fewer than three zones are warned of', () => {
  const stack = newStack();
  const built = construct(stack, { zones: ['eu-west-1a', 'eu-west-1b'] });
  const warnings = built.node.metadata.filter(({ type }) => type.includes('warning'));
  expect(JSON.stringify(warnings)).toContain('no majority');
});
