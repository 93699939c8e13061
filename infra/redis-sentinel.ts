/** Redis Sentinel without servers, as a part of a stack. Start here: what it is made of, in order. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Connections, IConnectable, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Access } from './access-strategy.ts';
import { alarmSettings } from './alarm-settings.ts';
import { SentinelAlarms } from './alarms.ts';
import { Bundles } from './bundles.ts';
import { Configuration } from './configuration.ts';
import { passwordVariables, secretsReadAtRunTime } from './credentials.ts';
import { SentinelDashboard } from './dashboard.ts';
import { HttpDoors } from './doors.ts';
import { HttpAccess } from './http-access.ts';
import { declare, portsOf } from './masters.ts';
import { tlsMaterial } from './node-tls.ts';
import { checkPulse, Pacemaker } from './pacemaker.ts';
import type { RedisSentinelProps } from './redis-sentinel-props.ts';
import { Relay } from './relay.ts';
import type { Foundation } from './sentinel-lambda.ts';
import { type SentinelMetricName, type SentinelMetricOptions, SentinelMetrics } from './sentinel-metrics.ts';
import { SentinelTable } from './sentinel-table.ts';
import { checkZones, createDynamoEndpoint, networksOf, subnetsOf, warnOfFewZones } from './zone-network.ts';
import { sentinelSecurityGroup } from './zone-security.ts';
import { zoneSentinels } from './zone-sentinels.ts';

/**
 * One sentinel function for each zone, the table they agree in, and what wakes, tells and asks them.
 *
 * @example
 * const sentinel = new RedisSentinel(this, 'Sentinel', {
 *   vpc,
 *   dynamoEndpoint: 'create',
 *   masters: [{ name: 'orders', host: '10.0.1.10', downAfter: Duration.seconds(5) }],
 * });
 * sentinel.connections.allowTo(nodes, Port.tcp(6379));
 * sentinel.grantRead(app);
 */
export class RedisSentinel extends Construct implements IConnectable {
  readonly table: SentinelTable;
  /** By the zone's name. */
  readonly sentinelFunctions: ReadonlyMap<string, IFunction>;
  /** Of the sentinel functions: what they may reach. */
  readonly connections: Connections;
  readonly #access: Access;
  readonly #metrics: SentinelMetrics;

