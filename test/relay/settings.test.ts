import { afterEach, expect, test, vi } from 'vitest';
import { relaySettings } from '../../src/adapters/aws/relay-settings.ts';

afterEach(() => void vi.unstubAllEnvs());

const NAME = { hostedZoneId: 'Z0123', recordName: 'redis.example.com', ttlSeconds: 5 };

function settingsOf(environment: Readonly<Record<string, string>>) {
  for (const name of ['EVENT_BUS_NAME', 'TOPIC_ARN', 'TABLE_NAME', 'DNS', 'HISTORY_DAYS'])
    vi.stubEnv(name, '');
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return relaySettings();
}

test('nothing that is set is nowhere to tell', () => {
  expect(settingsOf({})).toEqual({
    ...{ eventBusName: undefined, topicArn: undefined, tableName: undefined },
    ...{ names: new Map(), historyDays: 90 },
  });
});

test('what is set is taken as it is', () => {
  const topicArn = 'arn:aws:sns:eu-west-1:123456789012:events.fifo';
  const set = { EVENT_BUS_NAME: 'bus', TOPIC_ARN: topicArn, TABLE_NAME: 't', HISTORY_DAYS: '7' };
  expect(settingsOf({ ...set, DNS: JSON.stringify({ m: NAME }) })).toEqual({
    ...{ eventBusName: 'bus', topicArn, tableName: 't', historyDays: 7, names: new Map([['m', NAME]]) },
  });
});

const dns = (name: object) => ({ TABLE_NAME: 't', DNS: JSON.stringify({ m: { ...NAME, ...name } }) });

test.each<[Record<string, string>, string]>([
  [{ TOPIC_ARN: 'events' }, `TOPIC_ARN must be an SNS topic's ARN, not "events"`],
  [{ HISTORY_DAYS: '0' }, 'HISTORY_DAYS must be whole days, 1 to 99999, not "0"'],
  [{ HISTORY_DAYS: '1.5' }, 'HISTORY_DAYS must be whole days, 1 to 99999, not "1.5"'],
  [{ DNS: '{' }, 'DNS must be JSON, not "{"'],
  [{ DNS: '[]' }, 'DNS must be a JSON object from masters to their names, not "[]"'],
  [
    { DNS: '{"m":null}' },
    `DNS.m.hostedZoneId must be a hosted zone's id, such as Z0123456789ABC, not "nothing"`,
  ],
  [dns({ hostedZoneId: 'z' }), 'DNS.m.hostedZoneId must be a hosted zone'],
  [dns({ recordName: 'a b' }), 'DNS.m.recordName must be a DNS name, such as redis.example.com, not "a b"'],
  [dns({ ttlSeconds: '5' }), 'DNS.m.ttlSeconds must be whole seconds, 0 to 2147483647, not "5"'],
  [dns({ ttlSeconds: -1 }), 'DNS.m.ttlSeconds must be whole seconds, 0 to 2147483647, not "-1"'],
  [dns({ ttl: 5 }), 'DNS.m.ttl must be left out: hostedZoneId, recordName and ttlSeconds are known, not "5"'],
  [{ DNS: JSON.stringify({ m: NAME }) }, 'environment variable TABLE_NAME is not set'],
])('%o is refused: %s', (environment, message) => {
  expect(() => settingsOf(environment)).toThrow(message);
});
