import { Duration, Size } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { HttpAccess } from '../../infra/index.ts';
import { resources, synthesize, ZONES } from './synthesized.ts';

const { template } = synthesize();
const short = (id: string) => id.replace(/^SentinelAlarms/, '').replace(/[0-9A-F]{8}$/, '');
const alarmsOf = (of: typeof template) =>
  new Map(
    Object.entries(resources(of, 'AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => [
      short(id),
      Properties,
    ]),
  );
const alarms = alarmsOf(template);

const EVENT = {
  Threshold: 1,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  EvaluationPeriods: 1,
  Period: 60,
  TreatMissingData: 'notBreaching',
};

describe('no pulse', () => {
  test.each(ZONES)('in %s for three minutes is told, and silence counts', (zone) => {
    const alarm = alarms.get(`NoPulse${zone.replaceAll('-', '')}`);
    expect(alarm).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Invocations',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 3,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
    expect(JSON.stringify(alarm?.['Dimensions'])).toContain(zone.replaceAll('-', ''));
  });
});

describe('each function', () => {
  const names = [
    ...ZONES.map((zone) => `Sentinel${zone.replaceAll('-', '')}`),
    'Pacemaker',
    'Relay',
    'Read',
    'Operate',
  ];

  test.each(names)('%s has an alarm on errors and one on throttles', (name) => {
    for (const metric of ['Errors', 'Throttles']) {
      expect(alarms.get(`${name}${metric}`)).toMatchObject({
        ...EVENT,
        Namespace: 'AWS/Lambda',
        MetricName: metric,
        Statistic: 'Sum',
      });
    }
  });
});

test('what the relay gave up is told', () => {
  expect(alarms.get('RelayGaveUp')).toMatchObject({
    ...EVENT,
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Statistic: 'Maximum',
    Dimensions: [
      { Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringContaining('GivenUp'), 'QueueName'] } },
    ],
  });
});

test('an answer of 5xx is told, by the metric of the way it went', () => {
  expect(alarms.get('Read5xx')).toMatchObject({
    ...EVENT,
    Namespace: 'AWS/Lambda',
    MetricName: 'Url5xxCount',
  });
  const httpAccess = HttpAccess.httpApi({ throttling: { rateLimit: 1, burstLimit: 1 } });
  const byApi = alarmsOf(synthesize({ httpAccess }).template);
  expect(byApi.get('Http5xx')).toMatchObject({ ...EVENT, Namespace: 'AWS/ApiGateway', MetricName: '5xx' });
  expect(byApi.has('Read5xx')).toBe(false);
});

describe('the masters', () => {
  const OURS = { Namespace: 'LambdaSentinel', Dimensions: [{ Name: 'Deployment', Value: 'Test/Sentinel' }] };

  test.each([
    ['FailoverStarted', 'FailoversStarted', 'Sum'],
    ['FailoverAborted', 'FailoversAborted', 'Sum'],
    ['DataLost', 'DataLost', 'Sum'],
    ['MasterDown', 'MasterDown', 'Maximum'],
    ['TwoMasters', 'TwoMasters', 'Maximum'],
    ['MisconfiguredNode', 'MisconfiguredNodes', 'Maximum'],
  ])('%s rings at one, and silence says that it is not so', (id, metric, statistic) => {
    expect(alarms.get(id)).toMatchObject({ ...EVENT, ...OURS, MetricName: metric, Statistic: statistic });
  });

  test.each([
    ['FewSentinels', 'NoQuorum', 'Maximum'],
    ['TableUnreachable', 'TableUnreachable', 'Sum'],
  ])('%s rings in two minutes of three, and silence says that it is over', (id, metric, statistic) => {
    expect(alarms.get(id)).toMatchObject({
      ...{ ...EVENT, EvaluationPeriods: 3, DatapointsToAlarm: 2 },
      ...{ ...OURS, MetricName: metric, Statistic: statistic },
    });
  });

  test.each([
    ['FewReplicas', 'VisibleReplicas', 'Minimum', 'LessThanThreshold', 1],
    ['ReplicationLag', 'ReplicationLagBytes', 'Maximum', 'GreaterThanThreshold', 16 * 1024 ** 2],
  ])(
    '%s rings after three minutes, and stays as it was while nobody measures',
    (id, metric, statistic, operator, threshold) => {
      expect(alarms.get(id)).toMatchObject({
        ...{ ...OURS, MetricName: metric, Statistic: statistic, Period: 60, EvaluationPeriods: 3 },
        ...{ Threshold: threshold, ComparisonOperator: operator, TreatMissingData: 'ignore' },
      });
      expect(alarms.get(id)).not.toHaveProperty('DatapointsToAlarm');
    },
  );

  test('are held to what is said of them, and the topic is told', () => {
    const told = synthesize((of) => ({
      alarms: { topic: new Topic(of, 'Topic'), minReplicas: 2, replicationLag: Size.mebibytes(64) },
    })).template;
    const found = alarmsOf(told);
    expect(found.size).toBe(alarms.size);
    expect(found.get('FewReplicas')).toMatchObject({ Threshold: 2 });
    expect(found.get('ReplicationLag')).toMatchObject({ Threshold: 64 * 1024 ** 2 });
    for (const alarm of found.values()) expect(alarm).toHaveProperty('AlarmActions');
  });

  test('may be without replicas where that is meant', () => {
    const found = alarmsOf(synthesize({ alarms: { minReplicas: 0 } }).template);
    expect([...alarms.keys()].filter((id) => !found.has(id))).toEqual(['FewReplicas']);
  });

  test('that nobody measures have no alarms that rest on it', () => {
    const found = alarmsOf(synthesize({ continuousMetrics: 'none' }).template);
    expect([...alarms.keys()].filter((id) => !found.has(id)).sort()).toEqual([
      'FewReplicas',
      'ReplicationLag',
    ]);
  });

  test.each([
    [{ minReplicas: -1 }, 'alarms.minReplicas is -1: allowed is a whole number from 0 to 64'],
    [{ minReplicas: 1.5 }, 'alarms.minReplicas is 1.5: allowed is a whole number from 0 to 64'],
    [{ minReplicas: 65 }, 'alarms.minReplicas is 65'],
    [{ replicationLag: Size.bytes(0) }, 'alarms.replicationLag is "0 bytes": allowed is at least 1 byte'],
  ])('cannot be held to %o', (settings, message) => {
    expect(() => synthesize({ alarms: settings })).toThrow(`RedisSentinel: ${message}`);
  });
});

