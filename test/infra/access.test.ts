import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, type Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, test } from 'vitest';
import { HttpAccess, type RedisSentinelProps } from '../../infra/index.ts';
import { placeholderBundles, resources, statementsOf, synthesize } from './synthesized.ts';

const ALLOWED = HttpAccess.httpApi({ throttling: { rateLimit: 50, burstLimit: 100 }, operate: true });

/** With an application that may read and an operator that may operate. */
function opened(props: Partial<RedisSentinelProps>) {
  const { template, sentinel } = synthesize(props, (sentinel, stack) => {
    sentinel.grantRead(new Role(stack, 'App', { assumedBy: new AccountPrincipal('111111111111') }));
    sentinel.grantOperate(new Role(stack, 'Operator', { assumedBy: new AccountPrincipal('111111111111') }));
  });
  const function_ = (handler: string) =>
    Object.entries(resources(template, 'AWS::Lambda::Function')).find(
      ([, { Properties }]) => Properties['Handler'] === handler,
    )?.[0];
  return {
    template,
    sentinel,
    read: { 'Fn::GetAtt': [function_('read.handler'), 'Arn'] },
    operate: { 'Fn::GetAtt': [function_('operate.handler'), 'Arn'] },
    app: statementsOf(template, 'App'),
    operator: statementsOf(template, 'Operator'),
  };
}

describe('an IAM Function URL, which is what there is when nothing is said', () => {
  const { template, sentinel, read, operate, app, operator } = opened({});

  test('is the read function’s alone, and asks IAM', () => {
    template.resourceCountIs('AWS::Lambda::Url', 1);
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM', TargetFunctionArn: read });
    expect(sentinel.readUrl).toBeDefined();
    expect(sentinel.operateUrl).toBeUndefined();
  });

  test('is opened to whom reading is granted, by URL only', () => {
    expect(app).toEqual([
      {
        Effect: 'Allow',
        Action: 'lambda:InvokeFunctionUrl',
        Resource: read,
        Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
      },
      {
        Effect: 'Allow',
        Action: 'lambda:InvokeFunction',
        Resource: read,
        Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': true } },
      },
    ]);
  });

  test('gives nobody who may read the right to operate, nor the other way round', () => {
    expect(operator).toEqual([{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: operate }]);
    expect(JSON.stringify(app)).not.toContain(JSON.stringify(operate));
  });

  test('can be given to operators too, as a second one', () => {
    const both = opened({ httpAccess: HttpAccess.iamFunctionUrl({ operate: true }) });
    both.template.resourceCountIs('AWS::Lambda::Url', 2);
    both.template.allResourcesProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    expect(both.operator.map(({ Resource }) => Resource)).toEqual([both.operate, both.operate]);
    expect(both.sentinel.operateUrl).toBeDefined();
  });
});

describe('an HTTP API', () => {
  const { template, sentinel, app, operator } = opened({ httpAccess: ALLOWED });

  test('bounds the rate and keeps an access log', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
      AccessLogSettings: Match.objectLike({ DestinationArn: Match.anyValue() }),
    });
    template.resourceCountIs('AWS::Lambda::Url', 0);
    expect(sentinel.readUrl).toBe(sentinel.operateUrl);
  });

  test('asks IAM on every route; what reads goes to one function and what changes to the other', () => {
    template.allResourcesProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'AWS_IAM' });
    const keys = Object.values(resources(template, 'AWS::ApiGatewayV2::Route')).map(({ Properties }) => [
      Properties['RouteKey'],
      JSON.stringify(Properties['Target']).includes('Read') ? 'read' : 'operate',
    ]);
    expect(Object.fromEntries(keys)).toEqual({
      'GET /': 'read',
      'HEAD /': 'read',
      'GET /{proxy+}': 'read',
      'HEAD /{proxy+}': 'read',
      'POST /{proxy+}': 'operate',
      'PUT /{proxy+}': 'operate',
      'PATCH /{proxy+}': 'operate',
      'DELETE /{proxy+}': 'operate',
      'GET /masters/{name}/commands/{command}': 'operate',
      'HEAD /masters/{name}/commands/{command}': 'operate',
    });
  });

  test('grants reading by its methods, and operating by the others', () => {
    const granted = (statements: typeof app) =>
      [...JSON.stringify(statements).matchAll(/\/\$default\/([A-Z]+\/[^"]*)"/g)].map(([, what]) => what);
    expect(granted(app)).toEqual(['GET/*', 'HEAD/*']);
    const commands = ['GET/masters/*/commands/*', 'HEAD/masters/*/commands/*'];
    expect(granted(operator)).toEqual(['POST/*', 'PUT/*', 'PATCH/*', 'DELETE/*', ...commands]);
  });

  test('has no route that changes unless it is asked for', () => {
    const access = HttpAccess.httpApi({ throttling: { rateLimit: 5, burstLimit: 5 } });
    const { template: reading, operate, operator: granted } = opened({ httpAccess: access });
    reading.resourceCountIs('AWS::ApiGatewayV2::Route', 4);
    expect(granted).toEqual([{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: operate }]);
  });
});

