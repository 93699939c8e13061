/**
 * What makes the zones look. Scheduler knows minutes only: each minute it wakes the pacemaker, which puts the pulses
 * of the next ones on a queue, and which each of them wakes again to invoke the zones. No chain of a function that
 * calls itself: Lambda ends one after 16 hops.
 */
import { Duration, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type IFunction, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';
import { encryptedQueue } from './encryption.ts';
import { InvalidProp } from './invalid-prop.ts';
import { everyMinute } from './schedule.ts';
import { type Foundation, sentinelLambda } from './sentinel-lambda.ts';

export interface PacemakerProps {
  readonly foundation: Foundation;
  readonly pulse: Duration;
  readonly stagger: boolean;
  readonly zones: ReadonlyMap<string, IFunction>;
}

/** Whole seconds, as a queue's delays are. @throws InvalidProp */
export function checkPulse(pulse: Duration): void {
  const ms = pulse.toMilliseconds({ integral: false });
  if (ms >= 1000 && ms <= 60_000 && ms % 1000 === 0) return;
  throw new InvalidProp('pulse', `${ms} milliseconds`, 'whole seconds, from 1 to 60');
}

/** A run that takes over from one that died watches its claim for ten seconds first, and then sends. */
const TIMEOUT = Duration.seconds(30);
/** With a stagger it waits more than it computes: at a pulse of a second it is up for most of the month. */
const MEMORY_MIB = 128;
/** Longer than the pulses that are seeded ahead (210 s); one that is left over is of no use. */
const SLOTS_KEPT = Duration.minutes(5);
/** Six of the function's time-outs, as AWS advises: a slot being handled is not handed out again. */
const VISIBILITY = Duration.minutes(3);

export class Pacemaker extends Construct {
  /** Undefined at a pulse of a minute, which Scheduler keeps by itself. */
  readonly handler: LambdaFunction | undefined;

  constructor(scope: Construct, id: string, props: PacemakerProps) {
    super(scope, id);
    if (props.pulse.toSeconds() === 60) {
      const schedules = [...props.zones].map(
        ([zone, target]) => [`Pulse-${zone}`, { target, event: { kind: 'pulse' } }] as const,
      );
      everyMinute(this, new Map(schedules));
      return;
    }
    const queue = encryptedQueue(this, 'Slots', props.foundation.encryptionKey, {
      visibilityTimeout: VISIBILITY,
      retentionPeriod: SLOTS_KEPT,
    });
    acknowledge(
      queue,
      'AwsSolutions-SQS3',
      'a pulse that was not given in time is of no use to anybody later',
    );
    this.handler = this.#pacemaker(queue, props);
    everyMinute(this, new Map([['Seed', { target: this.handler, event: { kind: 'seed' } }]]));
  }

  #pacemaker(queue: IQueue, { foundation, pulse, stagger, zones }: PacemakerProps): LambdaFunction {
    const names = [...zones].map(([zone, { functionName }]) => [zone, functionName]);
    const handler = sentinelLambda(this, 'Function', {
      foundation,
      bundle: 'pacemaker',
      description: 'Gives the pulse to the sentinels of all zones',
      timeout: TIMEOUT,
      memorySize: MEMORY_MIB,
      environment: {
        PULSE_MS: String(pulse.toMilliseconds()),
        STAGGER: stagger ? 'yes' : 'no',
        QUEUE_URL: queue.queueUrl,
        ZONES: Stack.of(this).toJsonString(Object.fromEntries(names)),
      },
      statements: [invoke(zones)],
    });
    queue.grantSendMessages(handler);
    queue.grantConsumeMessages(handler);
    const mapping = new EventSourceMapping(this, 'SlotsMapping', {
      target: handler,
      eventSourceArn: queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      // Two are the least there can be, and enough: a staggered slot takes 0.7 s at a pulse of a second.
      maxConcurrency: 2,
    });
    // Lambda asks at once whether the role may receive.
    if (handler.role) mapping.node.addDependency(handler.role);
    return handler;
  }
}

/** The right to wake each zone, and nothing else. */
export function invoke(zones: ReadonlyMap<string, IFunction>): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: ['lambda:InvokeFunction'],
    resources: [...zones.values()].map(({ functionArn }) => functionArn),
  });
}
