/** What stands before the stack is deployed into it: a VPC, a key, a private zone, a topic with somebody who listens. */
import {
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ACCOUNT, type Moto } from './moto.ts';
import { element } from './stack.ts';

export const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'] as const;
const CIDR = '10.0.0.0/16';
export const ZONE_NAME = 'redis.example.internal';

interface Vpc {
  readonly vpcId: string;
  readonly cidr: string;
  readonly subnetIds: readonly string[];
  readonly routeTableIds: readonly string[];
}

export class Surroundings {
  readonly sqs: SQSClient;
  readonly topicArn = `arn:aws:sns:us-east-1:${ACCOUNT}:events`;
  /** As the settings of the ready stack have it. */
  vpc!: Vpc;
  hostedZoneId!: string;
  keyArn!: string;
  readonly #moto: Moto;
  readonly #route53: Route53Client;
  #listens = '';

  constructor(moto: Moto) {
    this.#moto = moto;
    this.sqs = new SQSClient(moto.client);
    this.#route53 = new Route53Client(moto.client);
  }

  async create(): Promise<void> {
    const vpcId = element(await this.#ec2('CreateVpc', { CidrBlock: CIDR }), 'vpcId');
    const subnetIds: string[] = [];
    const routeTableIds: string[] = [];
    for (const [index, AvailabilityZone] of ZONES.entries()) {
      const subnet = { VpcId: vpcId, CidrBlock: `10.0.${index}.0/24`, AvailabilityZone };
      subnetIds.push(element(await this.#ec2('CreateSubnet', subnet), 'subnetId'));
      routeTableIds.push(element(await this.#ec2('CreateRouteTable', { VpcId: vpcId }), 'routeTableId'));
    }
    this.vpc = { vpcId, cidr: CIDR, subnetIds, routeTableIds };
    const key = await this.#moto.json('kms', 'TrentService.CreateKey', {});
    this.keyArn = String((key['KeyMetadata'] as { Arn: string }).Arn);
    const zone = new CreateHostedZoneCommand({
      Name: ZONE_NAME,
      CallerReference: 'rehearsal',
      HostedZoneConfig: { PrivateZone: true },
      VPC: { VPCId: vpcId, VPCRegion: 'us-east-1' },
    });
    const created = await this.#route53.send(zone);
    this.hostedZoneId = created.HostedZone?.Id?.replace('/hostedzone/', '') ?? '';
    await this.#listen();
  }

  async #listen(): Promise<void> {
    const sns = new SNSClient(this.#moto.client);
    try {
      const { QueueUrl = '' } = await this.sqs.send(new CreateQueueCommand({ QueueName: 'listener' }));
      const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'events' }));
      const Endpoint = `arn:aws:sqs:us-east-1:${ACCOUNT}:listener`;
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
      this.#listens = QueueUrl;
    } finally {
      sns.destroy();
    }
  }

  /** What was told to the topic since the last time. */
  async heard(): Promise<string[]> {
    const received = await this.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.#listens, MaxNumberOfMessages: 10 }),
    );
    return (received.Messages ?? []).map(
      ({ Body = '{}' }) => (JSON.parse(Body) as { Message: string }).Message,
    );
  }

  /** The values of a record, of whatever type. */
  async record(name: string): Promise<string[]> {
    const { ResourceRecordSets = [] } = await this.#route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: this.hostedZoneId }),
    );
    const found = ResourceRecordSets.filter(({ Name }) => Name === `${name}.`);
    return found.flatMap(({ Type, TTL, ResourceRecords = [] }) =>
      ResourceRecords.map(({ Value }) => `${TTL} ${Type} ${Value}`),
    );
  }

  end(): void {
    this.sqs.destroy();
    this.#route53.destroy();
  }

  #ec2(Action: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    return this.#moto.query('ec2', { Action, ...parameters });
  }
}
