/** What can be said of a deployment. */
import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IVpc, SubnetSelection, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { AccessStrategy } from './access-strategy.ts';
import type { AlarmSettings } from './alarm-settings.ts';
import type { SecretReference } from './credentials.ts';
import type { Dns } from './dns.ts';
import type { MasterProps } from './masters.ts';
import type { NodeTls } from './node-tls.ts';
import type { Notifications } from './notifications.ts';
import type { ContinuousMetrics } from './sentinel-metrics.ts';

export interface RedisSentinelProps {
  /**
   * Where the nodes are. It needs a gateway endpoint for DynamoDB (free, see `dynamoEndpoint`) and nothing else: no
   * NAT, no interface endpoint.
   */
  readonly vpc: IVpc | Vpc;
  /**
   * One sentinel for each, by the zone's name.
   *
   * WARNING: a zone that is dropped here leaves the voters; one that is only out of order still counts. Keep three.
   * WARNING: a stack without `env` knows two zones only, and not by name: name them here and in the VPC's
   * `availabilityZones`.
   * @default - the availability zones of the VPC
   */
  readonly zones?: readonly string[];
  /**
   * The subnets of the functions; each zone takes those that lie in it.
   * @default - a zone's isolated subnets, else its private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /** The masters that are watched. One that is taken away here is no longer watched after the deployment. */
  readonly masters: readonly MasterProps[];
  /** Whom the zones trust, for masters with `tls`. @default - the public authorities that Node.js knows */
  readonly nodeTls?: NodeTls;
  /**
   * The networks in which nodes may lie, as CIDRs: an address outside them is neither asked nor believed.
   * @default - the VPC's own
   */
  readonly allowedNetworks?: readonly string[];
  /**
   * How often each zone looks: whole seconds, from 1 to 60. A death is noticed at the first look after it, so it adds
   * at most one pulse to `downAfter`. A month of three zones and one master with two replicas, before free tiers:
   *
   * | pulse | costs about | a dead process is noticed within |
   * |---|---|---|
   * | 1 s | $7.10 | 1 s |
   * | 5 s | $2.10 | 5 s |
   * | 60 s | $0.30 | up to two minutes: Scheduler comes at any second of a minute |
   *
   * @default Duration.seconds(1)
   */
  readonly pulse?: Duration;
  /**
   * Whether the zones look one after the other, evenly over the pulse, in place of all at once. The first of them that
   * notices a death wakes the others, so that with three zones it is noticed in a third of the time: worth $1.20 a month at
   * a pulse of 5 s, and not the $2.90 at a pulse of 1 s, where waking takes as long as the next pulse. At a pulse of 60 s
   * Scheduler keeps no second, and this does nothing.
   * @default false
   */
  readonly stagger?: boolean;
  /**
   * MB of a sentinel function, and with it its share of a CPU. A pulse is bound by it: less memory makes it longer,
   * not cheaper.
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * How the functions reach DynamoDB: a gateway endpoint that is made here, or one that the VPC has.
   *
   * WARNING: a route table takes one such endpoint: the deployment fails on a second one. An imported VPC must tell
   * the ids of its route tables to have one made.
   */
  readonly dynamoEndpoint: 'create' | 'existing';
  /**
   * The id of DynamoDB's prefix list in the region (`pl-…`), to which the security group is then bounded. `aws ec2
   * describe-managed-prefix-lists --filters Name=prefix-list-name,Values=com.amazonaws.<region>.dynamodb`
   * @default - port 443 to any address; in isolated subnets nothing but the endpoint is behind it
   */
  readonly dynamoPrefixListId?: string;
  /** How clients and operators reach the endpoint. @default HttpAccess.iamFunctionUrl() */
  readonly httpAccess?: AccessStrategy;
  /**
   * The longest that `GET /masters/{name}?wait=…` may wait for a change, 1 to 25 seconds: news within a tenth of a second,
   * without a poll.
   *
   * WARNING: whoever waits holds an environment of the read function: $17.50 a month for each that always does.
   * @default - nobody may wait
   */
  readonly longPoll?: Duration;
  /** Who is told of events. @default - nobody */
  readonly notifications?: Notifications;
  /** A record in a private zone that follows each master. @default - none */
  readonly dns?: Dns;
  /**
   * Alarms, the topic they tell, and what they hold the masters to: $0.10 each a month, $2.90 with three zones. They
   * begin within a minute or two, and look one minute at a time:
   *
   * | alarm | rings | without data |
   * |---|---|---|
   * | `FailoverStarted`, `FailoverAborted`, `DataLost` | at one | it did not happen |
   * | `MasterDown`, `TwoMasters`, `MisconfiguredNode` | at one, and until it is over. An old master that comes back after a failover is a second one for a moment | it is over |
   * | `FewSentinels`: fewer than a master's majority or quorum | in 2 of 3 minutes | it is over |
   * | `TableUnreachable`, from some zone | in 2 of 3 minutes | it is over |
   * | `FewReplicas`, `ReplicationLag` | for 3 minutes beyond {@link AlarmSettings} | it stays as it was |
   * | `NoPulse-<zone>` | without an invocation for 3 minutes | it rings |
   * | `<function>-Errors`, `<function>-Throttles`, `RelayGaveUp`, 5xx | at one | it did not happen |
   *
   * @default true - alarms that tell nobody
   */
  readonly alarms?: boolean | ITopic | AlarmSettings;
  /**
   * `UsableSentinels`, `VisibleReplicas` and `ReplicationLagBytes`, measured by each zone once a minute, at $0.30 each a
   * month: the `worst` of all masters ($0.90); with `perMaster` under each one's name too ($0.90 more for each); or
   * `none`, and no alarms on them. Each zone writes a line a minute, for each master with `perMaster`: 20 MB a month,
   * $0.01 at $0.50 per GB.
   *
   * All other metrics tell of events and of trouble. They too are $0.30 a month, but are paid by the hours in which there
   * was any: in health they cost nothing.
   * @default 'worst'
   */
  readonly continuousMetrics?: ContinuousMetrics;
  /** A dashboard in CloudWatch: $3 a month. @default false */
  readonly dashboard?: boolean;
  /**
   * Concurrency that is kept for each sentinel function, and that bounds it.
   *
   * WARNING: an alert stays while pulses go on coming: fewer than 3 throttle it. A new account has 10 in all, of
   * which none can be kept.
   * @default - none is kept
   */
  readonly reservedConcurrency?: number;
  /**
   * What becomes of the table and the logs when they leave the stack.
   *
   * WARNING: with DESTROY the table has no deletion protection. Without its table a fleet knows no master.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Encrypts the table, the queues and the functions' environments: $1 a month and $0.03 per 10,000 uses.
   *
   * WARNING: who disables the key stops all failovers. An imported key's policy must allow its use through IAM.
   * @default - keys of AWS' own
   */
  readonly encryptionKey?: IKey;
  /**
   * Encrypts passwords that are given at run time, in the table: a secret of 32 bytes in base64 or hex.
   * @example
   * new Secret(this, 'Key', { generateSecretString: { passwordLength: 43, excludePunctuation: true } })
   * @default - none: a password at run time is refused
   */
  readonly secretsKey?: SecretReference;
  /** How long logs are kept. A healthy pulse writes none. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays;
  /** The folder of the built functions, `<name>.mjs`. @default - the ones of this package */
  readonly bundles?: string;
}
