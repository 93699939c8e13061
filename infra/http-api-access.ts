/**
 * An HTTP API in front of the functions, for what a Function URL has not: throttling, an access log, WAF-able names.
 */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type Access, type AccessStrategy, type Doors, grantInvoke } from './access-strategy.ts';
import { InvalidProp } from './invalid-prop.ts';

export interface HttpApiOptions {
  /**
   * For all callers together. A client that polls every 2 s makes half a request a second.
   * @example { rateLimit: 50, burstLimit: 100 }
   */
  readonly throttling: { readonly rateLimit: number; readonly burstLimit: number };
  /**
   * Whether what changes is reached by it too, with a right of its own.
   * @default false - `grantOperate` allows to invoke the operate function
   */
  readonly operate?: boolean;
  /** Of its access log: about 300 bytes a request. @default RetentionDays.ONE_MONTH */
  readonly accessLogRetention?: RetentionDays;
}

const READING = [HttpMethod.GET, HttpMethod.HEAD];
const CHANGING = [HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE];
const ALL_PATHS = '/{proxy+}';
/** What became of a request that takes time: asked of the function that took it. */
const COMMANDS = '/masters/{name}/commands/{command}';

export class HttpApiAccess implements AccessStrategy {
  readonly #options: HttpApiOptions;

  constructor(options: HttpApiOptions) {
    const { rateLimit, burstLimit } = options.throttling;
    check('httpAccess.throttling.rateLimit', rateLimit);
    check('httpAccess.throttling.burstLimit', burstLimit);
    this.#options = options;
  }

  bind(scope: Construct, { read, operate }: Doors): Access {
    const api = new HttpApi(scope, 'HttpApi', { createDefaultStage: false });
    const stage = this.#stage(scope, api);
    route(api, 'Read', read, ['/', ALL_PATHS], READING);
    if (this.#options.operate) {
      route(api, 'Operate', operate, [ALL_PATHS], CHANGING);
      route(api, 'Commands', operate, [COMMANDS], READING);
    }
    const arns = (methods: readonly HttpMethod[], path = '/*') =>
      methods.map((method) => api.arnForExecuteApi(method, path, '$default'));
    const grant = (grantee: IGrantable, resourceArns: string[]) =>
      Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
    const operating = [...arns(CHANGING), ...arns(READING, '/masters/*/commands/*')];
    return {
      readUrl: stage.url,
      ...(this.#options.operate && { operateUrl: stage.url }),
      grantRead: (grantee) => grant(grantee, arns(READING)),
      grantOperate: (grantee) =>
        this.#options.operate ? grant(grantee, operating) : grantInvoke(operate, grantee),
      serverErrors: new Map([
        ['Http5xx', api.metricServerError({ statistic: Stats.SUM, period: Duration.minutes(1) })],
      ]),
    };
  }

  #stage(scope: Construct, api: HttpApi): HttpStage {
    const { throttling, accessLogRetention = RetentionDays.ONE_MONTH } = this.#options;
    const logs = new LogGroup(scope, 'HttpApiLogs', {
      retention: accessLogRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return new HttpStage(scope, 'HttpApiStage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: throttling,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logs),
        format: AccessLogFormat.custom(
          JSON.stringify({
            id: '$context.requestId',
            at: '$context.requestTime',
            ip: '$context.identity.sourceIp',
            caller: '$context.identity.userArn',
            route: '$context.routeKey',
            path: '$context.path',
            status: '$context.status',
            ms: '$context.responseLatency',
            error: '$context.error.message',
          }),
        ),
      },
    });
  }
}

function route(
  api: HttpApi,
  id: string,
  handler: LambdaFunction,
  paths: readonly string[],
  methods: readonly HttpMethod[],
): void {
  const integration = new HttpLambdaIntegration(id, handler);
  for (const path of paths) {
    api.addRoutes({ path, methods: [...methods], integration, authorizer: new HttpIamAuthorizer() });
  }
}

function check(prop: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new InvalidProp(prop, value, 'a whole number of requests a second, from 1');
}
