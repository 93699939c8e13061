import { Annotations, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { IpAddresses, type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';
import { RedisSentinel } from './redis-sentinel.ts';
import type { RedisSentinelProps } from './redis-sentinel-props.ts';

/** One subnet for each zone, in the zones' order. */
export interface ExistingVpc {
  readonly vpcId: string;
  readonly cidr: string;
  readonly subnetIds: readonly string[];
  /** Of the subnets, in their order: needed to create the endpoint for DynamoDB. */
  readonly routeTableIds?: readonly string[];
}

export interface SentinelStackProps
  extends StackProps,
    Omit<RedisSentinelProps, 'vpc' | 'zones' | 'dynamoEndpoint'> {
  /** By name, such as `eu-west-1a`. */
  readonly zones: readonly string[];
  /**
   * @default - a new one, with an isolated subnet in each zone and no way to the internet: put the nodes into it
   */
  readonly vpc?: ExistingVpc;
  /** Of the new VPC. @default '10.0.0.0/16' */
  readonly cidr?: string;
  /** Of an existing VPC. @default 'existing' */
  readonly dynamoEndpoint?: RedisSentinelProps['dynamoEndpoint'];
}

/** A deployable stack: one fleet of sentinels. */
export class SentinelStack extends Stack {
  readonly sentinel: RedisSentinel;
  readonly vpc: IVpc | Vpc;

  constructor(scope: Construct, id: string, props: SentinelStackProps) {
    super(scope, id, props);
    const { vpc, cidr = '10.0.0.0/16', zones, dynamoEndpoint = 'existing' } = props;
    this.vpc = vpc ? this.#importVpc(zones, vpc) : this.#newVpc(zones, cidr);
    this.sentinel = new RedisSentinel(this, 'Sentinel', {
      ...props,
      vpc: this.vpc,
      dynamoEndpoint: vpc ? dynamoEndpoint : 'create',
    });
    new CfnOutput(this, 'TableName', { value: this.sentinel.table.tableName });
    const { readUrl } = this.sentinel;
    if (readUrl) new CfnOutput(this, 'ReadUrl', { value: readUrl });
  }

  #importVpc(zones: readonly string[], { vpcId, cidr, subnetIds, routeTableIds }: ExistingVpc): IVpc {
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId,
      vpcCidrBlock: cidr,
      availabilityZones: [...zones],
      privateSubnetIds: [...subnetIds],
      ...(routeTableIds && { privateSubnetRouteTableIds: [...routeTableIds] }),
    });
    // CDK warns of every such subnet. Only the endpoint needs them, and it says so itself.
    const warning = '@aws-cdk/aws-ec2:noSubnetRouteTableId';
    if (!routeTableIds) Annotations.of(vpc).acknowledgeWarning(warning, 'no endpoint is created');
    return vpc;
  }

  #newVpc(zones: readonly string[], cidr: string): Vpc {
    const vpc = new Vpc(this, 'Vpc', {
      availabilityZones: [...zones],
      ipAddresses: IpAddresses.cidr(cidr),
      natGateways: 0,
      subnetConfiguration: [{ name: 'Nodes', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
      // Would need a function of its own with rights on security groups; ours does not use the default one.
      restrictDefaultSecurityGroup: false,
    });
    acknowledge(
      vpc,
      'AwsSolutions-VPC7',
      'flow logs cost more than the sentinels: they are the owner’s choice',
    );
    return vpc;
  }
}
