/** Reads the text of INFO. Redis and Valkey send the same fields; an unknown one is passed over. */
import { type Address, isHost } from './model.ts';

export interface ConnectedReplica {
  readonly address: Address;
  readonly state: string;
  /** In bytes, as the master knows it. */
  readonly offset: number;
}

/** What of INFO a decision may use. Offsets in bytes, times in milliseconds. */
export interface NodeInfo {
  readonly role: 'master' | 'slave';
  readonly replicationId: string;
  readonly replicationId2: string;
  /** Up to where it shares the history `replicationId2`; absent where there is none. */
  readonly sharedOffset?: number;
  /** `master_repl_offset` of a master, `slave_repl_offset` of a replica. */
  readonly offset: number;
  /** Of a master. */
  readonly replicas: readonly ConnectedReplica[];
  /** Of a replica. */
  readonly upstream?: Upstream;
  /** A failover of Redis' own (FAILOVER) is under way at this node. */
  readonly handingOver?: boolean;
  /** Only full INFO tells it. */
  readonly runId?: string;
  /** How many keys all databases hold; only full INFO tells it. */
  readonly keys?: number;
  /** Valkey's `availability_zone`; only full INFO tells it. */
  readonly zone?: string;
}

/** A replica's side of its replication link. */
export interface Upstream {
  readonly address: Address;
  readonly linkUp: boolean;
  /** `master_last_io_seconds_ago` × 1000, at a resolution of a second; absent while the link is down. */
  readonly lastIoAgoMs?: number;
  readonly syncInProgress: boolean;
  /** `master_link_down_since_seconds` × 1000; absent while the link is up. */
  readonly linkDownForMs?: number;
  readonly priority: number;
  readonly announced: boolean;
}

/** @returns undefined when the text does not name a role, as a truncated reply would. */
export function parseInfo(text: string): NodeInfo | undefined {
  const lines = readLines(text);
  const fields = { get: (name: string) => shown(lines.get(name)) };
  const role = fields.get('role');
  if (role !== 'master' && role !== 'slave') return undefined;
  const upstream = role === 'slave' ? readUpstream(fields) : undefined;
  const runId = fields.get('run_id');
  const second = integer(fields.get('second_repl_offset')); // the first byte that is not shared any more
  const keys = /^# Keyspace/m.test(text) ? countKeys(lines) : undefined;
  const zone = fields.get('availability_zone');
  return {
    role,
    replicationId: fields.get('master_replid') ?? '',
    replicationId2: fields.get('master_replid2') ?? '',
    offset: bytes(fields.get(role === 'slave' ? 'slave_repl_offset' : 'master_repl_offset')),
    replicas: role === 'master' ? readConnectedReplicas(fields) : [],
    ...(second !== undefined && second > 0 && { sharedOffset: second - 1 }),
    ...(upstream && { upstream }),
    ...(HANDING_OVER.has(fields.get('master_failover_state') ?? '') && { handingOver: true }),
    ...(runId && { runId }),
    ...(keys !== undefined && { keys }),
    ...(zone && { zone }),
  };
}

/** What `master_failover_state` says while a FAILOVER is under way; else it is `no-failover`, or not there. */
const HANDING_OVER = new Set(['failover-in-progress', 'waiting-for-sync']);

/** Of `db0:keys=3,expires=0,avg_ttl=0` and the like. An empty database has no line, so an empty node has none at all. */
function countKeys(lines: ReadonlyMap<string, string>): number {
  let sum = 0;
  for (const [name, value] of lines) {
    if (/^db\d+$/.test(name)) sum += integer(/^keys=(\d+)(?:,|$)/.exec(printable(value))?.[1]) ?? 0;
  }
  return sum;
}

/** What of a text of two hundred lines is used is made printable when it is: a dozen of them. */
interface Fields {
  get(name: string): string | undefined;
}

function readLines(text: string): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && line[0] !== '#') lines.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return lines;
}

function shown(value: string | undefined): string | undefined {
  return value === undefined ? undefined : printable(value);
}

function readUpstream(fields: Fields): Upstream | undefined {
  const address = readAddress(fields.get('master_host'), fields.get('master_port'));
  if (!address) return undefined;
  const linkUp = fields.get('master_link_status') === 'up';
  const lastIo = integer(fields.get('master_last_io_seconds_ago'));
  const downFor = integer(fields.get('master_link_down_since_seconds'));
  return {
    address,
    linkUp,
    ...(linkUp && lastIo !== undefined && lastIo >= 0 && { lastIoAgoMs: lastIo * 1000 }),
    syncInProgress: fields.get('master_sync_in_progress') === '1',
    ...(!linkUp && downFor !== undefined && downFor >= 0 && { linkDownForMs: downFor * 1000 }),
    priority: integer(fields.get('slave_priority')) ?? 100,
    announced: fields.get('replica_announced') !== '0',
  };
}

function readConnectedReplicas(fields: Fields): ConnectedReplica[] {
  const replicas: ConnectedReplica[] = [];
  for (let i = 0; ; i++) {
    const line = fields.get(`slave${i}`);
    if (line === undefined) return replicas;
    const parts = new Map(line.split(',').map((part) => part.split('=', 2) as [string, string]));
    const address = readAddress(parts.get('ip'), parts.get('port'));
    if (!address) continue;
    replicas.push({ address, state: parts.get('state') ?? '', offset: bytes(parts.get('offset')) });
  }
}

/** An event is words with spaces between: a host that holds anything else than a host's signs is none. */
function readAddress(host: string | undefined, portText: string | undefined): Address | undefined {
  const port = integer(portText);
  if (host === undefined || !isHost(host) || port === undefined) return undefined;
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/**
 * Redis counts in 64 bits, and the table takes no number beyond 2^53: there an offset stands still, but is never 0, which
 * would read as empty.
 */
function bytes(text: string | undefined): number {
  return Math.min(Math.max(integer(text) ?? 0, 0), Number.MAX_SAFE_INTEGER);
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,19}$/.test(text) ? Number(text) : undefined;
}

/** What comes from a node enters logs, events and pages: no control characters. */
export function printable(text: string): string {
  return text
    .replace(/\p{Cc}/gu, '')
    .slice(0, 512)
    .toWellFormed(); // a sign cut in half would come back from the table as another one
}
