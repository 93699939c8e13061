/**
 * One sentinel function for each zone, in that zone's subnets alone: what a zone cannot reach, its sentinel cannot.
 */
import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { acknowledgeNetworkInterfaces } from './acknowledgements.ts';
import { type SecretReference, secretStatements } from './credentials.ts';
import { InvalidProp } from './invalid-prop.ts';
import type { NodeTlsMaterial } from './node-tls.ts';
import { type Foundation, sentinelLambda } from './sentinel-lambda.ts';
import type { SentinelMetrics } from './sentinel-metrics.ts';
import { networkInterfaceStatements } from './zone-security.ts';

export interface ZoneSentinelsProps {
  readonly foundation: Foundation;
  readonly vpc: IVpc;
  readonly subnets: ReadonlyMap<string, readonly ISubnet[]>;
  readonly securityGroup: ISecurityGroup;
  readonly pulse: Duration;
  readonly networks: readonly string[];
  readonly metrics: SentinelMetrics;
  readonly passwords: Readonly<Record<string, string>>;
  /** What the functions read at run time. */
  readonly secrets: readonly SecretReference[];
  readonly tls: NodeTlsMaterial;
  readonly memorySize: number;
  readonly reservedConcurrency?: number;
}

/** An alert hands over before its end; the longer one may stay, the fewer hand-overs a long failover takes. */
const TIMEOUT = Duration.minutes(5);

export function zoneSentinels(scope: Construct, props: ZoneSentinelsProps): Map<string, LambdaFunction> {
  const { foundation, vpc, securityGroup, memorySize, reservedConcurrency } = props;
  check('memorySize', memorySize, 128, 10_240);
  check('reservedConcurrency', reservedConcurrency, 1, 1000);
  const functions = [...props.subnets].map(([zone, subnets]): [string, LambdaFunction] => {
    const handler = sentinelLambda(scope, `Sentinel-${zone}`, {
      foundation,
      bundle: 'sentinel',
      description: `Redis sentinel of zone ${zone}`,
      timeout: TIMEOUT,
      memorySize,
      environment: {
        SENTINEL_ID: zone,
        PULSE_MS: String(props.pulse.toMilliseconds()),
        ALLOWED_NETWORKS: props.networks.join(','),
        DEPLOYMENT: props.metrics.deployment,
        CONTINUOUS_METRICS: props.metrics.continuous,
        ...props.passwords,
        ...props.tls.environment,
      },
      files: props.tls.files,
      network: {
        settings: { vpc, vpcSubnets: { subnets: [...subnets] }, securityGroups: [securityGroup] },
        statements: [...networkInterfaceStatements(), ...secretStatements(props.secrets)],
      },
      ...(reservedConcurrency !== undefined && { reservedConcurrency }),
    });
    acknowledgeNetworkInterfaces(handler);
    return [zone, handler];
  });
  return new Map(functions);
}

/** @throws InvalidProp */
function check(prop: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new InvalidProp(prop, value, `a whole number from ${least} to ${most}`);
}
