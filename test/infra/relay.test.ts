import { Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { PrivateHostedZone } from 'aws-cdk-lib/aws-route53';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { actionsOf, ORDERS, resources, statementsOf, synthesize } from './synthesized.ts';

const ROLE = 'SentinelRelayFunctionRole';
const plain = synthesize().template;
const told = synthesize((stack) => ({
  masters: [ORDERS, { name: 'Sessions', host: '10.0.2.10' }],
  notifications: { topic: new Topic(stack, 'Topic'), eventBus: new EventBus(stack, 'Bus') },
  dns: {
    zone: PrivateHostedZone.fromHostedZoneAttributes(stack, 'Zone', {
      hostedZoneId: 'Z1',
      zoneName: 'example.internal',
    }),
    recordNames: { orders: 'redis.example.internal' },
    ttl: Duration.seconds(2),
  },
})).template;

describe('the stream', () => {
  const mapping = Object.values(resources(plain, 'AWS::Lambda::EventSourceMapping')).find(
    ({ Properties }) => 'StartingPosition' in Properties,
  )?.Properties;

  test('wakes the relay for states, observations and votes of masters that have a new image, and for nothing else', () => {
    const criteria = mapping?.['FilterCriteria'] as { Filters: { Pattern: string }[] } | undefined;
    expect(criteria?.Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
      {
        dynamodb: {
          Keys: {
            pk: { S: [{ prefix: 'MASTER#' }] },
            sk: { S: ['STATE', { prefix: 'OBS#' }, { prefix: 'VOTE#' }] },
          },
          NewImage: { pk: { S: [{ exists: true }] } },
        },
      },
    ]);
  });

  test('gives up a record after three tries or a minute, alone, and says so on a queue', () => {
    const [queue] = Object.keys(resources(plain, 'AWS::SQS::Queue')).filter((id) => id.includes('GivenUp'));
    expect(mapping).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [expect.stringContaining('Table'), 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
      MaximumRetryAttempts: 3,
      MaximumRecordAgeInSeconds: 60,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [queue, 'Arn'] } } },
    });
    plain.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 1_209_600 });
  });

  test('keeps the order of a master: one run at a time for each part of it', () => {
    expect(mapping).not.toHaveProperty('ParallelizationFactor');
  });
});

describe('a relay that has nobody to tell', () => {
  test('may do nothing with topics, buses and zones', () => {
    const services = new Set(actionsOf(plain, ROLE).map((action) => action.split(':')[0]));
    expect([...services].sort()).toEqual(['dynamodb', 'lambda', 'logs', 'sqs']);
  });
});

describe('a relay that tells', () => {
  const environment = Object.values(resources(told, 'AWS::Lambda::Function')).find(
    ({ Properties }) => Properties['Handler'] === 'relay.handler',
  )?.Properties['Environment'] as { Variables: Record<string, unknown> };

  test('knows the topic, the bus and the record of each master', () => {
    expect(environment.Variables).toMatchObject({
      TOPIC_ARN: { Ref: expect.stringContaining('Topic') },
      EVENT_BUS_NAME: { Ref: expect.stringContaining('Bus') },
    });
    expect(JSON.parse(environment.Variables['DNS'] as string)).toEqual({
      orders: { hostedZoneId: 'Z1', recordName: 'redis.example.internal', ttlSeconds: 2 },
      Sessions: { hostedZoneId: 'Z1', recordName: 'Sessions.example.internal', ttlSeconds: 2 },
    });
  });

  test('may publish to them alone', () => {
    const statements = statementsOf(told, ROLE);
    expect(statements).toContainEqual({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Resource: { Ref: expect.stringContaining('Topic') },
    });
    expect(statements).toContainEqual({
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Resource: { 'Fn::GetAtt': [expect.stringContaining('Bus'), 'Arn'] },
    });
  });

  test('may set these records alone, as Route 53 compares their names', () => {
    const [statement] = statementsOf(told, ROLE).filter(
      ({ Action }) => Action === 'route53:ChangeResourceRecordSets',
    );
    expect(JSON.stringify(statement?.Resource)).toContain(':route53:::hostedzone/Z1');
    expect(statement?.Condition).toEqual({
      'ForAllValues:StringEquals': {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': [
          'redis.example.internal',
          'sessions.example.internal',
        ],
        'route53:ChangeResourceRecordSetsRecordTypes': ['A', 'AAAA', 'CNAME'],
        'route53:ChangeResourceRecordSetsActions': ['UPSERT', 'DELETE'],
      },
    });
  });
});
