/** What a zone's function can reach, and what Lambda itself needs to put it into the VPC. */
import { type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** What a function in a VPC gets. */
export interface FunctionNetwork {
  readonly settings: Pick<FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups'>;
  readonly statements: readonly PolicyStatement[];
}

export interface SecurityProps {
  readonly vpc: IVpc;
  readonly ports: readonly number[];
  readonly networks: readonly string[];
  readonly prefixListId?: string;
  /** Whether secrets are read at run time, through an interface endpoint that lies in one of the networks. */
  readonly secretsManager: boolean;
}

export function sentinelSecurityGroup(scope: Construct, props: SecurityProps): SecurityGroup {
  const { vpc, ports, networks, prefixListId, secretsManager } = props;
  const group = new SecurityGroup(scope, 'SecurityGroup', {
    vpc,
    description: 'Sentinels: to the Redis nodes and to DynamoDB, from nobody',
    allowAllOutbound: false,
  });
  for (const network of networks) {
    const peer = network.includes(':') ? Peer.ipv6(network) : Peer.ipv4(network);
    for (const port of ports) group.addEgressRule(peer, Port.tcp(port), 'Redis nodes');
    if (secretsManager && prefixListId) {
      group.addEgressRule(peer, Port.tcp(443), 'Secrets Manager, through its interface endpoint');
    }
  }
  // CloudFormation does not tell the id of DynamoDB's prefix list, and a lookup needs the account at synth. Without it
  // HTTPS is open to any address: where a subnet has no other way out, only the gateway endpoint is behind it.
  const table = prefixListId ? Peer.prefixList(prefixListId) : Peer.anyIpv4();
  group.addEgressRule(table, Port.tcp(443), 'DynamoDB, through its gateway endpoint');
  return group;
}

const NETWORK_INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * Lambda takes a VPC only for a role that may handle network interfaces, and asks for it on every resource. The code
 * of the function is denied the same: Lambda's own calls carry no source function.
 */
export function networkInterfaceStatements(): PolicyStatement[] {
  const own = 'arn:*:lambda:*:*:function:*';
  return [
    new PolicyStatement({ effect: Effect.ALLOW, actions: NETWORK_INTERFACES, resources: ['*'] }),
    new PolicyStatement({
      effect: Effect.DENY,
      actions: NETWORK_INTERFACES,
      resources: ['*'],
      conditions: { ArnLike: { 'lambda:SourceFunctionArn': own } },
    }),
  ];
}
