/**
 * What the sentinel needs from the world. Adapters implement these; the core never sees them.
 * Errors: a port throws {@link Unavailable} when the world did not answer in time, and plain errors for
 * programming faults only. Every other outcome is in the return type.
 */
import type { NodeLook } from './core/looks.ts';
import type { Figures } from './core/metrics.ts';
import type {
  Address,
  EpochMs,
  Instant,
  MasterState,
  MonoMs,
  Observation,
  RecordedEvent,
  SecretReference,
  SentinelId,
  SentinelRecord,
  Vote,
} from './core/model.ts';

/** The world did not answer, or not in time: freeze, change nothing, look again (I8). */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** An item cannot be understood, for instance because a newer major version wrote it. It is left untouched. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

export interface Clock {
  now(): Instant;
  /** Resolves after `ms`, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A clock for what reads sockets. */
export interface LoopClock extends Clock {
  /** One turn of the event loop: after a freeze timers fire before sockets are read, and a turn later those have been. */
  turn(): Promise<void>;
}

export interface LookRequest {
  readonly node: Address;
  /** `replication` is 0.5 KB, `all` is 5 KB and brings the run id and the priority. */
  readonly info: 'replication' | 'all';
  /** How to come in. @default without a password, over plain TCP */
  readonly access?: NodeAccess;
  /** Also writes a key that expires by itself, so that a node which takes no writes shows it. @default false */
  readonly writeProbe?: boolean;
  /** How long this look waits for an answer. A probe left unanswered stays in flight and is read by the next look. */
  readonly timeoutMs: number;
}

/** How a master's nodes are reached; the same for all of them. */
export interface NodeAccess {
  readonly username?: string;
  /** Tried in turn on WRONGPASS: the current one, then the one before it. Empty: no AUTH is sent. */
  readonly passwords: readonly string[];
  readonly tls: boolean;
  /** From a command's own name, upper case, to what these nodes call it. */
  readonly renamedCommands: Readonly<Record<string, string>>;
}

/** Names the connection on which a look was answered; a command may go out on no other (I10). */
export type LinkId = string;

export interface TransactionRequest {
  readonly link: LinkId;
  /** What stands between MULTI and EXEC, each as its words. */
  readonly commands: readonly (readonly string[])[];
  /** For the whole transaction; when it passes before EXEC the socket is reset, so that nothing runs late. */
  readonly timeoutMs: number;
  /** Sent as they are, without MULTI: a busy node takes SCRIPT KILL in no other way. @default false */
  readonly plain?: boolean;
  /** Asked again immediately before EXEC leaves; a string is the reason to abandon. */
  readonly objection: () => string | undefined;
}

export type TransactionOutcome =
  /** EXEC was answered; a reply that is an error is given as its `Error`. */
  | { readonly kind: 'executed'; readonly replies: readonly unknown[]; readonly at: MonoMs }
  /** Nothing ran and nothing will: EXEC never left. */
  | { readonly kind: 'abandoned'; readonly reason: string }
  /** EXEC left, its answer never came: it may have run, or may still run. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface RedisNodes {
  /** One probe of one node: PING and INFO on a kept connection. Never rejects; every failure is an outcome. */
  look(request: LookRequest): Promise<NodeLook>;
  /** The two-step transaction of I10. Never rejects. */
  transact(request: TransactionRequest): Promise<TransactionOutcome>;
  /** Whether the address lies in the allowed networks; a name is judged by what it resolves to, at each look. */
  allows(node: Address): boolean;
  /** Keeps the connections to these nodes and closes all others. */
  keepOnly(nodes: readonly Address[]): void;
  close(): void;
}

export interface MasterView {
  readonly state: MasterState | undefined;
  readonly observations: readonly Observation[];
  readonly votes: readonly Vote[];
}

/** `refused`: another write came first, `found` is what stands there now where it is known. */
export type SetOutcome =
  | { readonly kind: 'written'; readonly state: MasterState }
  | { readonly kind: 'refused'; readonly found?: MasterState };

export interface StateStore {
  /** The names in the directory, sorted. */
  names(): Promise<readonly string[]>;
  /** One consistent read of the state item. */
  readState(name: string): Promise<MasterState | undefined>;
  /** One consistent query: the state, all observations, all votes. */
  readView(name: string): Promise<MasterView>;
  /** Creates the item with `rev` 1 and enters the name into the directory. */
  createState(state: MasterState): Promise<SetOutcome>;
  /** Enters the name into the directory, or takes it out; either way twice is as good as once. */
  setListed(name: string, listed: boolean): Promise<void>;
  /**
   * Writes `next` with `rev = seen.rev + 1` and a new `writeId`, if the item still is `seen`. A reply that was lost
   * is looked up by its `writeId` before the outcome is told.
   */
  compareAndSet(seen: MasterState, next: MasterState): Promise<SetOutcome>;
  /** `already`: this sentinel voted in this epoch before; `vote` is what stands in the table. */
  castVote(vote: Vote): Promise<{ readonly kind: 'cast' | 'already'; readonly vote: Vote }>;
  /** `superseded`: a newer incarnation of the sentinel has written, or this one has since. */
  putObservation(observation: Observation): Promise<'written' | 'superseded'>;
  readSentinel(id: SentinelId): Promise<SentinelRecord | undefined>;
  readSentinels(): Promise<readonly SentinelRecord[]>;
  /** Writes `record` if the stored incarnation is `seenIncarnation` (0: if there is no record). */
  putSentinel(record: SentinelRecord, seenIncarnation: number): Promise<'written' | 'refused'>;
  /** How far this machine's clock is ahead of the store's, in ms, at its last reply; undefined before the first. */
  skewMs(): number | undefined;
}

