/** How the read and operate functions are reached: one strategy object. */
import { type AccessStrategy, InvokeAccess } from './access-strategy.ts';
import { BearerTokenAccess, IamFunctionUrlAccess, type TokenDigests } from './function-url-access.ts';
import { HttpApiAccess, type HttpApiOptions } from './http-api-access.ts';

export interface OperateOptions {
  /**
   * Whether what changes (failover, pause, reset, monitor, remove) is reached by HTTP too, with a right of its own.
   * @default false - `grantOperate` allows to invoke the operate function
   */
  readonly operate?: boolean;
}

/**
 * Reading and operating are separate rights in each of them: the functions are two, and so is what is granted.
 *
 * @example
 * const throttling = { rateLimit: 50, burstLimit: 100 };
 * new RedisSentinel(this, 'Sentinel', { httpAccess: HttpAccess.httpApi({ throttling }), ...others });
 */
export class HttpAccess {
  private constructor() {}

  /** A Function URL that asks IAM: callers sign their requests (SigV4). It costs nothing beside the function. */
  static iamFunctionUrl(options: OperateOptions = {}): AccessStrategy {
    return new IamFunctionUrlAccess(options.operate ?? false);
  }

  /**
   * A Function URL that asks for a token, for clients that cannot sign.
   *
   * WARNING: the URL is open to the internet; the function itself turns away who has no token, and each request that
   * is turned away is paid for.
   *
   * @param read - opens reading
   * @param operate - opens what changes; without it operating has no URL, and `grantOperate` allows to invoke
   */
  static bearerTokens(read: TokenDigests, operate?: TokenDigests): AccessStrategy {
    return new BearerTokenAccess(read, operate);
  }

  /**
   * An API Gateway HTTP API that asks IAM and bounds the rate: $1 per million requests, access logs, at most 30 s a
   * request.
   */
  static httpApi(options: HttpApiOptions): AccessStrategy {
    return new HttpApiAccess(options);
  }

  /** No URL at all: who is granted to read or operate invokes the function. */
  static none(): AccessStrategy {
    return new InvokeAccess();
  }
}
