import { Duration } from 'aws-cdk-lib';
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

test('there are no others, and all rest on metrics that AWS keeps for nothing', () => {
  expect(alarms.size).toBe(3 + 2 * 7 + 1 + 1);
  const namespaces = [...alarms.values()].map((alarm) => alarm['Namespace']);
  expect([...new Set(namespaces)].sort()).toEqual(['AWS/Lambda', 'AWS/SQS']);
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
