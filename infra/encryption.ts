/** What a customer's own key needs: the functions use it through DynamoDB, SQS and Lambda, never by themselves. */
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type IQueue, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export function allowKey(key: IKey, grantee: IGrantable): void {
  key.grant(
    grantee,
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  );
}

/** A queue that takes nothing in the clear. */
export function encryptedQueue(
  scope: Construct,
  id: string,
  key: IKey | undefined,
  props: QueueProps,
): IQueue {
  return new Queue(scope, id, {
    ...props,
    enforceSSL: true,
    ...(key
      ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key }
      : { encryption: QueueEncryption.SQS_MANAGED }),
  });
}
