import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

export interface SentinelTableProps {
  /** @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** @default - DynamoDB's own key */
  readonly encryptionKey?: IKey;
}

/**
 * Where the sentinels agree. Without it no sentinel changes anything (I8), so it cannot be deleted by mistake and
 * outlives its stack, unless it is said that it may go.
 */
export class SentinelTable extends Table {
  readonly streamArn: string;

  constructor(scope: Construct, id: string, props: SentinelTableProps = {}) {
    const { removalPolicy = RemovalPolicy.RETAIN, encryptionKey } = props;
    super(scope, id, {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      // A fleet in good health writes a few items a minute; one that fails over writes hundreds in a second.
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // The relay tells what changed, and needs what stood before.
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'ttl',
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
      ...(encryptionKey && { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }),
    });
    if (this.tableStreamArn === undefined) throw new Error('the table has no stream');
    this.streamArn = this.tableStreamArn;
  }
}
