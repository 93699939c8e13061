/**
 * What is counted and measured, by its name in CloudWatch, and which events count as what. An event is counted when it
 * is told; what lasts is also measured while it lasts ({@link ./measures.ts}), under the same name, so that an alarm
 * begins with the event and ends with the trouble.
 */
import type { RecordedEvent } from './model.ts';

/** In CloudWatch's units. */
export const UNITS = {
  /** Epochs that were taken for a failover: one that another leader resumed counts again. */
  FailoversStarted: 'Count',
  /** The master moved. */
  Failovers: 'Count',
  FailoversAborted: 'Count',
  /** 1: O_DOWN, whether or not a failover follows. */
  MasterDown: 'Count',
  /** Nodes that say master beside the one that is it. */
  TwoMasters: 'Count',
  /** Nodes that are up and refuse us, or refuse what a repair needs. */
  MisconfiguredNodes: 'Count',
  /** No node has the known data any more, or a failover lost writes. */
  DataLost: 'Count',
  /** 1: too few sentinels are usable to agree or to elect, as CKQUORUM says. */
  NoQuorum: 'Count',
  /** 1: a sentinel cannot reach the table, and changes nothing. */
  TableUnreachable: 'Count',
  /** Voters that live. */
  UsableSentinels: 'Count',
  /** Replicas in a zone's reach that follow. */
  VisibleReplicas: 'Count',
  /** What the replica that is furthest behind has yet to acknowledge. */
  ReplicationLagBytes: 'Bytes',
} as const;

export type MetricName = keyof typeof UNITS;
export type Figures = Readonly<Partial<Record<MetricName, number>>>;

/**
 * What becomes of the figures that are told every minute: the `worst` of all masters, under no master's name; each
 * one's under its name too (`perMaster`); or `none`. Each name is paid for all month.
 */
export const CONTINUOUS_METRICS = ['worst', 'perMaster', 'none'] as const;
export type ContinuousMetrics = (typeof CONTINUOUS_METRICS)[number];

const COUNTED = new Map<string, MetricName>([
  ['+try-failover', 'FailoversStarted'],
  ['+switch-master', 'Failovers'],
  ['-failover-abort-not-elected', 'FailoversAborted'],
  ['-failover-abort-no-good-slave', 'FailoversAborted'],
  ['-failover-abort-slave-timeout', 'FailoversAborted'],
  ['-failover-abort-master-timeout', 'FailoversAborted'],
  ['-failover-abort-master-up', 'FailoversAborted'],
  ['+odown', 'MasterDown'],
  ['+convert-to-slave', 'TwoMasters'],
  ['+misconfigured', 'MisconfiguredNodes'],
  ['+data-lost', 'DataLost'],
  ['+failover-writes-lost', 'DataLost'],
]);

/** @returns only what happened at least once */
export function countEvents(events: readonly Pick<RecordedEvent, 'type' | 'payload'>[]): Figures {
  const counts: Partial<Record<MetricName, number>> = {};
  for (const event of events) {
    const name = saysMaster(event) ? 'TwoMasters' : COUNTED.get(event.type);
    if (name) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** A replica, as the state has it: where nobody repairs, in a pause, nothing else tells of it. */
function saysMaster({ type, payload }: Pick<RecordedEvent, 'type' | 'payload'>): boolean {
  return (
    type === '-role-change' &&
    payload.startsWith('slave ') &&
    payload.endsWith(' new reported role is master')
  );
}
