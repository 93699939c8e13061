/** A record in a private zone that follows each master. */
import { Duration } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IPrivateHostedZone } from 'aws-cdk-lib/aws-route53';
import { InvalidProp } from './invalid-prop.ts';

/**
 * For clients that know nothing of sentinels. They find a new master no sooner than their resolver asks again, and
 * hold on to connections to the old one until it is demoted.
 *
 * @example
 * const attributes = { hostedZoneId: 'Z1', zoneName: 'example.internal' };
 * const dns = { zone: PrivateHostedZone.fromHostedZoneAttributes(this, 'Zone', attributes) };
 */
export interface Dns {
  readonly zone: IPrivateHostedZone;
  /** The record of a master, by the master's name. @default - `<master>.<zone>` */
  readonly recordNames?: Readonly<Record<string, string>>;
  /** How long resolvers may keep the answer. @default Duration.seconds(5) */
  readonly ttl?: Duration;
}

interface DnsRecord {
  readonly hostedZoneId: string;
  readonly recordName: string;
  readonly ttlSeconds: number;
}

/** By the master's name, as the relay takes it. @throws InvalidProp */
export function recordsOf(dns: Dns, masters: readonly string[]): Record<string, DnsRecord> {
  const { zone, recordNames = {}, ttl = Duration.seconds(5) } = dns;
  const stranger = Object.keys(recordNames).find((name) => !masters.includes(name));
  if (stranger !== undefined) {
    throw new InvalidProp('dns.recordNames', stranger, `one of the masters ${masters.join(', ')}`);
  }
  const records = masters.map((name) => {
    const recordName = recordNames[name] ?? `${name}.${zone.zoneName}`;
    return [name, { hostedZoneId: zone.hostedZoneId, recordName, ttlSeconds: ttl.toSeconds() }];
  });
  return Object.fromEntries(records);
}

/** To read the zone, and to set these records, of these types, and nothing else in it. */
export function dnsStatements(dns: Dns, masters: readonly string[]): PolicyStatement[] {
  const names = Object.values(recordsOf(dns, masters)).map(({ recordName }) => normalized(recordName));
  const resources = [dns.zone.hostedZoneArn];
  return [
    new PolicyStatement({ effect: Effect.ALLOW, actions: ['route53:ListResourceRecordSets'], resources }),
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['route53:ChangeResourceRecordSets'],
      resources,
      conditions: {
        'ForAllValues:StringEquals': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': names,
          'route53:ChangeResourceRecordSetsRecordTypes': ['A', 'AAAA', 'CNAME'],
          // DELETE, for a record of another type stands in the way of a CNAME.
          'route53:ChangeResourceRecordSetsActions': ['UPSERT', 'DELETE'],
        },
      },
    }),
  ];
}

/** As Route 53 compares them: in lower case and without the dot at the end. */
function normalized(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
