/** What changed in the table wakes the zones it concerns, and is then told to everybody else. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  EventSourceMapping,
  FilterCriteria,
  type IFunction,
  type Function as LambdaFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge, logicalId } from './acknowledgements.ts';
import { type Dns, dnsStatements, recordsOf } from './dns.ts';
import { encryptedQueue } from './encryption.ts';
import { type Notifications, notificationEnvironment, notificationStatements } from './notifications.ts';
import { invoke } from './pacemaker.ts';
import { type Foundation, sentinelLambda } from './sentinel-lambda.ts';

export interface RelayProps {
  readonly foundation: Foundation;
  readonly zones: ReadonlyMap<string, IFunction>;
  readonly masters: readonly string[];
  /** What its metrics are told under. */
  readonly deployment: string;
  readonly notifications: Notifications;
  readonly dns?: Dns;
}

const TIMEOUT = Duration.seconds(30);
const MEMORY_MIB = 512;

/**
 * Positive only: of what else comes into the table, by a later version too, the relay is not called for, least of all
 * for the history that it writes itself. An item that was deleted has no new image and concerns nobody.
 */
const FILTER = FilterCriteria.filter({
  dynamodb: {
    Keys: {
      pk: { S: [{ prefix: 'MASTER#' }] },
      sk: { S: ['STATE', { prefix: 'OBS#' }, { prefix: 'VOTE#' }] },
    },
    NewImage: { pk: { S: [{ exists: true }] } },
  },
});

export class Relay extends Construct {
  readonly handler: LambdaFunction;
  /** Where the stream says what was given up: which records, not what stood in them. */
  readonly givenUp: IQueue;

  constructor(scope: Construct, id: string, props: RelayProps) {
    super(scope, id);
    const { foundation, zones, notifications, dns, masters, deployment } = props;
    const stack = Stack.of(this);
    const names = [...zones].map(([zone, { functionName }]) => [zone, functionName]);
    this.givenUp = encryptedQueue(this, 'GivenUp', foundation.encryptionKey, {
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this.givenUp, 'AwsSolutions-SQS3', 'it is itself where failed records are told');
    this.handler = sentinelLambda(this, 'Function', {
      foundation,
      bundle: 'relay',
      description: 'Wakes the sentinels of what changed in their table, and tells of it',
      timeout: TIMEOUT,
      memorySize: MEMORY_MIB,
      environment: {
        ZONES: stack.toJsonString(Object.fromEntries(names)),
        DEPLOYMENT: deployment,
        ...notificationEnvironment(notifications),
        ...(dns && { DNS: stack.toJsonString(recordsOf(dns, masters)) }),
      },
      statements: [
        invoke(zones),
        ...streamStatements(foundation),
        ...notificationStatements(notifications),
        ...(dns ? dnsStatements(dns, masters) : []),
      ],
    });
    acknowledge(
      this.handler.role,
      `AwsSolutions-IAM5[Resource::<${logicalId(foundation.table)}.Arn>/stream/*]`,
      'the streams of this one table: their names are times, and ListStreams asks for all of them',
    );
    this.#listen(foundation);
  }

  #listen({ table }: Foundation): void {
    const mapping = new EventSourceMapping(this, 'Stream', {
      target: this.handler,
      eventSourceArn: table.streamArn,
      // With the record's age bounded it misses nothing that was written meanwhile, and tells nothing stale.
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      filters: [FILTER],
      // The default is to try for ever: one bad record would hold up every wake behind it.
      retryAttempts: 3,
      maxRecordAge: Duration.seconds(60),
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      onFailure: new SqsDlq(this.givenUp),
    });
    if (this.handler.role) mapping.node.addDependency(this.handler.role);
  }
}

function streamStatements({ table }: Foundation): PolicyStatement[] {
  return [
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resources: [table.streamArn],
    }),
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['dynamodb:ListStreams'],
      resources: [`${table.tableArn}/stream/*`],
    }),
  ];
}
