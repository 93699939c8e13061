/**
 * A stack of yours with sentinels in it: an existing VPC of three zones, two masters that speak TLS, a record that
 * follows each, events on a bus, alarms to a topic, and an HTTP API that one application may read.
 *
 *   npx cdk synth --app 'node_modules/.bin/node examples/consumer-app.ts'
 */
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Port, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Role } from 'aws-cdk-lib/aws-iam';
import { PrivateHostedZone } from 'aws-cdk-lib/aws-route53';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { HttpAccess, RedisSentinel } from '../infra/index.ts';

export interface ConsumerStackProps extends StackProps {
  /** The certificate of the authority that signed the nodes' certificates, in PEM. */
  readonly nodesCa: string;
  /** @default - the functions of the package */
  readonly bundles?: string;
}

export class ConsumerStack extends Stack {
  readonly sentinel: RedisSentinel;

  constructor(scope: Construct, id: string, props: ConsumerStackProps) {
    super(scope, id, props);
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: 'vpc-0a1b2c3d4e5f60718',
      vpcCidrBlock: '10.20.0.0/16',
      availabilityZones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
      privateSubnetIds: ['subnet-0aaa0000', 'subnet-0bbb0000', 'subnet-0ccc0000'],
      privateSubnetRouteTableIds: ['rtb-0aaa0000', 'rtb-0bbb0000', 'rtb-0ccc0000'],
    });
    const password = Secret.fromSecretNameV2(this, 'RedisPassword', 'redis/sentinel');
    const credentials = { secret: password, passwordField: 'password', username: 'sentinel' };

    this.sentinel = new RedisSentinel(this, 'Sentinel', {
      vpc,
      dynamoEndpoint: 'create',
      masters: [
        {
          name: 'orders',
          host: '10.20.1.10',
          port: 6380,
          replicas: ['10.20.2.10:6380', '10.20.3.10:6380'],
          downAfter: Duration.seconds(5),
          failoverTimeout: Duration.minutes(1),
          tls: true,
          credentials,
        },
        {
          name: 'sessions',
          host: 'sessions-1.redis.example.internal',
          port: 6380,
          downAfter: Duration.seconds(10),
          resolveHostnames: true,
          announceHostnames: true,
          preferZone: 'eu-west-1b',
          tls: true,
          credentials,
        },
      ],
      nodeTls: { ca: props.nodesCa },
      pulse: Duration.seconds(1),
      httpAccess: HttpAccess.httpApi({ throttling: { rateLimit: 50, burstLimit: 100 }, operate: true }),
      notifications: { eventBus: EventBus.fromEventBusName(this, 'Bus', 'default') },
      dns: {
        zone: PrivateHostedZone.fromHostedZoneAttributes(this, 'Zone', {
          hostedZoneId: 'Z0123456789ABCDEFGHIJ',
          zoneName: 'redis.example.internal',
        }),
      },
      alarms: Topic.fromTopicArn(this, 'OnCall', this.formatArn({ service: 'sns', resource: 'on-call' })),
      dashboard: true,
      ...(props.bundles !== undefined && { bundles: props.bundles }),
    });

    const nodes = SecurityGroup.fromSecurityGroupId(this, 'Nodes', 'sg-0123456789abcdef0');
    this.sentinel.connections.allowTo(nodes, Port.tcp(6380), 'sentinels look at the nodes');
    this.sentinel.grantRead(Role.fromRoleName(this, 'App', 'orders-service'));
    this.sentinel.grantOperate(Role.fromRoleName(this, 'Operators', 'redis-operators'));
    new CfnOutput(this, 'Endpoint', { value: this.sentinel.readUrl ?? 'none' });
  }
}
