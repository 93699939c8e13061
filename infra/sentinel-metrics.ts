/** The deployment's own metrics, by name: each with the statistic that says what it is asked for. */
import { Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { InvalidProp } from './invalid-prop.ts';

const NAMESPACE = 'LambdaSentinel';

/**
 * What happened, by the sum: of each event once, by the relay. What lasts, by the maximum: with its event, and then from
 * each zone once a minute until it is over.
 */
const STATISTICS = {
  /** `+try-failover`: one that another leader resumed counts again. */
  FailoversStarted: Stats.SUM,
  /** `+switch-master`: the master moved. */
  Failovers: Stats.SUM,
  /** `-failover-abort-*` */
  FailoversAborted: Stats.SUM,
  /** `+data-lost`, `+failover-writes-lost` */
  DataLost: Stats.SUM,
  /** Minutes and zones without the table. */
  TableUnreachable: Stats.SUM,
  /** 1 from `+odown` on until the master is up, or another node is the master. */
  MasterDown: Stats.MAXIMUM,
  /** Nodes that say master beside the one that is it. */
  TwoMasters: Stats.MAXIMUM,
  /** Nodes that are up and refuse the sentinels. */
  MisconfiguredNodes: Stats.MAXIMUM,
  /** 1 while CKQUORUM fails: too few usable sentinels to agree, or to elect. */
  NoQuorum: Stats.MAXIMUM,
} as const;

/** Told every minute by each zone: the worst of them counts. */
const CONTINUOUS = {
  /** Sentinels that vote and live. */
  UsableSentinels: Stats.MINIMUM,
  /** Replicas in a zone's reach that follow. */
  VisibleReplicas: Stats.MINIMUM,
  /** Bytes that the replica that is furthest behind has not acknowledged. */
  ReplicationLagBytes: Stats.MAXIMUM,
} as const;

export type SentinelMetricName = keyof typeof STATISTICS | keyof typeof CONTINUOUS;

/** For which of the masters the continuous metrics are written. */
export type ContinuousMetrics = (typeof CHOICES)[number];

const CHOICES = ['worst', 'perMaster', 'none'] as const;

export interface SentinelMetricOptions extends MetricOptions {
  /** @default - all of them */
  readonly master?: string;
}

export class SentinelMetrics {
  /** What they are told under in the account: the stack's name, and the construct's path in it. */
  readonly deployment: string;
  readonly continuous: ContinuousMetrics;

  /** @throws InvalidProp */
  constructor(scope: Construct, continuous: ContinuousMetrics = 'worst') {
    if (!CHOICES.includes(continuous)) {
      throw new InvalidProp('continuousMetrics', continuous, `one of ${CHOICES.join(', ')}`);
    }
    const stack = Stack.of(scope);
    const path = scope.node.path.slice(stack.node.path.length);
    // CloudWatch takes ASCII.
    this.deployment = `${stack.stackName}${path.replace(/[^\x20-\x7e]/g, '_')}`;
    this.continuous = continuous;
  }

  /** @throws InvalidProp for a metric that nobody writes */
  metric(name: SentinelMetricName, { master, ...options }: SentinelMetricOptions = {}): Metric {
    if (isContinuous(name)) this.#checkWritten(name, master);
    return new Metric({
      namespace: NAMESPACE,
      metricName: name,
      dimensionsMap: { Deployment: this.deployment, ...(master !== undefined && { Master: master }) },
      statistic: isContinuous(name) ? CONTINUOUS[name] : STATISTICS[name],
      ...options,
    });
  }

  #checkWritten(name: string, master: string | undefined): void {
    const { continuous } = this;
    if (continuous === 'perMaster' || (continuous === 'worst' && master === undefined)) return;
    const asked = master === undefined ? name : `${name} of ${master}`;
    const allowed = master === undefined ? 'worst or perMaster' : 'perMaster';
    throw new InvalidProp(
      'continuousMetrics',
      continuous,
      `${allowed} where the metric ${asked} is asked for`,
    );
  }
}

function isContinuous(name: SentinelMetricName): name is keyof typeof CONTINUOUS {
  return name in CONTINUOUS;
}