test('there are no others: 29 at three zones, as their price says', () => {
  expect(alarms.size).toBe(3 + 2 * 7 + 1 + 1 + 10);
  const namespaces = [...alarms.values()].map((alarm) => alarm['Namespace']);
  expect([...new Set(namespaces)].sort()).toEqual(['AWS/Lambda', 'AWS/SQS', 'LambdaSentinel']);
});

test('more masters cost no more alarms', () => {
  const masters = ['a', 'b', 'c'].map((name, i) => ({ name, host: `10.0.1.${i}` }));
  expect(alarmsOf(synthesize({ masters }).template).size).toBe(alarms.size);
});

test('each says what it means', () => {
  for (const alarm of alarms.values()) expect(alarm['AlarmDescription']).toMatch(/^.{20,}$/);
});

test('alarms tell a topic that is given, when they begin and when they end', () => {
  const told = synthesize((of) => ({ alarms: new Topic(of, 'Topic') })).template;
  const topic = [{ Ref: expect.stringContaining('Topic') }];
  for (const alarm of alarmsOf(told).values())
    expect(alarm).toMatchObject({ AlarmActions: topic, OKActions: topic });
  for (const alarm of alarms.values()) expect(alarm).not.toHaveProperty('AlarmActions');
});

test('at a pulse of a minute there is no alarm on a pacemaker that there is not', () => {
  const names = [...alarmsOf(synthesize({ pulse: Duration.minutes(1) }).template).keys()];
  expect(names.filter((name) => name.includes('Pacemaker'))).toEqual([]);
});

test('without alarms there are none, and without being asked for there is no dashboard', () => {
  const bare = synthesize({ alarms: false }).template;
  bare.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  bare.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  const shown = synthesize({ dashboard: true }).template;
  shown.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  const [board] = Object.values(resources(shown, 'AWS::CloudWatch::Dashboard'));
  for (const title of ['Pulses a minute', 'Errors and throttles', 'Answers 5xx']) {
    expect(JSON.stringify(board)).toContain(title);
  }
});

describe('the dashboard', () => {
  /** The metrics of its graphs, by their titles. */
  function graphs(props: Parameters<typeof synthesize>[0]): Map<string, string[]> {
    const [board] = Object.values(resources(synthesize(props).template, 'AWS::CloudWatch::Dashboard'));
    const joined = board?.Properties['DashboardBody'] as { 'Fn::Join': [string, unknown[]] } | undefined;
    const [, parts] = joined?.['Fn::Join'] ?? ['', []];
    const body = parts.map((part) => (typeof part === 'string' ? part : 'token')).join('');
    const { widgets } = JSON.parse(body) as {
      widgets: { properties: { title: string; metrics: [string, string][] } }[];
    };
    return new Map(
      widgets.map(({ properties: { title, metrics } }) => [title, metrics.map(([, name]) => name)]),
    );
  }

  test('shows failovers, masters in trouble, and what would hinder a failover, first', () => {
    const shown = graphs({ dashboard: true });
    expect([...shown].slice(0, 6)).toEqual([
      ['Failovers', ['FailoversStarted', 'Failovers', 'FailoversAborted']],
      ['Masters down, two masters, data lost', ['MasterDown', 'TwoMasters', 'DataLost']],
      ['What hinders a failover', ['NoQuorum', 'MisconfiguredNodes', 'TableUnreachable']],
      ['The fewest usable sentinels', ['UsableSentinels']],
      ['The fewest replicas of a master', ['VisibleReplicas']],
      ['The most bytes that a replica is behind', ['ReplicationLagBytes']],
    ]);
  });

  test('has no graph of what nobody measures', () => {
    const shown = graphs({ dashboard: true, continuousMetrics: 'none' });
    expect([...shown.keys()].filter((title) => title.startsWith('The fewest'))).toEqual([]);
    expect(shown.has('Failovers')).toBe(true);
  });
});
