/**
 * Alarms: $0.10 each a month. Those here rest on metrics AWS keeps for nothing, and say whether the sentinels run;
 * {@link ./master-alarms.ts} has those that say how the masters are. Without a topic their state is seen in CloudWatch
 * alone.
 */
import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AlarmBell } from './alarm.ts';
import type { AlarmSettings } from './alarm-settings.ts';
import { addMasterAlarms } from './master-alarms.ts';
import type { SentinelMetrics } from './sentinel-metrics.ts';

export interface SentinelAlarmsProps {
  readonly settings: AlarmSettings;
  readonly zones: ReadonlyMap<string, IFunction>;
  /** The other functions, by the name their alarms bear. */
  readonly functions: ReadonlyMap<string, IFunction>;
  readonly givenUp: IQueue;
  readonly serverErrors: ReadonlyMap<string, IMetric>;
  readonly metrics: SentinelMetrics;
}

const PERIOD = { period: Duration.minutes(1), statistic: Stats.SUM };
/** Scheduler comes at any second of a minute: one minute without a pulse is no silence yet. */
const SILENT_MINUTES = 3;

export class SentinelAlarms extends Construct {
  constructor(scope: Construct, id: string, props: SentinelAlarmsProps) {
    super(scope, id);
    const bell = new AlarmBell(this, props.settings.topic);
    for (const [zone, handler] of props.zones) {
      bell.add(`NoPulse-${zone}`, handler.metricInvocations(PERIOD), {
        description: `the sentinel of zone ${zone} was not invoked for ${SILENT_MINUTES} minutes: nobody watches from there`,
        threshold: 1,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluationPeriods: SILENT_MINUTES,
        // A function that is not invoked has no data.
        treatMissingData: TreatMissingData.BREACHING,
      });
    }
    const zones = [...props.zones].map(([zone, handler]) => [`Sentinel-${zone}`, handler] as const);
    for (const [name, handler] of [...zones, ...props.functions]) addFunctionAlarms(bell, name, handler);
    bell.event(
      'RelayGaveUp',
      props.givenUp.metricApproximateNumberOfMessagesVisible({ ...PERIOD, statistic: Stats.MAXIMUM }),
      'the relay gave up records of the stream: a wake or a notification may be missing',
    );
    for (const [name, metric] of props.serverErrors) {
      bell.event(name, metric, 'an HTTP request was answered with 5xx');
    }
    addMasterAlarms(bell, props.metrics, props.settings);
  }
}

function addFunctionAlarms(bell: AlarmBell, name: string, handler: IFunction): void {
  bell.event(`${name}-Errors`, handler.metricErrors(PERIOD), `the function ${name} failed: its log says why`);
  bell.event(
    `${name}-Throttles`,
    handler.metricThrottles(PERIOD),
    `the function ${name} was throttled: the account's or the function's concurrency is used up`,
  );
}
