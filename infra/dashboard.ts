/** What an operator looks at first: how the masters are, and below it how the sentinels run. $3 a month. */
import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { SentinelMetricName, SentinelMetrics } from './sentinel-metrics.ts';
import type { SentinelTable } from './sentinel-table.ts';

export interface SentinelDashboardProps {
  readonly zones: ReadonlyMap<string, IFunction>;
  readonly relay: IFunction;
  readonly table: SentinelTable;
  readonly serverErrors: ReadonlyMap<string, IMetric>;
  readonly metrics: SentinelMetrics;
}

const PERIOD = Duration.minutes(1);

export class SentinelDashboard extends Construct {
  constructor(scope: Construct, id: string, props: SentinelDashboardProps) {
    super(scope, id);
    const dashboard = new Dashboard(this, 'Dashboard');
    for (const row of [...mastersRows(props.metrics), ...sentinelsRows(props)]) dashboard.addWidgets(...row);
  }
}

function mastersRows(metrics: SentinelMetrics): GraphWidget[][] {
  const ours = (...names: SentinelMetricName[]) =>
    names.map((name) => metrics.metric(name, { period: PERIOD }));
  const troubles = [
    graph('Failovers', ours('FailoversStarted', 'Failovers', 'FailoversAborted')),
    graph('Masters down, two masters, data lost', ours('MasterDown', 'TwoMasters', 'DataLost')),
    graph('What hinders a failover', ours('NoQuorum', 'MisconfiguredNodes', 'TableUnreachable')),
  ];
  if (metrics.continuous === 'none') return [troubles];
  const continuous = [
    graph('The fewest usable sentinels', ours('UsableSentinels')),
    graph('The fewest replicas of a master', ours('VisibleReplicas')),
    graph('The most bytes that a replica is behind', ours('ReplicationLagBytes')),
  ];
  return [troubles, continuous];
}

function sentinelsRows({ zones, relay, table, serverErrors }: SentinelDashboardProps): GraphWidget[][] {
  const each = (metric: (handler: IFunction) => IMetric) => [...zones.values()].map(metric);
  const sum = { period: PERIOD, statistic: Stats.SUM };
  const longest = { period: PERIOD, statistic: Stats.MAXIMUM };
  const capacity = { ...sum, dimensionsMap: { TableName: table.tableName } };
  return [
    [
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
    ],
    [
      graph('The relay: age of what it reads', [relay.metric('IteratorAge', longest)]),
      graph('The table: reads and writes', [
        table.metricConsumedReadCapacityUnits(capacity),
        table.metricConsumedWriteCapacityUnits(capacity),
      ]),
      graph('Answers 5xx', [...serverErrors.values()]),
    ],
  ];
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, leftYAxis: { min: 0 } });
}
