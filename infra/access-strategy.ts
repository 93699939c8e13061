/** What each way to the read and operate functions makes, and how a right to it is granted. */
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Bundles } from './bundles.ts';

export interface Doors {
  readonly read: LambdaFunction;
  readonly operate: LambdaFunction;
  readonly bundles: Bundles;
}

export interface Access {
  /** Undefined where there is no URL. */
  readonly readUrl?: string;
  readonly operateUrl?: string;
  grantRead(grantee: IGrantable): Grant;
  grantOperate(grantee: IGrantable): Grant;
  /** Answers 5xx, by the id of the alarm that counts them. */
  readonly serverErrors: ReadonlyMap<string, IMetric>;
}

export interface AccessStrategy {
  bind(scope: Construct, doors: Doors): Access;
}

export class InvokeAccess implements AccessStrategy {
  bind(_scope: Construct, { read, operate }: Doors): Access {
    return {
      grantRead: (grantee) => grantInvoke(read, grantee),
      grantOperate: (grantee) => grantInvoke(operate, grantee),
      serverErrors: new Map(),
    };
  }
}

/**
 * Of the function itself: `Function.grantInvoke` would allow its versions and aliases too, which there are not.
 */
export function grantInvoke(handler: LambdaFunction, grantee: IGrantable): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ['lambda:InvokeFunction'],
    resourceArns: [handler.functionArn],
  });
}
