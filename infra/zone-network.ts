/** Where a zone's function lives, and its way to the table. */
import { Annotations, Token } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  type ISubnet,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { InvalidProp } from './invalid-prop.ts';

/** @throws InvalidProp naming the zone without a subnet */
export function subnetsOf(vpc: IVpc, zone: string, selection?: SubnetSelection): ISubnet[] {
  const inZone = (subnets: readonly ISubnet[]) =>
    subnets.filter((subnet) => subnet.availabilityZone === zone);
  // Isolated ones first: the functions call nothing but the nodes and the table.
  const groups = selection
    ? [vpc.selectSubnets(selection).subnets]
    : [vpc.isolatedSubnets, vpc.privateSubnets];
  const found = groups.map(inZone).find((subnets) => subnets.length > 0);
  if (found) return found;
  throw new InvalidProp(
    'zones',
    zone,
    'a zone in which the VPC has an isolated or private subnet, or one of `vpcSubnets`',
  );
}

/** @throws InvalidProp when zones are not known at synth */
export function checkZones(zones: readonly string[]): void {
  if (Token.isUnresolved(zones) || zones.some((zone) => Token.isUnresolved(zone))) {
    throw new InvalidProp(
      'zones',
      '(known to CloudFormation only)',
      "names such as eu-west-1a: give `zones`, or the stack's env and the VPC's availabilityZones",
    );
  }
  const allowed = '1 to 10 different availability zones';
  if (zones.length < 1 || zones.length > 10) throw new InvalidProp('zones', zones, allowed);
  if (new Set(zones).size !== zones.length) throw new InvalidProp('zones', zones, allowed);
}

/** The networks of the nodes. @throws InvalidProp when the VPC does not tell its own */
export function networksOf(vpc: IVpc, allowed?: readonly string[]): readonly string[] {
  if (allowed) {
    const wrong = allowed.find(
      (cidr) => !Token.isUnresolved(cidr) && !/^[0-9A-Fa-f.:]+\/\d{1,3}$/.test(cidr),
    );
    if (allowed.length === 0 || wrong !== undefined) {
      throw new InvalidProp('allowedNetworks', wrong ?? allowed, 'at least one CIDR, such as 10.0.0.0/16');
    }
    return allowed;
  }
  try {
    return [vpc.vpcCidrBlock];
  } catch {
    throw new InvalidProp('allowedNetworks', undefined, 'CIDRs: the imported VPC does not tell its own');
  }
}

/** @throws InvalidProp naming the subnets whose route tables an imported VPC does not tell */
export function createDynamoEndpoint(vpc: IVpc, subnets: readonly ISubnet[]): void {
  const nameless = subnets.filter(({ routeTable }) => !routeTable?.routeTableId);
  if (nameless.length > 0) {
    const ids = nameless.map(({ subnetId }) => subnetId).join(', ');
    throw new InvalidProp(
      'dynamoEndpoint',
      'create',
      `'existing', unless the imported VPC tells the route tables of ${ids} ` +
        '(isolatedSubnetRouteTableIds or privateSubnetRouteTableIds of Vpc.fromVpcAttributes)',
    );
  }
  // Without a policy of its own: it serves whoever else shares these route tables. The functions' roles bound ours.
  vpc.addGatewayEndpoint('SentinelDynamoDb', {
    service: GatewayVpcEndpointAwsService.DYNAMODB,
    subnets: [{ subnets: [...subnets] }],
  });
}

export function warnOfFewZones(scope: Construct, zones: readonly string[]): void {
  if (zones.length >= 3) return;
  Annotations.of(scope).addWarningV2(
    'lambda-sentinel:fewZones',
    `${zones.length} zones: the loss of one leaves no majority, and no failover. Three are needed to lose one.`,
  );
}
