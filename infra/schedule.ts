/** EventBridge Scheduler: once a minute, at any second of it, with no second try. */

import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';

/** What comes a minute late is of no use: the next one is there. It is also the least that Scheduler takes. */
const EVENT_AGE_S = 60;

/** @param targets - by the id of their schedule, with what each is told */
export function everyMinute(
  scope: Construct,
  targets: ReadonlyMap<string, { readonly target: IFunction; readonly event: object }>,
): void {
  const stack = Stack.of(scope);
  const role = new Role(scope, 'ScheduleRole', {
    // Only for schedules of this account: nobody else's may borrow the role.
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  });
  role.addToPolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['lambda:InvokeFunction'],
      resources: [...targets.values()].map(({ target }) => target.functionArn),
    }),
  );
  for (const [id, { target, event }] of targets) {
    const schedule = new CfnSchedule(scope, id, {
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: target.functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify(event),
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: EVENT_AGE_S },
      },
    });
    schedule.node.addDependency(role);
  }
}