/** What the relay keeps of a master's events, beyond the last ones that its state holds. */
export interface EventHistory {
  /**
   * The events numbered `from` to `to`, both among them, in their order. Some are missing where they expired, or where
   * the relay has yet to come to them. @throws Unavailable
   */
  read(master: string, from: number, to: number): Promise<readonly RecordedEvent[]>;
}

/** Credentials: states hold references alone, and only a sentinel or an operator's door turns one into a secret. */
export interface Secrets {
  /** @throws Unavailable when its keeper does not answer, {@link Unreadable} when there is no such secret or key. */
  reveal(reference: SecretReference): Promise<string>;
  /** Keeps `secret` encrypted, and gives the reference to it. @throws Unavailable, Unreadable without a key */
  keep(secret: string): Promise<SecretReference>;
}

/** How far a fleet's pulses lie in the queue. Both are slots, in ms since 1970. */
export interface Seeding {
  readonly fleet: string;
  /** The last slot that a run has taken it upon itself to queue. */
  readonly seededThrough: number;
  /** All slots up to here are in the queue: below `seededThrough` while a run is at it, or when one died at it. */
  readonly sentThrough: number;
  readonly writeId: string;
}

export interface SeedingStore {
  /** Consistently. @throws Unavailable, {@link Unreadable} */
  read(): Promise<Seeding | undefined>;
  /**
   * Writes if the item still is `seen` (undefined: if there is none). A reply that was lost is looked up by its
   * `writeId` before the outcome is told.
   */
  compareAndSet(
    seen: Seeding | undefined,
    next: Pick<Seeding, 'seededThrough' | 'sentThrough'>,
  ): Promise<{ readonly kind: 'written'; readonly seeding: Seeding } | { readonly kind: 'refused' }>;
}

export interface DelayedMessage {
  readonly body: string;
  /** Whole seconds, 0 to 900. */
  readonly delaySeconds: number;
}

export interface DelayQueue {
  /** At most 10. Never rejects for what the queue or the network did. @returns those it did not, or not surely, accept */
  send<T extends DelayedMessage>(batch: readonly T[]): Promise<readonly T[]>;
}

/** Structured log lines; `fields` never hold a secret. */
export interface Telemetry {
  log(
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ): void;
}

/** Figures of one moment. */
export interface Reading {
  readonly at: EpochMs;
  /** Undefined: of the deployment as a whole. */
  readonly master?: string;
  readonly figures: Figures;
  /** What is not measured, for who reads the log. */
  readonly about?: Readonly<Record<string, string>>;
}

/** Where figures become graphs and alarms. What is written costs: only what changed, or once a minute. */
export interface Metrics {
  put(reading: Reading): void;
}

/** An event on its way to those outside. */
export interface Message {
  /**
   * The same whenever it is told again: `<master>:<seq>`; of what one sentinel saw
   * `<master>:<sentinel>:<at, ms>:<seq>`.
   */
  readonly id: string;
  readonly master: string;
  readonly event: RecordedEvent;
  /** Who alone saw it: `seq` then counts among its own observations. */
  readonly sentinel?: SentinelId;
}

/** Where events are told: at least once, and of one master in their order. */
export interface Publisher {
  /** What it is called in the log. */
  readonly target: string;
  /** @throws when one of them may not have arrived; each may then have. */
  publish(messages: readonly Message[], signal: AbortSignal): Promise<void>;
}

/** What a DNS name says, apart from aliases. */
export interface NameRecord {
  readonly type: 'A' | 'AAAA' | 'CNAME';
  readonly ttlSeconds: number;
  readonly values: readonly string[];
}

/** The DNS names of the masters that have one. */
export interface NameService {
  /** Undefined for a master without a name. */
  ttlSeconds(master: string): number | undefined;
  read(master: string, signal: AbortSignal): Promise<readonly NameRecord[]>;
  /** All of it or nothing. */
  change(master: string, change: NameChange, signal: AbortSignal): Promise<void>;
}

export interface NameChange {
  readonly put: NameRecord;
  readonly remove: readonly NameRecord[];
}
