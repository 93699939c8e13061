/**
 * Brings the declared masters into the table at each deployment. A directive that is wrong fails it, with its name.
 */
import { CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnFunction, type Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct, type IConstruct } from 'constructs';
import { acknowledge, logicalId } from './acknowledgements.ts';
import { allowKey } from './encryption.ts';
import type { DeclaredMaster } from './masters.ts';
import { type Foundation, sentinelLambda } from './sentinel-lambda.ts';

export interface ConfigurationProps {
  readonly foundation: Foundation;
  readonly masters: readonly DeclaredMaster[];
  readonly zones: readonly string[];
  /** CIDRs in which the nodes lie. */
  readonly networks: readonly string[];
  /** What invokes the zones: a zone that is dropped must not be pulsed any more, or it enters itself again. */
  readonly after: readonly IConstruct[];
}

/** It waits up to two minutes for a promotion that is under way, and needs some seconds to say why it gave up. */
const TIMEOUT = Duration.seconds(150);
const MEMORY_MIB = 256;

export class Configuration extends Construct {
  readonly handler: LambdaFunction;
  readonly resource: CustomResource;

  constructor(
    scope: Construct,
    id: string,
    { foundation, masters, zones, networks, after }: ConfigurationProps,
  ) {
    super(scope, id);
    this.handler = sentinelLambda(this, 'Function', {
      foundation,
      bundle: 'configure',
      description: 'Brings the declared masters into the table of the sentinels',
      timeout: TIMEOUT,
      memorySize: MEMORY_MIB,
      environment: { ALLOWED_NETWORKS: networks.join(',') },
    });
    this.resource = new CustomResource(this, 'Masters', {
      resourceType: 'Custom::RedisMasters',
      serviceToken: this.#provider(foundation).serviceToken,
      properties: { Masters: masters, Zones: zones },
    });
    this.resource.node.addDependency(...after);
  }

  #provider({ logRetention, encryptionKey }: Foundation): Provider {
    const logGroup = new LogGroup(this, 'ProviderLogs', {
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'ProviderRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    role.addToPolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['lambda:GetFunction', 'lambda:InvokeFunction'],
        resources: [this.handler.functionArn],
      }),
    );
    if (encryptionKey) allowKey(encryptionKey, role);
    const provider = new Provider(this, 'Provider', {
      onEventHandler: this.handler,
      frameworkOnEventRole: role,
      logGroup,
      ...(encryptionKey && { providerFunctionEnvEncryption: encryptionKey }),
    });
    acknowledge(
      role,
      `AwsSolutions-IAM5[Resource::<${logicalId(this.handler)}.Arn>:*]`,
      'the provider framework of aws-cdk-lib allows itself the versions of the one function it invokes',
    );
    useOurRuntime(provider);
    return provider;
  }
}

/** The framework takes the newest runtime it knows to be in every region, which is an older one than ours. */
function useOurRuntime(provider: IConstruct): void {
  const handler = provider.node.findAll().find((child) => child instanceof CfnFunction);
  if (handler) handler.runtime = Runtime.NODEJS_24_X.name;
}
