import { Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { InvalidProp, RedisSentinel, type SentinelMetricName } from '../../infra/index.ts';
import { NAMESPACE } from '../../src/adapters/system/embedded-metrics.ts';
import { CONTINUOUS_METRICS, UNITS } from '../../src/core/metrics.ts';
import {
  importedVpc,
  newApp,
  newStack,
  ORDERS,
  placeholderBundles,
  resources,
  synthesize,
} from './synthesized.ts';

const { sentinel, template } = synthesize();
const DEPLOYMENT = 'Test/Sentinel';

function variablesOf(handler: string, of = template): Record<string, unknown>[] {
  return Object.values(resources(of, 'AWS::Lambda::Function'))
    .filter(({ Properties }) => Properties['Handler'] === `${handler}.handler`)
    .map(({ Properties }) => (Properties['Environment'] as { Variables: Record<string, unknown> }).Variables);
}

describe('what the functions write', () => {
  test.each(Object.keys(UNITS) as SentinelMetricName[])('%s has a metric of that name', (name) => {
    const { namespace, metricName, dimensions } = sentinel.metric(name).toMetricConfig().metricStat ?? {};
    expect({ namespace, metricName, dimensions }).toEqual({
      ...{ namespace: NAMESPACE, metricName: name },
      dimensions: [{ name: 'Deployment', value: DEPLOYMENT }],
    });
  });

  test('is told under the deployment’s name by those that measure, and by no other', () => {
    const zones = variablesOf('sentinel');
    expect(zones).toHaveLength(3);
    for (const zone of zones) {
      expect(zone).toMatchObject({ DEPLOYMENT, CONTINUOUS_METRICS: 'worst' });
    }
    expect(variablesOf('relay')).toEqual([expect.objectContaining({ DEPLOYMENT })]);
    for (const other of ['pacemaker', 'read', 'operate', 'configure']) {
      expect(variablesOf(other)).toEqual([expect.not.objectContaining({ DEPLOYMENT })]);
    }
  });

  test.each(CONTINUOUS_METRICS)('may be %s', (continuousMetrics) => {
    for (const zone of variablesOf('sentinel', synthesize({ continuousMetrics }).template)) {
      expect(zone).toMatchObject({ CONTINUOUS_METRICS: continuousMetrics });
    }
  });

  test('may not be anything else', () => {
    expect(() => synthesize({ continuousMetrics: 'all' as 'none' })).toThrow(
      'RedisSentinel: continuousMetrics is "all": allowed is one of worst, perMaster, none',
    );
  });
});

describe('the name of a deployment', () => {
  const name = (of: { metric: typeof sentinel.metric }) =>
    of.metric('Failovers').toMetricConfig().metricStat?.dimensions?.[0]?.value as string;

  test('tells two of one stack apart, and two stacks', () => {
    const stack = new Stack(newApp(), 'Blue', { stackName: 'redis-blue', env: { region: 'eu-west-1' } });
    expect(name(named(stack, 'Sentinel'))).toBe('redis-blue/Sentinel');
    expect(name(named(new Construct(stack, 'Orders'), 'Sentinel'))).toBe('redis-blue/Orders/Sentinel');
  });

  test('is in ASCII, whatever the construct is called', () => {
    expect(name(named(newStack(), 'Zürich'))).toBe('Test/Z_rich');
  });

  function named(scope: Construct, id: string): RedisSentinel {
    return new RedisSentinel(scope, id, {
      ...{ vpc: importedVpc(scope as Stack), dynamoEndpoint: 'existing', masters: [ORDERS] },
      bundles: placeholderBundles(),
    });
  }
});

describe('metrics', () => {
  const stat = (metric: ReturnType<typeof sentinel.metric>) => metric.toMetricConfig().metricStat;

  test('of failovers are their sum, of all masters or of one', () => {
    expect(stat(sentinel.metricFailovers())).toMatchObject({
      ...{
        metricName: 'Failovers',
        statistic: 'Sum',
        dimensions: [{ name: 'Deployment', value: DEPLOYMENT }],
      },
    });
    expect(stat(sentinel.metricFailovers({ master: 'orders', period: Duration.hours(1) }))).toMatchObject({
      period: Duration.hours(1),
      dimensions: [
        { name: 'Deployment', value: DEPLOYMENT },
        { name: 'Master', value: 'orders' },
      ],
    });
  });

  test('of what lasts are its worst moment', () => {
    expect(stat(sentinel.metricMasterDown({ master: 'orders' }))?.statistic).toBe('Maximum');
    expect(stat(sentinel.metricVisibleReplicas())?.statistic).toBe('Minimum');
    expect(stat(sentinel.metricReplicationLag())?.statistic).toBe('Maximum');
    expect(stat(sentinel.metric('UsableSentinels'))?.statistic).toBe('Minimum');
    expect(stat(sentinel.metric('UsableSentinels', { statistic: 'Average' }))?.statistic).toBe('Average');
  });

  test('make alarms of one’s own', () => {
    const { template: own } = synthesize({ alarms: false }, (built, stack) => {
      built
        .metricFailovers({ master: 'orders', period: Duration.hours(1) })
        .createAlarm(stack, 'OrdersMovesTooOften', { threshold: 3, evaluationPeriods: 1 });
    });
    own.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ Namespace: 'LambdaSentinel', MetricName: 'Failovers', Period: 3600, Threshold: 3 },
      Dimensions: [
        { Name: 'Deployment', Value: DEPLOYMENT },
        { Name: 'Master', Value: 'orders' },
      ],
    });
  });

  test('that nobody writes are refused, and it is said what would write them', () => {
    expect(() => sentinel.metricVisibleReplicas({ master: 'orders' })).toThrow(
      new InvalidProp(
        'continuousMetrics',
        'worst',
        'perMaster where the metric VisibleReplicas of orders is asked for',
      ),
    );
    const without = synthesize({ continuousMetrics: 'none' }).sentinel;
    expect(() => without.metricReplicationLag()).toThrow(
      'continuousMetrics is "none": allowed is worst or perMaster where the metric ReplicationLagBytes is asked for',
    );
    expect(without.metricMasterDown({ master: 'orders' }).metricName).toBe('MasterDown');
    const each = synthesize({ continuousMetrics: 'perMaster' }).sentinel;
    expect(each.metricReplicationLag({ master: 'orders' }).metricName).toBe('ReplicationLagBytes');
  });
});
