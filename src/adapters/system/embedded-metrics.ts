/**
 * Metrics in CloudWatch's embedded metric format: a line of the log from which CloudWatch takes them, so that no function
 * needs a way to its API. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { type MetricName, UNITS } from '../../core/metrics.ts';
import type { Metrics, Reading } from '../../ports.ts';
import { writeLine } from './telemetry.ts';

export const NAMESPACE = 'LambdaSentinel';

/** @param deployment - tells this deployment's metrics from any other's */
export function embeddedMetrics(deployment: string): Metrics {
  return {
    put: (reading) => writeLine(embed(deployment, reading)),
  };
}

/** A master's metrics are told under its name, to be looked at, and under none, where one alarm serves all masters. */
function embed(deployment: string, { at, master, figures, about }: Reading): object {
  const names = Object.keys(figures) as MetricName[];
  return {
    _aws: {
      Timestamp: Math.round(at),
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: master === undefined ? [['Deployment']] : [['Deployment'], ['Deployment', 'Master']],
          Metrics: names.map((name) => ({ Name: name, Unit: UNITS[name] })),
        },
      ],
    },
    ...about,
    Deployment: deployment,
    ...(master !== undefined && { Master: master }),
    ...figures,
  };
}
