/**
 * Alarms that rest on metrics AWS keeps for nothing: $0.10 a month each. Without a topic their state is seen in
 * CloudWatch alone.
 */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface SentinelAlarmsProps {
  readonly topic?: ITopic;
  readonly zones: ReadonlyMap<string, IFunction>;
  /** The other functions, by the name their alarms bear. */
  readonly functions: ReadonlyMap<string, IFunction>;
  readonly givenUp: IQueue;
  readonly serverErrors: ReadonlyMap<string, IMetric>;
}

const PERIOD = { period: Duration.minutes(1), statistic: Stats.SUM };
/** Scheduler comes at any second of a minute: one minute without a pulse is no silence yet. */
const SILENT_MINUTES = 3;

export class SentinelAlarms extends Construct {
  readonly #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: SentinelAlarmsProps) {
    super(scope, id);
    this.#topic = props.topic;
    for (const [zone, handler] of props.zones) {
      this.#alarm(`NoPulse-${zone}`, handler.metricInvocations(PERIOD), {
        description: `the sentinel of zone ${zone} was not invoked for ${SILENT_MINUTES} minutes: nobody watches from there`,
        threshold: 1,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluationPeriods: SILENT_MINUTES,
        // A function that is not invoked has no data.
        treatMissingData: TreatMissingData.BREACHING,
      });
    }
    const zones = [...props.zones].map(([zone, handler]) => [`Sentinel-${zone}`, handler] as const);
    for (const [name, handler] of [...zones, ...props.functions]) this.#ofFunction(name, handler);
    this.#event(
      'RelayGaveUp',
      props.givenUp.metricApproximateNumberOfMessagesVisible({ ...PERIOD, statistic: Stats.MAXIMUM }),
      'the relay gave up records of the stream: a wake or a notification may be missing',
    );
    for (const [name, metric] of props.serverErrors) {
      this.#event(name, metric, 'an HTTP request was answered with 5xx');
    }
  }

  #ofFunction(name: string, handler: IFunction): void {
    this.#event(
      `${name}-Errors`,
      handler.metricErrors(PERIOD),
      `the function ${name} failed: its log says why`,
    );
    this.#event(
      `${name}-Throttles`,
      handler.metricThrottles(PERIOD),
      `the function ${name} was throttled: the account's or the function's concurrency is used up`,
    );
  }

  /** Once is enough, and no data means that it did not happen. */
  #event(id: string, metric: IMetric, description: string): void {
    this.#alarm(id, metric, {
      description,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  #alarm(id: string, metric: IMetric, { description, ...settings }: Settings): void {
    const alarm = new Alarm(this, id, { metric, alarmDescription: description, ...settings });
    if (!this.#topic) return;
    const action = new SnsAction(this.#topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}

interface Settings {
  readonly description: string;
  readonly threshold: number;
  readonly comparisonOperator: ComparisonOperator;
  readonly evaluationPeriods: number;
  readonly treatMissingData: TreatMissingData;
}
