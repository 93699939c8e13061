/**
 * The functions people and programs ask: one that reads, one that changes. IAM cannot tell the paths of one apart.
 */
import { Duration } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Access, AccessStrategy } from './access-strategy.ts';
import { InvalidProp } from './invalid-prop.ts';
import { type Foundation, sentinelLambda } from './sentinel-lambda.ts';

export interface DoorsProps {
  readonly foundation: Foundation;
  readonly access: AccessStrategy;
  readonly pulse: Duration;
  readonly networks: readonly string[];
  /** The longest that a reader may wait for news; undefined: nobody may. */
  readonly longPoll?: Duration;
}

/** What API Gateway waits for at most. */
const TIMEOUT = Duration.seconds(29);
const MEMORY_MIB = 512;

export class HttpDoors extends Construct {
  readonly read: LambdaFunction;
  readonly operate: LambdaFunction;
  readonly access: Access;

  constructor(scope: Construct, id: string, { foundation, access, pulse, networks, longPoll }: DoorsProps) {
    super(scope, id);
    const waitMs = longPoll?.toMilliseconds({ integral: false });
    if (waitMs !== undefined && !(waitMs >= 1000 && waitMs <= 25_000 && Number.isInteger(waitMs))) {
      throw new InvalidProp('longPoll', `${waitMs} milliseconds`, 'from 1 to 25 seconds');
    }
    const shared = { foundation, timeout: TIMEOUT, memorySize: MEMORY_MIB };
    this.read = sentinelLambda(this, 'Read', {
      ...shared,
      bundle: 'read',
      description: 'Tells where the Redis masters are',
      environment: {
        PULSE_MS: String(pulse.toMilliseconds()),
        ...(waitMs !== undefined && { WAIT_MS: String(waitMs) }),
      },
    });
    this.operate = sentinelLambda(this, 'Operate', {
      ...shared,
      bundle: 'operate',
      description: 'Takes what operators ask of the sentinels',
      environment: {
        PULSE_MS: String(pulse.toMilliseconds()),
        // An address that the zones may not reach is refused where it is given.
        ALLOWED_NETWORKS: networks.join(','),
      },
    });
    this.access = access.bind(this, {
      read: this.read,
      operate: this.operate,
      bundles: foundation.bundles,
    });
  }
}
