/** What every function of the deployment has in common. */
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { BundleName, Bundles } from './bundles.ts';
import { dynamicReference, type SecretReference } from './credentials.ts';
import { allowKey } from './encryption.ts';
import type { SentinelTable } from './sentinel-table.ts';
import { tableStatements } from './table-access.ts';
import type { FunctionNetwork } from './zone-security.ts';

/** What all functions of one deployment share. */
export interface Foundation {
  readonly table: SentinelTable;
  readonly bundles: Bundles;
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
  readonly encryptionKey?: IKey;
  /** Opens the passwords that were given at run time. */
  readonly secretsKey?: SecretReference;
}

export interface SentinelLambdaProps {
  readonly foundation: Foundation;
  readonly bundle: BundleName;
  readonly description: string;
  readonly timeout: Duration;
  readonly memorySize: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly statements?: readonly PolicyStatement[];
  readonly files?: Readonly<Record<string, string>>;
  readonly network?: FunctionNetwork;
  readonly reservedConcurrency?: number;
}

/** The least an asynchronous invocation can be held; a pulse that is older is of no use. */
const EVENT_AGE = Duration.seconds(60);
const HOLDERS_OF_THE_KEY: readonly BundleName[] = ['sentinel', 'operate', 'configure'];

export function sentinelLambda(scope: Construct, id: string, props: SentinelLambdaProps): LambdaFunction {
  const { foundation, bundle, network } = props;
  const { table, bundles, encryptionKey } = foundation;
  const logGroup = new LogGroup(scope, `${id}Logs`, {
    retention: foundation.logRetention,
    removalPolicy: foundation.removalPolicy,
  });
  // A role of its own in place of AWS' managed policies, which allow every log group of the account.
  const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const secretsKey = HOLDERS_OF_THE_KEY.includes(bundle) ? foundation.secretsKey : undefined;
  const statements = [
    ...tableStatements(table, bundle, secretsKey !== undefined),
    ...(network?.statements ?? []),
    ...(props.statements ?? []),
  ];
  for (const statement of statements) role.addToPolicy(statement);
  logGroup.grantWrite(role);
  if (encryptionKey) allowKey(encryptionKey, role);
  return new LambdaFunction(scope, id, {
    description: props.description,
    code: bundles.code(scope, bundle, props.files),
    handler: `${bundle}.handler`,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: props.memorySize,
    timeout: props.timeout,
    role,
    environment: {
      TABLE_NAME: table.tableName,
      ...(secretsKey && { SECRETS_KEY: dynamicReference(secretsKey) }),
      ...props.environment,
    },
    // START, END and REPORT lines of a million pulses cost more than the pulses.
    loggingFormat: LoggingFormat.JSON,
    systemLogLevelV2: SystemLogLevel.WARN,
    applicationLogLevelV2: ApplicationLogLevel.INFO,
    logGroup,
    maxEventAge: EVENT_AGE,
    retryAttempts: 0,
    ...(encryptionKey && { environmentEncryption: encryptionKey }),
    ...(props.reservedConcurrency !== undefined && {
      reservedConcurrentExecutions: props.reservedConcurrency,
    }),
    ...network?.settings,
  });
}
