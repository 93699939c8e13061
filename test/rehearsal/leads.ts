/** Whether what was resolved leads to what is there: roles' rights, and the resources that were left out. */
import { expect, test } from 'vitest';
import type { Rehearsal } from './rehearsal.ts';
import type { Properties } from './stack.ts';
import { ZONE_NAME } from './surroundings.ts';

interface Metric {
  readonly Namespace: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
}

/** @param deployed - with a pulse of a second, an HTTP API, alarms, a topic and a private zone */
export function leads(deployed: () => Rehearsal): void {
  function arnOf(name: string): string {
    return deployed().functions.the(name).configuration.FunctionArn ?? '';
  }

  /** Each physical id, and what was there before. */
  function known(): string[] {
    const { made, surroundings } = deployed();
    const { topicArn, hostedZoneId, keyArn } = surroundings;
    const all = [...made.map(({ id }) => id), topicArn, hostedZoneId, keyArn];
    return all.map(lastPart).filter((name) => name !== '');
  }

  test('every right of every role is for something that is there', async () => {
    const resources: string[] = [];
    for (const RoleName of deployed().ids('IAM::Role')) {
      const listed = await deployed().moto.query('iam', { Action: 'ListRolePolicies', RoleName });
      for (const [, PolicyName = ''] of listed.matchAll(/<member>([^<]*)<\/member>/g)) {
        const asked = { Action: 'GetRolePolicy', RoleName, PolicyName };
        const document = /<PolicyDocument>([^<]*)/.exec(await deployed().moto.query('iam', asked))?.[1] ?? '';
        const { Statement } = JSON.parse(decodeURIComponent(document)) as {
          Statement: { Resource: string }[];
        };
        resources.push(...Statement.flatMap(({ Resource }) => Resource));
      }
    }
    expect(resources.length).toBeGreaterThan(20);
    const names = known();
    const astray = resources.filter((arn) => arn !== '*' && !names.some((name) => arn.includes(name)));
    expect(astray).toEqual([]);
  });

  test('the schedule starts the pacemaker, by a role of the stack', () => {
    const [schedule, ...others] = deployed().told('AWS::Scheduler::Schedule').values();
    expect(others).toEqual([]);
    const [role] = deployed().ids('IAM::Role', 'SentinelPacemakerScheduleRole');
    expect(schedule).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      Target: {
        Arn: arnOf('SentinelPacemakerFunction'),
        RoleArn: expect.stringMatching(new RegExp(`:role/${role}$`)),
        Input: '{"kind":"seed"}',
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    });
  });

  test('every alarm is on a metric that somebody writes, and tells the topic', () => {
    const alarms = deployed().told('AWS::CloudWatch::Alarm');
    expect(alarms.size).toBeGreaterThan(15);
    const { topicArn } = deployed().surroundings;
    const relay = deployed().functions.the('SentinelRelayFunction').configuration.Environment;
    const written = new Set([...known(), relay?.Variables?.['DEPLOYMENT']]);
    for (const [name, alarm] of alarms) {
      expect(alarm, name).toMatchObject({ AlarmActions: [topicArn], OKActions: [topicArn] });
      const values = metricsOf(alarm).flatMap(({ Dimensions }) => Dimensions.map(({ Value }) => Value));
      expect(values, name).not.toEqual([]);
      const nobodys = values.filter(
        (value) => !written.has(value) && !value.startsWith('<SentinelHttpHttpApi'),
      );
      expect(nobodys, name).toEqual([]);
    }
  });

  test('the HTTP API leads reads to the one function and changes to the other', () => {
    const integrations = deployed().told('AWS::ApiGatewayV2::Integration');
    const targets = new Map(
      [...integrations].map(([name, { IntegrationUri }]) => [`integrations/<${name}>`, IntegrationUri]),
    );
    for (const route of deployed().told('AWS::ApiGatewayV2::Route').values()) {
      expect(route).toMatchObject({ AuthorizationType: 'AWS_IAM' });
      const reads = /^(GET|HEAD) (?!.*\/commands\/)/.test(String(route['RouteKey']));
      expect(targets.get(String(route['Target']))).toBe(
        arnOf(reads ? 'SentinelHttpRead' : 'SentinelHttpOperate'),
      );
    }
    expect(new Set(targets.values()).size).toBe(2);
  });

  test('no function is tried again, and no queue takes what comes in the clear', () => {
    const { functions, ids } = deployed();
    const settings = [...deployed().told('AWS::Lambda::EventInvokeConfig').values()];
    const names = functions.all.map(({ functionName }) => functionName);
    expect(settings.map(({ FunctionName }) => FunctionName).sort()).toEqual(
      names.filter((name) => !name.includes('framework')).sort(),
    );
    for (const setting of settings) expect(setting).toMatchObject({ MaximumRetryAttempts: 0 });
    const policies = [...deployed().told('AWS::SQS::QueuePolicy').values()];
    expect(policies.flatMap(({ Queues }) => Queues).sort()).toEqual(ids('SQS::Queue').sort());
    for (const { PolicyDocument } of policies) {
      expect(JSON.stringify(PolicyDocument)).toContain('"aws:SecureTransport":"false"');
    }
  });

  test('the relay knows the topic, and the record of the master', () => {
    const { surroundings, functions } = deployed();
    const variables = functions.the('SentinelRelayFunction').configuration.Environment?.Variables;
    expect(variables).toMatchObject({ TOPIC_ARN: surroundings.topicArn });
    expect(JSON.parse(variables?.['DNS'] ?? '')).toEqual({
      orders: { hostedZoneId: surroundings.hostedZoneId, recordName: `orders.${ZONE_NAME}`, ttlSeconds: 5 },
    });
  });
}

function lastPart(id: string): string {
  return id.split(/[/:]/).at(-1) ?? id;
}

/** One metric, or those that are put into an expression. */
function metricsOf(alarm: Properties): Metric[] {
  if (alarm['Namespace'] !== undefined) return [alarm as unknown as Metric];
  const metrics = (alarm['Metrics'] ?? []) as { readonly MetricStat?: { readonly Metric: Metric } }[];
  return metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
}
