/**
 * Alarms on how the masters are, on the metrics the functions write: one for each kind of trouble, of whichever master.
 * Which one it is stands in the event, in the log beside the figure, and in the same metric under the master's name.
 */
import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmBell } from './alarm.ts';
import { type AlarmSettings, MIN_REPLICAS, REPLICATION_LAG } from './alarm-settings.ts';
import type { SentinelMetricName, SentinelMetrics } from './sentinel-metrics.ts';

/** What rings at once and is told by no news later on: a moment of it matters. */
const EVENTS: readonly (readonly [id: string, metric: SentinelMetricName, description: string])[] = [
  ['FailoverStarted', 'FailoversStarted', 'a failover was begun, by the sentinels or by an operator'],
  [
    'FailoverAborted',
    'FailoversAborted',
    'a failover was given up: its -failover-abort event says why, and lastFailover which replica was passed over',
  ],
  [
    'MasterDown',
    'MasterDown',
    'a master is down for a quorum of the sentinels; the alarm ends when a master is up again',
  ],
  [
    'TwoMasters',
    'TwoMasters',
    'a node says master beside the one that is it: the writes that it takes will be lost',
  ],
  [
    'MisconfiguredNode',
    'MisconfiguredNodes',
    'a node is up and refuses the sentinels (password, rights, TLS): it is neither failed over nor repaired',
  ],
  [
    'DataLost',
    'DataLost',
    'no node has the known data of a master any more, or acknowledged writes were lost in a failover',
  ],
];

/** A look that went wrong, a replica that restarts: what is over in the next minutes is no news. */
const LASTING_MINUTES = 3;
const PERIOD = { period: Duration.minutes(1) };

export function addMasterAlarms(bell: AlarmBell, metrics: SentinelMetrics, settings: AlarmSettings): void {
  for (const [id, name, description] of EVENTS) bell.event(id, metrics.metric(name, PERIOD), description);
  bell.add('FewSentinels', metrics.metric('NoQuorum', PERIOD), {
    description:
      'fewer sentinels are usable than the majority or the quorum of a master needs: it would not be failed over',
    threshold: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    // A sentinel counts for three heartbeats after its last sign of life, which is patience enough. At a pulse of a minute
    // there are minutes without one.
    evaluationPeriods: LASTING_MINUTES,
    datapointsToAlarm: 2,
    // Written only while it is so. If nobody is left to write it, NoPulse and TableUnreachable ring.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  bell.add('TableUnreachable', metrics.metric('TableUnreachable', PERIOD), {
    description:
      'a sentinel cannot reach the table: while that lasts it changes nothing, and does not count for the others',
    threshold: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    // One request that is lost is no outage.
    evaluationPeriods: LASTING_MINUTES,
    datapointsToAlarm: 2,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  if (metrics.continuous !== 'none') addContinuousAlarms(bell, metrics, settings);
}

/** What is not told is not over: when nobody measures, other alarms ring, and these stay as they are. */
function addContinuousAlarms(
  bell: AlarmBell,
  metrics: SentinelMetrics,
  { minReplicas = MIN_REPLICAS, replicationLag = REPLICATION_LAG }: AlarmSettings,
): void {
  const lasting = { evaluationPeriods: LASTING_MINUTES, treatMissingData: TreatMissingData.IGNORE };
  if (minReplicas !== 0) {
    bell.add('FewReplicas', metrics.metric('VisibleReplicas', PERIOD), {
      ...lasting,
      description: `a zone reaches fewer than ${minReplicas} of a master's replicas, or they do not follow it: who could take over?`,
      threshold: minReplicas,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    });
  }
  bell.add('ReplicationLag', metrics.metric('ReplicationLagBytes', PERIOD), {
    ...lasting,
    description: `a replica is more than ${replicationLag.toBytes()} bytes behind its master: they are lost if it takes over now`,
    threshold: replicationLag.toBytes(),
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  });
}