describe('bearer tokens', () => {
  const bundles = placeholderBundles();
  for (const name of ['read', 'operate']) {
    const text = `process.env.${name.toUpperCase()}_TOKENS`;
    writeFileSync(join(bundles, `${name}.mjs`), `export const handler = () => ${text};\n`);
  }
  const digests = (stack: Stack, name: string) => ({ secret: Secret.fromSecretNameV2(stack, name, name) });
  const { template, sentinel, stack } = synthesize((of) => ({
    bundles,
    httpAccess: HttpAccess.bearerTokens(
      { ...digests(of, 'readers'), versionId: 'v2' },
      digests(of, 'operators'),
    ),
  }));

  test.each([
    ['read', 'READ_TOKENS', /:secret:readers:SecretString:::v2}}/],
    ['operate', 'OPERATE_TOKENS', /:secret:operators:SecretString:::}}/],
  ])(
    'open a URL to the %s function, which knows its own digests alone, by reference',
    (name, variable, own) => {
      const [found] = Object.values(resources(template, 'AWS::Lambda::Function')).filter(
        ({ Properties }) => Properties['Handler'] === `${name}.handler`,
      );
      const text = JSON.stringify(found?.Properties['Environment']);
      expect(text).toContain(`"${variable}":`);
      expect(text).toMatch(own);
      expect(text.match(/_TOKENS"/g)).toHaveLength(1);
      template.resourcePropertiesCountIs('AWS::Lambda::Url', { AuthType: 'NONE' }, 2);
    },
  );

  test('are read by no role', () => {
    expect(JSON.stringify(template.toJSON())).not.toContain('secretsmanager:GetSecretValue');
  });

  test('are not what IAM grants, and say so', () => {
    const role = new Role(stack, 'Late', { assumedBy: new AccountPrincipal('111111111111') });
    expect(() => sentinel.grantRead(role)).toThrow('grantRead grants nothing with bearerTokens');
    expect(() => sentinel.grantOperate(role)).toThrow('grantOperate grants nothing with bearerTokens');
  });

  test('of readers alone leave operating to IAM', () => {
    const { template: one } = synthesize(
      (of) => ({ bundles, httpAccess: HttpAccess.bearerTokens(digests(of, 'readers')) }),
      (of, at) =>
        of.grantOperate(new Role(at, 'Operator', { assumedBy: new AccountPrincipal('111111111111') })),
    );
    one.resourceCountIs('AWS::Lambda::Url', 1);
    expect(statementsOf(one, 'Operator').map(({ Action }) => Action)).toEqual(['lambda:InvokeFunction']);
  });

  test('are refused while a function does not know to ask for them: it would be open to everybody', () => {
    expect(() =>
      synthesize((of) => ({ httpAccess: HttpAccess.bearerTokens(digests(of, 'readers')) })),
    ).toThrow('httpAccess is "bearerTokens": allowed is iamFunctionUrl, httpApi or none');
  });

  test('are refused when readers and operators share a secret', () => {
    expect(() =>
      synthesize((of) => {
        const both = digests(of, 'both');
        return { bundles, httpAccess: HttpAccess.bearerTokens(both, both) };
      }),
    ).toThrow('a secret for readers and another one for operators');
  });
});

test('without HTTP whom a right is granted to invokes the function it is for', () => {
  const { template, sentinel, read, operate, app, operator } = opened({ httpAccess: HttpAccess.none() });
  template.resourceCountIs('AWS::Lambda::Url', 0);
  template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
  expect(sentinel.readUrl).toBeUndefined();
  expect(app).toEqual([{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: read }]);
  expect(operator).toEqual([{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: operate }]);
});

describe('a long poll', () => {
  const readers = (longPoll?: Duration) =>
    Object.values(resources(synthesize(longPoll ? { longPoll } : {}).template, 'AWS::Lambda::Function'))
      .filter(({ Properties }) => Properties['Handler'] === 'read.handler')
      .map(({ Properties }) => Properties['Environment'] as { Variables: Record<string, unknown> });

  test('is off unless it is asked for', () => {
    expect(readers()[0]?.Variables).toEqual({ TABLE_NAME: expect.anything(), PULSE_MS: '1000' });
    expect(readers(Duration.seconds(25))[0]?.Variables).toMatchObject({ WAIT_MS: '25000' });
  });

  test.each([26, 0.5])('of %d s is refused', (seconds) => {
    expect(() => readers(Duration.millis(seconds * 1000))).toThrow('from 1 to 25 seconds');
  });
});
