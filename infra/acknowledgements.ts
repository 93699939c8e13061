/**
 * Findings of cdk-nag's AwsSolutions that are so on purpose, each with its reason at the place it is about: who runs
 * the checks over an app of his own is not bothered with ours.
 */
import { CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

export function acknowledge(construct: IConstruct | undefined, id: string, reason: string): void {
  if (construct) Validations.of(construct).acknowledge({ id, reason });
}

/** How a finding names a resource of this template. */
export function logicalId(construct: IConstruct): string {
  const element = construct.node.defaultChild;
  if (!CfnElement.isCfnElement(element)) throw new Error(`${construct.node.path} is not one resource`);
  return Stack.of(construct).resolve(element.logicalId);
}

export function acknowledgeNetworkInterfaces(handler: LambdaFunction): void {
  acknowledge(
    handler.role,
    'AwsSolutions-IAM5[Resource::*]',
    'Lambda asks for the right to handle network interfaces on every resource; its code is denied them',
  );
}
