/** What an operator looks at first, from metrics that AWS keeps for nothing. $3 a month. */
import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { SentinelTable } from './sentinel-table.ts';

export interface SentinelDashboardProps {
  readonly zones: ReadonlyMap<string, IFunction>;
  readonly relay: IFunction;
  readonly table: SentinelTable;
  readonly serverErrors: ReadonlyMap<string, IMetric>;
}

const PERIOD = Duration.minutes(1);

export class SentinelDashboard extends Construct {
  constructor(scope: Construct, id: string, { zones, relay, table, serverErrors }: SentinelDashboardProps) {
    super(scope, id);
    const each = (metric: (handler: IFunction) => IMetric) => [...zones.values()].map(metric);
    const sum = { period: PERIOD, statistic: Stats.SUM };
    const longest = { period: PERIOD, statistic: Stats.MAXIMUM };
    const capacity = { ...sum, dimensionsMap: { TableName: table.tableName } };
    const dashboard = new Dashboard(this, 'Dashboard');
    dashboard.addWidgets(
      graph(
        'Pulses a minute',
        each((handler) => handler.metricInvocations(sum)),
      ),
      graph(
        'Longest invocation: minutes of it are an alert',
        each((handler) => handler.metricDuration(longest)),
      ),
      graph('Errors and throttles', [
        ...each((handler) => handler.metricErrors(sum)),
        ...each((handler) => handler.metricThrottles(sum)),
      ]),
    );
    dashboard.addWidgets(
      graph('The relay: age of what it reads', [relay.metric('IteratorAge', longest)]),
      graph('The table: reads and writes', [
        table.metricConsumedReadCapacityUnits(capacity),
        table.metricConsumedWriteCapacityUnits(capacity),
      ]),
      graph('Answers 5xx', [...serverErrors.values()]),
    );
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, leftYAxis: { min: 0 } });
}
