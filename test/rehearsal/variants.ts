/** Every kind of deployment that makes another template. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { PrivateHostedZone } from 'aws-cdk-lib/aws-route53';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { HttpAccess } from '../../infra/index.ts';
import { ROOT, readyStack, temporaryFolder, type Variant } from './ready-stack.ts';

const EXISTING_VPC = {
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  cidr: '10.0.0.0/16',
  subnetIds: ['subnet-0aaa0000', 'subnet-0bbb0000', 'subnet-0ccc0000'],
  routeTableIds: ['rtb-0aaa0000', 'rtb-0bbb0000', 'rtb-0ccc0000'],
};
const throttling = { rateLimit: 50, burstLimit: 100 };

const READY: Readonly<Record<string, Variant>> = {
  'as in cdk.json': {},
  'a pulse of 5 s, an existing VPC, IAM Function URLs for both': {
    settings: { pulseSeconds: 5, vpc: EXISTING_VPC, dynamoEndpoint: 'create' },
    props: () => ({ httpAccess: HttpAccess.iamFunctionUrl({ operate: true }) }),
  },
  'a pulse of a minute, no alarms, no URL, no endpoint': {
    settings: { pulseSeconds: 60, vpc: EXISTING_VPC },
    props: () => ({ httpAccess: HttpAccess.none(), alarms: false, removalPolicy: RemovalPolicy.DESTROY }),
  },
  'bearer tokens for both, alarms to a topic, a dashboard': {
    props: (elsewhere) => ({
      httpAccess: HttpAccess.bearerTokens(
        { secret: secret(elsewhere, 'readers') },
        { secret: secret(elsewhere, 'operators') },
      ),
      alarms: topic(elsewhere, 'on-call'),
      dashboard: true,
    }),
  },
  'an HTTP API for both, DNS, a topic and a bus that are told, passwords, a key of one’s own': {
    props: (elsewhere) => ({
      httpAccess: HttpAccess.httpApi({ throttling, operate: true }),
      dns: { zone: privateZone(elsewhere), ttl: Duration.seconds(10) },
      notifications: {
        topic: topic(elsewhere, 'events.fifo'),
        eventBus: EventBus.fromEventBusName(elsewhere, 'Bus', 'redis'),
      },
      secretsKey: secret(elsewhere, 'sealing'),
      encryptionKey: Key.fromKeyArn(
        elsewhere,
        'Key',
        elsewhere.formatArn({ service: 'kms', resource: 'key', resourceName: '0a1b2c3d' }),
      ),
      reservedConcurrency: 5,
    }),
  },
};

function secret(scope: Stack, name: string) {
  return Secret.fromSecretNameV2(scope, `Secret-${name}`, name);
}

function topic(scope: Stack, name: string) {
  return Topic.fromTopicArn(scope, name, scope.formatArn({ service: 'sns', resource: name }));
}

function privateZone(scope: Stack) {
  const attributes = { hostedZoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'redis.example.internal' };
  return PrivateHostedZone.fromHostedZoneAttributes(scope, 'Zone', attributes);
}

/** @returns the template's file of each variant, by its name */
export function templates(): Map<string, string> {
  const ready = Object.entries(READY).map(([name, variant]): [string, string] => [
    `the ready stack: ${name}`,
    join(readyStack(variant), 'LambdaSentinel.template.json'),
  ]);
  return new Map([...ready, ['the example', join(example(), 'Consumer.template.json')]]);
}

function example(): string {
  const outdir = temporaryFolder('example');
  const env = { ...process.env, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false' };
  execFileSync(process.execPath, ['examples/consumer-app.ts'], { cwd: ROOT, env });
  return outdir;
}
