import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Duration, Stack, Validations } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { AccountPrincipal, Effect, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { PrivateHostedZone } from 'aws-cdk-lib/aws-route53';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { HttpAccess, SentinelStack } from '../../infra/index.ts';
import { construct, importedVpc, newApp, ORDERS, placeholderBundles, ZONES } from './synthesized.ts';

const ENV = { env: { region: 'eu-west-1' } };

/** What the checks find, as `rule at path`. */
function findings(app: App): string[] {
  Validations.of(app).addPlugins(new AwsSolutionsChecks());
  try {
    app.synth();
    return [];
  } catch (error) {
    const report = join(app.outdir, 'validation-report.json');
    try {
      return findingsIn(readFileSync(report, 'utf8'));
    } catch {
      throw error;
    }
  }
}

interface Violation {
  readonly ruleName: string;
  readonly violatingConstructs?: readonly { readonly constructPath?: string }[];
}

function findingsIn(text: string): string[] {
  const { pluginReports } = JSON.parse(text) as { pluginReports: { violations: Violation[] }[] };
  return pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs = [] }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    ),
  );
}

describe('cdk-nag’s AwsSolutions', () => {
  test('find nothing unexplained in the ready stack', () => {
    const app = newApp();
    new SentinelStack(app, 'Ready', {
      ...ENV,
      zones: ZONES,
      masters: [ORDERS],
      bundles: placeholderBundles(),
    });
    expect(findings(app)).toEqual([]);
  });

  test('find nothing unexplained with all there is', () => {
    const app = newApp();
    const stack = new Stack(app, 'All', ENV);
    const secret = (name: string) => Secret.fromSecretNameV2(stack, name, name);
    const sentinel = construct(stack, {
      vpc: importedVpc(stack),
      dynamoEndpoint: 'create',
      masters: [{ ...ORDERS, tls: true, credentials: { secret: secret('password') } }],
      nodeTls: { secret: secret('tls') },
      secretsKey: secret('key'),
      pulse: Duration.seconds(5),
      httpAccess: HttpAccess.iamFunctionUrl({ operate: true }),
      notifications: { eventBus: EventBus.fromEventBusName(stack, 'Bus', 'default') },
      dns: {
        zone: PrivateHostedZone.fromHostedZoneAttributes(stack, 'Zone', {
          hostedZoneId: 'Z1',
          zoneName: 'internal',
        }),
      },
      dashboard: true,
    });
    const caller = new Role(stack, 'App', { assumedBy: new AccountPrincipal('111111111111') });
    sentinel.grantRead(caller);
    sentinel.grantOperate(caller);
    expect(findings(app)).toEqual([]);
  });

  test('find nothing unexplained in an HTTP API', () => {
    const app = newApp();
    const stack = new Stack(app, 'Api', ENV);
    construct(stack, {
      httpAccess: HttpAccess.httpApi({ throttling: { rateLimit: 5, burstLimit: 5 }, operate: true }),
    });
    expect(findings(app)).toEqual([]);
  });

  test('catch a fault that is planted', () => {
    const app = newApp();
    const stack = new Stack(app, 'Faulty', ENV);
    const sentinel = construct(stack);
    const [[, handler] = []] = [...sentinel.sentinelFunctions];
    handler?.addToRolePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['dynamodb:*'],
        resources: [sentinel.table.tableArn],
      }),
    );
    expect(findings(app)).toEqual([
      expect.stringMatching(/^AwsSolutions-IAM5.* at Faulty\/Sentinel\/Sentinel-eu-west-1aRole/),
    ]);
  });
});

test('what is acknowledged is acknowledged with a reason', () => {
  const app = newApp();
  const stack = new Stack(app, 'Reasons', ENV);
  construct(stack);
  const reasons = stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY);
  expect(reasons.length).toBeGreaterThan(0);
  for (const { data } of reasons) expect(JSON.stringify(data)).toMatch(/[a-z ,:]{20,}/);
});
