/** Where the relay tells what it knows, from its environment. Each is optional; a malformed one is an error that names it. */
import { printable } from '../../core/info.ts';
import { required } from '../system/environment.ts';
import type { NameSetting } from './route53.ts';

export interface RelaySettings {
  readonly eventBusName: string | undefined;
  readonly topicArn: string | undefined;
  /** By the master's name. */
  readonly names: ReadonlyMap<string, NameSetting>;
  /** Undefined: no history, and no name could follow. */
  readonly tableName: string | undefined;
  readonly historyDays: number;
}

/** @throws Error that says which variable is wrong, what was found and what is allowed */
export function relaySettings(): RelaySettings {
  const names = nameSettings('DNS');
  return {
    eventBusName: process.env['EVENT_BUS_NAME'] || undefined,
    topicArn: topic('TOPIC_ARN'),
    names,
    // a name follows what the table says at that moment
    tableName: names.size > 0 ? required('TABLE_NAME') : process.env['TABLE_NAME'] || undefined,
    historyDays: days('HISTORY_DAYS', 90),
  };
}

function topic(name: string): string | undefined {
  const text = process.env[name];
  if (!text || /^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/.test(text)) return text || undefined;
  throw unfit(name, "an SNS topic's ARN", text);
}

function days(name: string, preset: number): number {
  const text = process.env[name];
  if (!text) return preset;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw unfit(name, 'whole days, 1 to 99999', text);
  return Number(text);
}

function nameSettings(name: string): ReadonlyMap<string, NameSetting> {
  const text = process.env[name];
  if (!text) return new Map();
  const masters = entriesOf(parse(name, text));
  if (!masters) throw unfit(name, 'a JSON object from masters to their names', text);
  return new Map(masters.map(([master, found]) => [master, nameSetting(`${name}.${master}`, found)]));
}

function nameSetting(where: string, found: unknown): NameSetting {
  const { hostedZoneId, recordName, ttlSeconds, ...others } = Object.fromEntries(entriesOf(found) ?? []);
  if (typeof hostedZoneId !== 'string' || !/^(\/hostedzone\/)?[A-Z0-9]{1,32}$/.test(hostedZoneId)) {
    throw unfit(`${where}.hostedZoneId`, "a hosted zone's id, such as Z0123456789ABC", hostedZoneId);
  }
  if (typeof recordName !== 'string' || !/^(?=.{1,255}$)[\w-]{1,63}(\.[\w-]{1,63})*\.?$/.test(recordName)) {
    throw unfit(`${where}.recordName`, 'a DNS name, such as redis.example.com', recordName);
  }
  if (!Number.isInteger(ttlSeconds) || Number(ttlSeconds) < 0 || Number(ttlSeconds) > 2 ** 31 - 1) {
    throw unfit(`${where}.ttlSeconds`, 'whole seconds, 0 to 2147483647', ttlSeconds);
  }
  for (const [field, value] of Object.entries(others)) {
    throw unfit(`${where}.${field}`, 'left out: hostedZoneId, recordName and ttlSeconds are known', value);
  }
  return { hostedZoneId, recordName, ttlSeconds: Number(ttlSeconds) };
}

function entriesOf(value: unknown): [string, unknown][] | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : undefined;
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unfit(name, 'JSON', text);
  }
}

function unfit(name: string, allowed: string, found: unknown): Error {
  const shown = typeof found === 'string' ? found : (JSON.stringify(found) ?? 'nothing');
  return new Error(
    `environment variable ${printable(name)} must be ${allowed}, not "${printable(shown).slice(0, 100)}"`,
  );
}
