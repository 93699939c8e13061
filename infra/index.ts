/** What `lambda-sentinel/infra` offers. */
export type { Access, AccessStrategy, Doors } from './access-strategy.ts';
export type { AlarmSettings } from './alarm-settings.ts';
export type { Credentials, SecretReference } from './credentials.ts';
export type { DirectiveProps } from './directives.ts';
export type { Dns } from './dns.ts';
export type { TokenDigests } from './function-url-access.ts';
export { HttpAccess, type OperateOptions } from './http-access.ts';
export type { HttpApiOptions } from './http-api-access.ts';
export { InvalidProp } from './invalid-prop.ts';
export type { MasterProps } from './masters.ts';
export type { NodeTls } from './node-tls.ts';
export type { Notifications } from './notifications.ts';
export { RedisSentinel } from './redis-sentinel.ts';
export type { RedisSentinelProps } from './redis-sentinel-props.ts';
export type {
  ContinuousMetrics,
  SentinelMetricName,
  SentinelMetricOptions,
} from './sentinel-metrics.ts';
export { SentinelStack, type SentinelStackProps } from './sentinel-stack.ts';
