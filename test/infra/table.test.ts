import { RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { resources, synthesize } from './synthesized.ts';

describe('the table', () => {
  const { template } = synthesize();

  test('has the keys every item is addressed by', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    });
  });

  test('is paid by request', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', { BillingMode: 'PAY_PER_REQUEST' });
  });

  test('streams what an item was and what it became', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
  });

  test('sweeps votes, observations and the history by their ttl', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
  });

  test('can be restored to any second, and neither a call nor the end of its stack deletes it', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      Properties: {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('is the only table', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
  });
});

test('a table that may go has no protection from it', () => {
  const { template } = synthesize({ removalPolicy: RemovalPolicy.DESTROY });
  template.hasResource('AWS::DynamoDB::Table', {
    Properties: { DeletionProtectionEnabled: false },
    DeletionPolicy: 'Delete',
  });
});

describe('a key of your own', () => {
  const { template } = synthesize((stack) => ({ encryptionKey: new Key(stack, 'Key') }));
  const key = { 'Fn::GetAtt': [Object.keys(resources(template, 'AWS::KMS::Key'))[0], 'Arn'] };

  test('encrypts the table', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
    });
  });

  test('encrypts every queue', () => {
    template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: key });
  });

  test('encrypts the environment of every function', () => {
    template.allResourcesProperties('AWS::Lambda::Function', { KmsKeyArn: key });
  });

  test('may be used by every function’s role, by named actions', () => {
    const policies = Object.entries(resources(template, 'AWS::IAM::Policy')).filter(
      ([id]) => !id.includes('ScheduleRole'),
    );
    const without = policies.filter(([, policy]) => !JSON.stringify(policy).includes('kms:Decrypt'));
    expect(policies.length).toBeGreaterThanOrEqual(9);
    expect(without.map(([id]) => id)).toEqual([]);
    expect(JSON.stringify(policies)).not.toContain('kms:*');
  });
});

test('without one queues are encrypted by SQS, and take nothing in the clear', () => {
  const { template } = synthesize();
  template.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  template.resourceCountIs('AWS::SQS::Queue', 2);
  template.resourceCountIs('AWS::SQS::QueuePolicy', 2);
  const policies = Object.values(resources(template, 'AWS::SQS::QueuePolicy'));
  for (const policy of policies) expect(JSON.stringify(policy)).toContain('"aws:SecureTransport":"false"');
});