  constructor(scope: Construct, id: string, props: RedisSentinelProps) {
    super(scope, id);
    const { pulse = Duration.seconds(1), stagger = false, removalPolicy = RemovalPolicy.RETAIN } = props;
    // CDK's class differs from its own interface under exactOptionalPropertyTypes.
    const vpc = props.vpc as IVpc;
    const zones = props.zones ?? vpc.availabilityZones;
    checkZones(zones);
    checkPulse(pulse);
    warnOfFewZones(this, zones);
    const masters = declare(props.masters, Math.floor(zones.length / 2) + 1);
    const names = masters.map(({ name }) => name);
    const networks = networksOf(vpc, props.allowedNetworks);
    const subnets = new Map(zones.map((zone) => [zone, subnetsOf(vpc, zone, props.vpcSubnets)]));
    if (props.dynamoEndpoint === 'create') createDynamoEndpoint(vpc, [...subnets.values()].flat());

    this.#metrics = new SentinelMetrics(this, props.continuousMetrics);
    const encryption = props.encryptionKey && { encryptionKey: props.encryptionKey };
    this.table = new SentinelTable(this, 'Table', { removalPolicy, ...encryption });
    const foundation: Foundation = {
      table: this.table,
      bundles: new Bundles(props.bundles),
      logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy,
      ...encryption,
      ...(props.secretsKey && { secretsKey: props.secretsKey }),
    };

    const secrets = secretsReadAtRunTime(props.masters);
    const securityGroup = sentinelSecurityGroup(this, {
      vpc,
      secretsManager: secrets.length > 0,
      ports: portsOf(masters),
      networks,
      ...(props.dynamoPrefixListId !== undefined && { prefixListId: props.dynamoPrefixListId }),
    });
    this.connections = securityGroup.connections;
    const sentinels = zoneSentinels(this, {
      foundation,
      vpc,
      subnets,
      securityGroup,
      pulse,
      networks,
      metrics: this.#metrics,
      passwords: passwordVariables(props.masters),
      secrets,
      tls: tlsMaterial(props.nodeTls),
      memorySize: props.memorySize ?? 512,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrency: props.reservedConcurrency }),
    });
    this.sentinelFunctions = sentinels;

    const pacemaker = new Pacemaker(this, 'Pacemaker', { foundation, pulse, stagger, zones: sentinels });
    const relay = new Relay(this, 'Relay', {
      foundation,
      zones: sentinels,
      masters: names,
      deployment: this.#metrics.deployment,
      notifications: props.notifications ?? {},
      ...(props.dns && { dns: props.dns }),
    });
    const after = [pacemaker, relay];
    new Configuration(this, 'Configuration', { foundation, masters, zones, networks, after });
    const access = props.httpAccess ?? HttpAccess.iamFunctionUrl();
    const doors = new HttpDoors(this, 'Http', {
      ...{ foundation, access, pulse, networks },
      ...(props.longPoll && { longPoll: props.longPoll }),
    });
    this.#access = doors.access;
    this.#watch(props, sentinels, relay, doors, pacemaker.handler);
  }

  #watch(
    { alarms = true, dashboard = false }: RedisSentinelProps,
    zones: ReadonlyMap<string, IFunction>,
    relay: Relay,
    { read, operate, access: { serverErrors } }: HttpDoors,
    pacemaker: IFunction | undefined,
  ): void {
    const settings = alarmSettings(alarms);
    const metrics = this.#metrics;
    if (settings) {
      new SentinelAlarms(this, 'Alarms', {
        settings,
        metrics,
        zones,
        functions: new Map([
          ...(pacemaker ? [['Pacemaker', pacemaker] as const] : []),
          ['Relay', relay.handler],
          ['Read', read],
          ['Operate', operate],
        ]),
        givenUp: relay.givenUp,
        serverErrors,
      });
    }
    if (dashboard) {
      new SentinelDashboard(this, 'Dashboard', {
        zones,
        relay: relay.handler,
        table: this.table,
        serverErrors,
        metrics,
      });
    }
  }

  /**
   * A metric of this deployment, of all its masters or of one. {@link SentinelMetricName} has what there is.
   * @throws InvalidProp for one that `continuousMetrics` leaves out
   * @example
   * sentinel
   *   .metric('VisibleReplicas', { master: 'orders', period: Duration.minutes(1) })
   *   .createAlarm(this, 'OrdersReplicas', { threshold: 2, comparisonOperator: LESS_THAN_THRESHOLD, evaluationPeriods: 3 });
   */
  metric(name: SentinelMetricName, options: SentinelMetricOptions = {}): Metric {
    return this.#metrics.metric(name, options);
  }

  /**
   * How often a master moved. A failover that was begun and given up is in `FailoversAborted`.
   * @example
   * sentinel
   *   .metricFailovers({ master: 'orders', period: Duration.hours(1) })
   *   .createAlarm(this, 'OrdersMovesTooOften', { threshold: 3, evaluationPeriods: 1 });
   */
  metricFailovers(options: SentinelMetricOptions = {}): Metric {
    return this.metric('Failovers', options);
  }

  /** 1 while a master is down for a quorum of the sentinels (O_DOWN). */
  metricMasterDown(options: SentinelMetricOptions = {}): Metric {
    return this.metric('MasterDown', options);
  }

  /** Replicas in reach that follow, as the zone that sees the fewest counts them. */
  metricVisibleReplicas(options: SentinelMetricOptions = {}): Metric {
    return this.metric('VisibleReplicas', options);
  }

  /** Bytes that the replica that is furthest behind has not acknowledged. */
  metricReplicationLag(options: SentinelMetricOptions = {}): Metric {
    return this.metric('ReplicationLagBytes', options);
  }

  /** Where masters are asked for: `<readUrl>masters/<name>`. Undefined with `HttpAccess.none()`. */
  get readUrl(): string | undefined {
    return this.#access.readUrl;
  }

  /** Where operators ask, if it is reached by HTTP. */
  get operateUrl(): string | undefined {
    return this.#access.operateUrl;
  }

  /** To ask where the masters are, in the way that `httpAccess` opens. It allows no change. */
  grantRead(app: IGrantable): Grant {
    return this.#access.grantRead(app);
  }

  /** To ask for failovers and to change what is watched. It does not include reading. */
  grantOperate(principal: IGrantable): Grant {
    return this.#access.grantOperate(principal);
  }
}
