/** A hosted zone that speaks Route 53's REST-XML, with the rules of it that matter here: a batch is all or nothing. */

interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly ttl: string;
  readonly values: readonly string[];
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export class HostedZone {
  #sets: RecordSet[] = [];
  /** Every state of the zone, to be judged: `redis.example.com. A 10.0.0.2`. */
  readonly history: string[][] = [];

  /** What a name says, one `type value` each. */
  says(name: string): string[] {
    return this.#sets.filter((set) => set.name === `${name}.`).map(({ type, values }) => `${type} ${values}`);
  }

  answer(method: string, url: URL, body: string): HttpAnswer {
    return method === 'GET' ? this.#list(url.searchParams) : this.#change(body);
  }

  #list(query: URLSearchParams): HttpAnswer {
    const from = dotted(query.get('name') ?? '');
    const listed = this.#sets.filter(({ name }) => name >= from).map(setXml);
    return ok(
      'ListResourceRecordSetsResponse',
      `<ResourceRecordSets>${listed.join('')}</ResourceRecordSets>
       <IsTruncated>false</IsTruncated><MaxItems>${query.get('maxitems')}</MaxItems>`,
    );
  }

  #change(body: string): HttpAnswer {
    let next = this.#sets;
    for (const change of all(body, 'Change')) {
      const set = readSet(change);
      const others = next.filter(({ name, type }) => name !== set.name || type !== set.type);
      if (one(change, 'Action') === 'DELETE') {
        if (!next.some((found) => setXml(found) === setXml(set))) return invalid(`not found: ${setXml(set)}`);
        next = others;
      } else next = [...others, set];
    }
    for (const { name } of next.filter(({ type }) => type === 'CNAME')) {
      if (next.filter((set) => set.name === name).length > 1)
        return invalid(`CNAME beside others at ${name}`);
    }
    this.#sets = next;
    this.history.push(next.map(({ name, type, values }) => `${name} ${type} ${values}`));
    return ok(
      'ChangeResourceRecordSetsResponse',
      '<ChangeInfo><Id>/change/C1</Id><Status>PENDING</Status><SubmittedAt>2026-11-27T00:00:00Z</SubmittedAt></ChangeInfo>',
    );
  }
}

function readSet(xml: string): RecordSet {
  const [name, type, ttl] = ['Name', 'Type', 'TTL'].map((tag) => one(xml, tag)) as [string, string, string];
  return { name: dotted(name), type, ttl, values: all(xml, 'Value') };
}

function setXml({ name, type, ttl, values }: RecordSet): string {
  const records = values.map((value) => `<ResourceRecord><Value>${value}</Value></ResourceRecord>`);
  return `<ResourceRecordSet><Name>${name}</Name><Type>${type}</Type><TTL>${ttl}</TTL>
    <ResourceRecords>${records.join('')}</ResourceRecords></ResourceRecordSet>`;
}

function all(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(([, inner]) => inner ?? '');
}

function one(xml: string, tag: string): string {
  return all(xml, tag)[0] ?? '';
}

function dotted(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}

const NAMESPACE = 'https://route53.amazonaws.com/doc/2013-04-01/';

function ok(root: string, inner: string): HttpAnswer {
  return { status: 200, body: `<?xml version="1.0"?><${root} xmlns="${NAMESPACE}">${inner}</${root}>` };
}

function invalid(message: string): HttpAnswer {
  const error = `<Error><Type>Sender</Type><Code>InvalidChangeBatch</Code><Message>${message}</Message></Error>`;
  return { status: 400, body: `<ErrorResponse xmlns="${NAMESPACE}">${error}</ErrorResponse>` };
}
