/** Who is told of what happens: events with Redis Sentinel's names. */
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/**
 * Each event at least once, in order for each master, with the id `<master>:<seq>` by which its consumer can tell a
 * repetition; an SNS FIFO topic does so by itself.
 *
 * WARNING: a topic or bus that is encrypted with your own key must allow the relay's role to use that key.
 */
export interface Notifications {
  /** @default - no topic is told */
  readonly topic?: ITopic;
  /** @default - no bus is told */
  readonly eventBus?: Pick<IEventBus, 'eventBusName' | 'eventBusArn'>;
}

export function notificationEnvironment({ topic, eventBus }: Notifications): Record<string, string> {
  return {
    ...(topic && { TOPIC_ARN: topic.topicArn }),
    ...(eventBus && { EVENT_BUS_NAME: eventBus.eventBusName }),
  };
}

export function notificationStatements({ topic, eventBus }: Notifications): PolicyStatement[] {
  const allow = (action: string, resource: string) =>
    new PolicyStatement({ effect: Effect.ALLOW, actions: [action], resources: [resource] });
  return [
    ...(topic ? [allow('sns:Publish', topic.topicArn)] : []),
    ...(eventBus ? [allow('events:PutEvents', eventBus.eventBusArn)] : []),
  ];
}
