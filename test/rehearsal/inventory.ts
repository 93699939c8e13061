/** What is there after a deployment: asked of each service. */
import {
  type EventSourceMappingConfiguration,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import type { Rehearsal } from './rehearsal.ts';
import { ZONES } from './surroundings.ts';

/** @param deployed - with a pulse of a second */
export function inventory(deployed: () => Rehearsal): void {
  function variables(name: string): Readonly<Record<string, string>> {
    return deployed().functions.the(name).configuration.Environment?.Variables ?? {};
  }

  test('the table has its keys, its stream and its protection', async () => {
    const { Table } = await dynamo('DescribeTable');
    expect(Table).toMatchObject({
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      DeletionProtectionEnabled: true,
    });
  });

  /** Once moto takes notice of one of these, this fails: then it is to be asserted where it belongs. */
  test('moto passes over the table’s TTL, recovery and key, and the functions’ processor and key', async () => {
    const ttl = { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } };
    expect(await dynamo('DescribeTimeToLive')).toMatchObject(ttl);
    const recovery = { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' } };
    expect(await dynamo('DescribeContinuousBackups')).toMatchObject({
      ContinuousBackupsDescription: recovery,
    });
    expect((await dynamo('DescribeTable'))['Table']).not.toHaveProperty('SSEDescription');
    for (const { configuration } of deployed().functions.all) {
      expect(configuration).toMatchObject({ Architectures: ['x86_64'] });
      expect(configuration).not.toHaveProperty('KMSKeyArn');
    }
  });

  function dynamo(operation: string): Promise<Readonly<Record<string, unknown>>> {
    const [TableName] = deployed().ids('DynamoDB::Table');
    return deployed().moto.json('dynamodb', `DynamoDB_20120810.${operation}`, { TableName });
  }

  test('every function knows the table, and the zones by their functions’ names', () => {
    const { functions, ids } = deployed();
    const [table] = ids('DynamoDB::Table');
    for (const { name, configuration } of functions.all) {
      const own = configuration.Environment?.Variables;
      if (!name.includes('framework')) expect(own, name).toMatchObject({ TABLE_NAME: table });
    }
    const zones = ZONES.map((zone) => {
      const name = `SentinelSentinel${zone.replaceAll('-', '')}`;
      expect(variables(name)).toMatchObject({ SENTINEL_ID: zone, PULSE_MS: '1000' });
      return [zone, functions.the(name).functionName];
    });
    for (const waker of ['SentinelPacemakerFunction', 'SentinelRelayFunction']) {
      expect(JSON.parse(variables(waker)['ZONES'] ?? '')).toEqual(Object.fromEntries(zones));
    }
    expect(variables('SentinelConfigurationProvider')).toEqual({
      USER_ON_EVENT_FUNCTION_ARN: functions.the('SentinelConfigurationFunction').configuration.FunctionArn,
    });
  });

  test('each zone’s function is in that zone’s subnet alone, and in the sentinels’ security group', () => {
    const { functions, ids, surroundings } = deployed();
    const groups = ids('EC2::SecurityGroup');
    const placed = ZONES.map((zone) => {
      const { configuration } = functions.the(`SentinelSentinel${zone.replaceAll('-', '')}`);
      expect(configuration.VpcConfig?.SecurityGroupIds).toEqual(groups);
      return configuration.VpcConfig?.SubnetIds;
    });
    expect(placed).toEqual(surroundings.vpc.subnetIds.map((subnet) => [subnet]));
  });

  test('the slots go to the pacemaker, two at a time, and what changes in the table to the relay', async () => {
    const { functions } = deployed();
    const slots = await attributesOf('SentinelPacemakerSlots');
    const givenUp = await attributesOf('SentinelRelayGivenUp');
    expect(slots).toMatchObject({ VisibilityTimeout: '180', MessageRetentionPeriod: '300' });
    for (const queue of [slots, givenUp])
      expect(queue['KmsMasterKeyId']).toBe(deployed().surroundings.keyArn);
    const [queue, stream, ...others] = (await mappings()).sort((a, b) => size(a) - size(b));
    expect(others).toEqual([]);
    expect(queue).toMatchObject({
      EventSourceArn: slots['QueueArn'],
      FunctionArn: functions.the('SentinelPacemakerFunction').configuration.FunctionArn,
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    expect(stream).toMatchObject({
      EventSourceArn: expect.stringMatching(/:table\/Rehearsal-SentinelTable[^/]*\/stream\//),
      FunctionArn: functions.the('SentinelRelayFunction').configuration.FunctionArn,
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: givenUp['QueueArn'] } },
      FilterCriteria: { Filters: [{ Pattern: expect.stringContaining('"prefix":"MASTER#"') }] },
      MaximumRecordAgeInSeconds: 60,
      MaximumRetryAttempts: 3,
      StartingPosition: 'TRIM_HORIZON',
    });
  });

  async function attributesOf(queue: string): Promise<Readonly<Record<string, string>>> {
    const [QueueUrl] = deployed().ids('SQS::Queue', queue);
    const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
    return (await deployed().surroundings.sqs.send(asked)).Attributes ?? {};
  }

  async function mappings(): Promise<EventSourceMappingConfiguration[]> {
    const client = new LambdaClient(deployed().moto.client);
    const { EventSourceMappings = [] } = await client.send(new ListEventSourceMappingsCommand({}));
    client.destroy();
    return EventSourceMappings;
  }
}

function size({ BatchSize = 0 }: EventSourceMappingConfiguration): number {
  return BatchSize;
}
