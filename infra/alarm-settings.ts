/** What an operator may say of the alarms. */
import { Size } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { InvalidProp } from './invalid-prop.ts';

/**
 * Of all masters alike; for one of them `metric(…, { master })` has `createAlarm`.
 * @example
 * { topic: onCall, minReplicas: 2, replicationLag: Size.mebibytes(64) }
 */
export interface AlarmSettings {
  /** Told when an alarm begins and when it ends. @default - nobody */
  readonly topic?: ITopic;
  /**
   * Fewer replicas than this in reach of some zone, for three minutes, are told; with 0 none is missed. It takes
   * `continuousMetrics`.
   * @default 1 - the last one that could take over
   */
  readonly minReplicas?: number;
  /**
   * More than this not acknowledged by some replica, for three minutes, is told: it is lost if that replica must take
   * over. It takes `continuousMetrics`.
   * @default Size.mebibytes(16) - a quarter of the 64 MB behind which Redis by its defaults drops the replica
   */
  readonly replicationLag?: Size;
}

export const MIN_REPLICAS = 1;
export const REPLICATION_LAG = Size.mebibytes(16);
const REPLICAS_MAX = 64;

/** @returns undefined when there are to be none. @throws InvalidProp */
export function alarmSettings(given: boolean | ITopic | AlarmSettings): AlarmSettings | undefined {
  if (given === false) return undefined;
  if (given === true) return {};
  if ('topicArn' in given) return { topic: given };
  const { minReplicas = MIN_REPLICAS, replicationLag } = given;
  if (!(Number.isInteger(minReplicas) && minReplicas >= 0 && minReplicas <= REPLICAS_MAX)) {
    throw new InvalidProp('alarms.minReplicas', minReplicas, `a whole number from 0 to ${REPLICAS_MAX}`);
  }
  if (replicationLag && replicationLag.toBytes() < 1) {
    throw new InvalidProp('alarms.replicationLag', `${replicationLag.toBytes()} bytes`, 'at least 1 byte');
  }
  return given;
}
