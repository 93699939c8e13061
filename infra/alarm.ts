/** One alarm: what it means, when it rings, and whom it tells. */
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface Settings {
  readonly description: string;
  readonly threshold: number;
  readonly comparisonOperator: ComparisonOperator;
  readonly evaluationPeriods: number;
  /** Of the periods, how many must be bad. @default - all of them */
  readonly datapointsToAlarm?: number;
  readonly treatMissingData: TreatMissingData;
}

export class AlarmBell {
  readonly #scope: Construct;
  readonly #topic: ITopic | undefined;

  /** @param topic - told when an alarm begins and when it ends */
  constructor(scope: Construct, topic: ITopic | undefined) {
    this.#scope = scope;
    this.#topic = topic;
  }

  /** Once is enough, and no data means that it did not happen. What is told late counts all the same. */
  event(id: string, metric: IMetric, description: string): void {
    this.add(id, metric, {
      description,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  add(id: string, metric: IMetric, { description, ...settings }: Settings): void {
    const alarm = new Alarm(this.#scope, id, { metric, alarmDescription: description, ...settings });
    if (!this.#topic) return;
    const action = new SnsAction(this.#topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}
