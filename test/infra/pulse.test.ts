import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { resources, statementsOf, synthesize, ZONES } from './synthesized.ts';

const idsOf = (template: Parameters<typeof resources>[0], type: string) =>
  Object.keys(resources(template, type));

describe('at a pulse of seconds', () => {
  const { template } = synthesize({ pulse: Duration.seconds(5) });
  const [pacemaker] = idsOf(template, 'AWS::Lambda::Function').filter((id) => id.includes('Pacemaker'));
  const [queue] = idsOf(template, 'AWS::SQS::Queue').filter((id) => id.includes('Slots'));

  test('one schedule wakes the pacemaker each minute, once and not late', () => {
    template.resourceCountIs('AWS::Scheduler::Schedule', 1);
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: { 'Fn::GetAtt': [pacemaker, 'Arn'] },
        Input: '{"kind":"seed"}',
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    });
  });

  test('only Scheduler, for this account, may take the schedule’s role, and only to invoke the pacemaker', () => {
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
    expect(statementsOf(template, 'SentinelPacemakerScheduleRole')).toEqual([
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': [pacemaker, 'Arn'] } },
    ]);
  });

  test('the pacemaker knows the pulse, the queue and each zone’s function', () => {
    const { Environment } =
      resources(template, 'AWS::Lambda::Function')[pacemaker as string]?.Properties ?? {};
    expect(Environment).toMatchObject({
      Variables: { PULSE_MS: '5000', STAGGER: 'no', QUEUE_URL: { Ref: queue } },
    });
    for (const zone of ZONES) expect(JSON.stringify(Environment)).toContain(`\\"${zone}\\":\\"`);
  });

  test('slots come out of the queue one failure at a time, to two runs at most', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [queue, 'Arn'] },
      FunctionName: { Ref: pacemaker },
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  test('a slot is hidden for six of the function’s time-outs, and gone after five minutes', () => {
    const { Properties } = resources(template, 'AWS::SQS::Queue')[queue as string] ?? {};
    expect(Properties).toMatchObject({ VisibilityTimeout: 180, MessageRetentionPeriod: 300 });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'pacemaker.handler',
      Timeout: 30,
      MemorySize: 128,
    });
  });
});

describe('at a pulse of a minute', () => {
  const { template } = synthesize({ pulse: Duration.minutes(1) });

  test('a schedule invokes each zone, and there is no pacemaker and no queue of slots', () => {
    template.resourceCountIs('AWS::Scheduler::Schedule', 3);
    template.allResourcesProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      Target: {
        Input: '{"kind":"pulse"}',
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    });
    const targets = Object.values(resources(template, 'AWS::Scheduler::Schedule')).map(
      ({ Properties }) => (Properties['Target'] as { Arn: { 'Fn::GetAtt': string[] } }).Arn['Fn::GetAtt'][0],
    );
    expect(new Set(targets).size).toBe(3);
    for (const target of targets) expect(target).toMatch(/^SentinelSentineleuwest1[abc]/);
    expect(idsOf(template, 'AWS::Lambda::Function').filter((id) => id.includes('Pacemaker'))).toEqual([]);
    expect(idsOf(template, 'AWS::SQS::Queue').filter((id) => id.includes('Slots'))).toEqual([]);
  });
});

test('the zones look one after the other on request', () => {
  synthesize({ stagger: true }).template.hasResourceProperties('AWS::Lambda::Function', {
    Handler: 'pacemaker.handler',
    Environment: { Variables: Match.objectLike({ STAGGER: 'yes' }) },
  });
});

test('the pulse is a second when nothing is said', () => {
  synthesize().template.hasResourceProperties('AWS::Lambda::Function', {
    Handler: 'pacemaker.handler',
    Environment: { Variables: { PULSE_MS: '1000' } },
  });
});
