/** Function URLs: with IAM, or open and with tokens that the functions ask for. */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type FunctionUrl,
  FunctionUrlAuthType,
  type Function as LambdaFunction,
} from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type Access, type AccessStrategy, type Doors, grantInvoke } from './access-strategy.ts';
import type { Bundles } from './bundles.ts';
import { dynamicReference, type SecretReference } from './credentials.ts';
import { InvalidProp } from './invalid-prop.ts';

/**
 * The tokens that open a door, as their digests: `sha256:<hex>` of each, with commas between, is the whole secret
 * (`printf %s TOKEN | sha256sum`). Two at once let clients change over. They get into the function's environment by a
 * dynamic reference: who reads it there learns no token.
 *
 * WARNING: it is read at a deployment that changes it: name the new `versionId` to bring new digests in.
 */
export interface TokenDigests {
  readonly secret: SecretReference;
  /** @default - AWSCURRENT at the deployment */
  readonly versionId?: string;
}

export class IamFunctionUrlAccess implements AccessStrategy {
  readonly #operate: boolean;

  constructor(operate: boolean) {
    this.#operate = operate;
  }

  bind(_scope: Construct, { read, operate }: Doors): Access {
    const readUrl = read.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
    const operateUrl = this.#operate
      ? operate.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM })
      : undefined;
    return {
      ...urls(readUrl, operateUrl),
      grantRead: (grantee) => readUrl.grantInvokeUrl(grantee),
      grantOperate: (grantee) => operateUrl?.grantInvokeUrl(grantee) ?? grantInvoke(operate, grantee),
      serverErrors: serverErrors({ Read5xx: read, ...(operateUrl && { Operate5xx: operate }) }),
    };
  }
}

export class BearerTokenAccess implements AccessStrategy {
  readonly #read: TokenDigests;
  readonly #operate: TokenDigests | undefined;

  constructor(read: TokenDigests, operate: TokenDigests | undefined) {
    if (operate?.secret.secretArn === read.secret.secretArn) {
      const found = 'bearerTokens with one secret for both';
      throw new InvalidProp('httpAccess', found, 'a secret for readers and another one for operators');
    }
    this.#read = read;
    this.#operate = operate;
  }

  bind(_scope: Construct, { read, operate, bundles }: Doors): Access {
    const digests = this.#operate;
    const readUrl = openUrl(read, this.#read, bundles, 'read');
    const operateUrl = digests && openUrl(operate, digests, bundles, 'operate');
    return {
      ...urls(readUrl, operateUrl),
      grantRead: () => byToken('grantRead'),
      grantOperate: (grantee) => (operateUrl ? byToken('grantOperate') : grantInvoke(operate, grantee)),
      serverErrors: serverErrors({ Read5xx: read, ...(operateUrl && { Operate5xx: operate }) }),
    };
  }
}

/** Open to everybody, so only in front of code that asks for a token. */
function openUrl(
  handler: LambdaFunction,
  { secret, versionId }: TokenDigests,
  bundles: Bundles,
  name: 'read' | 'operate',
): FunctionUrl {
  const variable = `${name.toUpperCase()}_TOKENS`;
  if (!bundles.mentions(name, variable)) {
    throw new InvalidProp(
      'httpAccess',
      'bearerTokens',
      `iamFunctionUrl, httpApi or none: the bundle of ${name} knows no ${variable}, and would ask nobody for a token`,
    );
  }
  // The whole secret, which is never empty: a function without digests asks nobody.
  handler.addEnvironment(variable, dynamicReference(secret, '', versionId));
  return handler.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
}

function byToken(right: string): never {
  throw new Error(
    `RedisSentinel: ${right} grants nothing with bearerTokens: who has a token may, so give the application one`,
  );
}

function urls(read: FunctionUrl, operate: FunctionUrl | undefined): Pick<Access, 'readUrl' | 'operateUrl'> {
  return { readUrl: read.url, ...(operate && { operateUrl: operate.url }) };
}

function serverErrors(handlers: Readonly<Record<string, LambdaFunction>>): ReadonlyMap<string, IMetric> {
  const metrics = Object.entries(handlers).map(([alarm, { functionName }]): [string, IMetric] => [
    alarm,
    new Metric({
      namespace: 'AWS/Lambda',
      metricName: 'Url5xxCount',
      dimensionsMap: { FunctionName: functionName },
      statistic: Stats.SUM,
      period: Duration.minutes(1),
    }),
  ]);
  return new Map(metrics);
}
