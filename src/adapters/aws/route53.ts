/** The masters' DNS names in Route 53. */
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import type { NameChange, NameRecord, NameService } from '../../ports.ts';

export interface NameSetting {
  readonly hostedZoneId: string;
  readonly recordName: string;
  readonly ttlSeconds: number;
}

/** More than there are types of records, so that one page has all of a name's. */
const RECORD_SETS_MAX = 20;

export class Route53 implements NameService {
  readonly #client: Route53Client;
  readonly #settings: ReadonlyMap<string, NameSetting>;

  constructor(client: Route53Client, settings: ReadonlyMap<string, NameSetting>) {
    this.#client = client;
    this.#settings = settings;
  }

  ttlSeconds(master: string): number | undefined {
    return this.#settings.get(master)?.ttlSeconds;
  }

  /** Changes that are still on their way to the name servers are told as made. */
  async read(master: string, signal: AbortSignal): Promise<NameRecord[]> {
    const { hostedZoneId, recordName } = this.#setting(master);
    const request = new ListResourceRecordSetsCommand({
      ...{ HostedZoneId: hostedZoneId, StartRecordName: recordName, MaxItems: RECORD_SETS_MAX },
    });
    const { ResourceRecordSets: found = [] } = await this.#client.send(request, { abortSignal: signal });
    return found.filter(({ Name }) => plain(Name ?? '') === plain(recordName)).flatMap(toRecord);
  }

  async change(master: string, { put, remove }: NameChange, signal: AbortSignal): Promise<void> {
    const { hostedZoneId, recordName } = this.#setting(master);
    const changes: Change[] = [
      ...remove.map((record) => ({
        Action: 'DELETE' as const,
        ResourceRecordSet: toSet(recordName, record),
      })),
      { Action: 'UPSERT', ResourceRecordSet: toSet(recordName, put) },
    ];
    const request = new ChangeResourceRecordSetsCommand({
      ...{ HostedZoneId: hostedZoneId, ChangeBatch: { Changes: changes, Comment: `master of ${master}` } },
    });
    await this.#client.send(request, { abortSignal: signal });
  }

  #setting(master: string): NameSetting {
    const setting = this.#settings.get(master);
    if (!setting) throw new TypeError(`no DNS name is set for ${master}`);
    return setting;
  }
}

/** Only what may stand in the way, and could be deleted as it is told here. */
function toRecord({ Type, TTL, ResourceRecords, SetIdentifier }: ResourceRecordSet): NameRecord[] {
  if (Type !== 'A' && Type !== 'AAAA' && Type !== 'CNAME') return [];
  if (TTL === undefined || SetIdentifier !== undefined) return [];
  return [{ type: Type, ttlSeconds: TTL, values: (ResourceRecords ?? []).map(({ Value }) => Value ?? '') }];
}

function toSet(name: string, { type, ttlSeconds, values }: NameRecord): ResourceRecordSet {
  return { Name: name, Type: type, TTL: ttlSeconds, ResourceRecords: values.map((Value) => ({ Value })) };
}

/** Route 53 tells names with their last dot. */
function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
