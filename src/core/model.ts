/**
 * The words of the system as plain data. Everything the core decides from or decides to is built of these
 * types; nothing here knows a clock, a socket or a table.
 *
 * Units: a name that ends in `Ms` is milliseconds. `EpochMs` is wall-clock milliseconds since 1970, the only
 * time that is written down; `MonoMs` is the monotonic clock of one process and is never compared with
 * another's.
 */

export type EpochMs = number;
export type MonoMs = number;

/** The same moment on both clocks of one process. */
export interface Instant {
  readonly wall: EpochMs;
  readonly mono: MonoMs;
}

/** What the clock as it is set now calls a moment: one kept by its name would move when the clock is set right. */
export function wallAt(moment: MonoMs, now: Instant): EpochMs {
  return now.wall - (now.mono - moment);
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with IPv6 hosts in brackets: how Sentinel names a replica. */
export type NodeId = string;

/** One sentinel is one zone; its id is stable for the life of the deployment. */
export type SentinelId = string;

/** One invocation of a zone, told apart from every other: the holder of the zone's alert. */
export interface Incarnation {
  readonly sentinel: SentinelId;
  readonly incarnation: number;
}

export function nodeId(address: Address): NodeId {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

const HOST = /^[A-Za-z0-9._:%-]{1,255}$/;

/** Made of the signs of IP addresses, with the interface they are on, and of names. */
export function isHost(host: string): boolean {
  return HOST.test(host);
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host;
}

export function sameIncarnation(a: Incarnation, b: Incarnation): boolean {
  return a.sentinel === b.sentinel && a.incarnation === b.incarnation;
}

/** The directives of one master, with sentinel.conf's meaning. {@link ./directives.ts} validates them. */
export interface Directives {
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly parallelSyncs: number;
  /** How long a master whose run id changed may go on loading before it is S_DOWN; 0 turns it off. */
  readonly masterRebootDownAfterMs: number;
  /** ACL user of the nodes. @default the default user */
  readonly authUser?: string;
  /** Where the nodes' password is found, never the password itself. */
  readonly authPass?: SecretReference;
  /** The reference before the last change, tried after it, so that passwords can be rotated. */
  readonly authPassBefore?: SecretReference;
  /** From a command's own name, upper case, to what these nodes call it. */
  readonly renamedCommands: Readonly<Record<string, string>>;
  /** Whether nodes may be given and announced by name. */
  readonly resolveHostnames: boolean;
  /** Whether names are told as names; else as the address they were last resolved to. */
  readonly announceHostnames: boolean;
  /** Whether a replica that still hears the master vetoes an automatic failover (ours). */
  readonly replicaEvidence: boolean;
  /** How long a leader's beat may stand still before another zone resumes its failover (ours). */
  readonly leaseMs: number;
  /** Time between two looks while something is wrong (ours). */
  readonly alertIntervalMs: number;
  /** Whether a look also writes to the master, so that one that answers and takes no writes is found (ours). */
  readonly writeProbe: boolean;
  /** The zone whose replicas are promoted before others of the same priority (ours). */
  readonly preferZone?: string;
  /** The zones of nodes that do not tell it themselves in INFO's `availability_zone` (ours). */
  readonly nodeZones: Readonly<Record<NodeId, string>>;
  /** How many replicas a candidate's last look must have reached before it starts a failover (ours). */
  readonly minReplicasVisible: number;
  /** Watch and tell, but neither fail over nor repair: for running beside redis-sentinel (ours). */
  readonly observeOnly: boolean;
  /** Whether the nodes speak TLS, with the zone's own material (ours). */
  readonly tls: boolean;
}

/**
 * `env:NAME` in the sentinel's environment, `secret:ARN` in Secrets Manager, `stored:ID` encrypted in the table.
 * The only form in which a credential enters a state.
 */
export type SecretReference = string;

/** The version of the item's layout. A minor version only adds optional fields; a newer major is refused. */
export interface SchemaVersion {
  readonly major: number;
  readonly minor: number;
}

export const SCHEMA: SchemaVersion = { major: 1, minor: 0 };

/** What is known of the node the state names as master. */
export interface MasterIdentity {
  readonly address: Address;
  readonly runId?: string;
  readonly replicationId?: string;
  /** The histories before it, newest first: what a replica that missed a failover or two still has. */
  readonly previousReplicationIds?: readonly string[];
  /** The highest replication offset that was written down, in bytes; rewritten each time it has doubled. */
  readonly offset?: number;
  /** What a host name was last resolved to. */
  readonly ip?: string;
}

/** Where a replica stands in the reconfiguration of an open failover. */
export type Reconfiguration = 'none' | 'sent' | 'inprog' | 'done';

export interface ReplicaRecord {
  readonly address: Address;
  readonly reconfiguration: Reconfiguration;
  readonly reconfigurationSentAt?: EpochMs;
  /** When a repair (demotion, re-pointing) was last decided for this node: its decider is about to send it. */
  readonly repairedAt?: EpochMs;
  /** Named by an operator, not only learnt from the master: it may follow across replication histories. */
  readonly declared?: boolean;
  /** After RESET: dropped by the next look at the master unless that confirms it. */
  readonly unconfirmed?: boolean;
  /** Why it is taken for a node of another group, and therefore left alone. */
  readonly stranger?: string;
  /** False for a replica with `replica-announced no`, which clients are not told of. */
  readonly announced?: boolean;
  /** What a host name was last resolved to. */
  readonly ip?: string;
}

/** O_DOWN, written once for all sentinels. */
export interface Outage {
  readonly since: EpochMs;
  /** The last moment any sentinel of the quorum had a valid reply: what the link-down limit counts from. */
  readonly masterValidAt: EpochMs;
  /** The first +sdown of those that make the quorum. */
  readonly sdown?: EpochMs;
}

export interface Election {
  readonly epoch: number;
  readonly candidate: Incarnation;
  /** The candidate's sign of life: grows at least every second. */
  readonly beat: number;
  readonly openedAt: EpochMs;
}

/** The promise that exactly this node is promoted in exactly this epoch, written before the command is sent. */
export interface Intent {
  readonly epoch: number;
  readonly node: Address;
  /** Of the process that was chosen, and how far it was, in bytes: what comes back in its place may have less. */
  readonly runId?: string;
  readonly offset?: number;
  /** It answered and was not promoted in time: the next epoch's intent names another. */
  readonly givenUp?: boolean;
}

/** `handing over` is the coordinated failover's own: the old master's writes are paused, no role was touched. */
export type FailoverStep = 'handing over' | 'selecting' | 'promoting' | 'reconfiguring';

/** `forced` and `coordinated` were asked for by an operator: O_DOWN, votes and veto are skipped. */
export type FailoverKind = 'automatic' | 'forced' | 'coordinated';

/** When each step of a failover was written, wall clock of the sentinel that wrote it. */
export interface Timeline {
  readonly started: EpochMs;
  readonly sdown?: EpochMs;
  readonly odown?: EpochMs;
  readonly elected?: EpochMs;
  readonly intended?: EpochMs;
  readonly promoted?: EpochMs;
  readonly switched?: EpochMs;
  readonly ended?: EpochMs;
}

export interface Failover {
  readonly epoch: number;
  /** The epoch in which it was begun; a later `epoch` says that another leader resumed it. */
  readonly begunIn?: number;
  readonly leader: Incarnation;
  readonly beat: number;
  readonly kind: FailoverKind;
  readonly step: FailoverStep;
  /** The one node an operator asked for, or that a coordinated failover hands over to. */
  readonly target?: Address;
  readonly intent?: Intent;
  readonly oldMaster: Address;
  /** Why each replica that was not chosen was passed over. */
  readonly passedOver: Readonly<Record<NodeId, string>>;
  /** Bytes the old master acknowledged and the new one never had, where that is known. */
  readonly writesLost?: number;
  /** As in {@link FailoverRecord}. */
  readonly twoMasters?: Span;
  readonly timeline: Timeline;
}

export interface Span {
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** The last failover that ended, kept to be shown. */
export interface FailoverRecord {
  readonly epoch: number;
  readonly leader: SentinelId;
  readonly from: Address;
  readonly to?: Address;
  readonly kind: FailoverKind;
  readonly outcome: string;
  readonly passedOver: Readonly<Record<NodeId, string>>;
  readonly writesLost?: number;
  /** Between which moments the old master may have said master beside the new one, until it was demoted. */
  readonly twoMasters?: Span;
  readonly timeline: Timeline;
}

/** What an operator asked for and a sentinel has yet to carry out: only those reach the nodes. */
export type PendingCommand = {
  readonly id: string;
  readonly at: EpochMs;
  readonly by: string;
} & (
  | { readonly kind: 'failover'; readonly coordinated: boolean; readonly to?: Address }
  | { readonly kind: 'resume' }
);

/** What became of the last pending command, for who waits for it. */
export interface CommandOutcome {
  readonly id: string;
  readonly at: EpochMs;
  /** Begun, in that epoch; else refused, and the reason says why. */
  readonly epoch?: number;
  readonly reason: string;
}

/** No failover and no repair until it is resumed. */
export interface Pause {
  readonly since: EpochMs;
  readonly by: string;
  /** Why the last attempt to resume was refused. */
  readonly refused?: string;
}

/** SENTINEL SIMULATE-FAILURE: the leader that reaches the step ends its process. Each is spent by its first use. */
export interface SimulatedFailure {
  readonly crashAfterElection?: boolean;
  readonly crashAfterPromotion?: boolean;
}

/** Whose code declares this master, and where: a failover moves the master and not what the code says. */
export interface MasterDeclaration {
  /** The deployment: no other takes the master away. */
  readonly by: string;
  readonly address: Address;
}

/** Why O_DOWN led to no failover. */
export interface Limitation {
  readonly at: EpochMs;
  readonly by: SentinelId;
  readonly reason: string;
}

/** Until when no new automatic failover may start, and why. */
export interface CoolDown {
  readonly until: EpochMs;
  readonly reason: string;
}

export interface RecordedEvent {
  /** Gap-free within the state; the message id towards the outside is `<master>:<seq>`. */
  readonly seq: number;
  readonly at: EpochMs;
  readonly by: SentinelId;
  /** Sentinel's channel name, such as `+switch-master`. */
  readonly type: string;
  readonly payload: string;
}

/** The one record of a master on which every sentinel agrees. Changed only by compare-and-set. */
export interface MasterState {
  readonly schema: SchemaVersion;
  readonly name: string;
  readonly rev: number;
  /** Set by the store on every write; tells a lost reply from a lost race. */
  readonly writeId: string;
  readonly directives: Directives;
  readonly currentEpoch: number;
  readonly configEpoch: number;
  readonly master: MasterIdentity;
  readonly replicas: Readonly<Record<NodeId, ReplicaRecord>>;
  /** The sentinels that vote, whether or not they are alive. */
  readonly voters: readonly SentinelId[];
  readonly outage?: Outage;
  readonly election?: Election;
  readonly failover?: Failover;
  readonly lastFailover?: FailoverRecord;
  readonly coolDown?: CoolDown;
  readonly limitation?: Limitation;
  readonly command?: PendingCommand;
  readonly lastCommand?: CommandOutcome;
  readonly paused?: Pause;
  readonly simulate?: SimulatedFailure;
  readonly declaration?: MasterDeclaration;
  /** A tombstone: REMOVE was asked for. `rev` and the epochs go on from here if the name returns. */
  readonly removed?: EpochMs;
  /** The last {@link EVENTS_KEPT} events, oldest first. */
  readonly events: readonly RecordedEvent[];
  readonly lastSeq: number;
}

export const EVENTS_KEPT = 32;
/** The state is one small item, whatever a node tells. */
export const REPLICAS_MAX = 64;

/** What one sentinel found at one node, as others may read it. */
export type Health = 'up' | 'silent' | 'refused' | 'misconfigured';

/** `down`: S_DOWN, of replicas only, for the master's stands apart. `role`: it says another role than the state's. */
export type NodeCondition = 'down' | 'role' | 'misconfigured';

/** Whether one word of a sentinel on a master was said after the other, by what it says of itself. */
export function isLater(one: Observation, other: Observation): boolean {
  return one.incarnation === other.incarnation ? one.seq > other.seq : one.incarnation > other.incarnation;
}

/** One sentinel's view of one master, rewritten in alert at least every second. */
export interface Observation {
  readonly schema: SchemaVersion;
  readonly master: string;
  readonly sentinel: SentinelId;
  readonly incarnation: number;
  /** Grows with every rewrite: how another sentinel sees that this one is alive. */
  readonly seq: number;
  readonly at: EpochMs;
  /** The master address and configuration epoch it is about; for any other it counts as absent. */
  readonly address: Address;
  readonly configEpoch: number;
  readonly health: Health;
  readonly subjectivelyDown: boolean;
  /** S_DOWN was told, is not known any more, and not over either: the master has not answered since. It counts for nothing. */
  readonly unended?: boolean;
  /** Why the writer trusts nothing that it sees (TILT). */
  readonly tilt?: string;
  /** Why the writer starts no failover although it holds the master for down. */
  readonly limitation?: string;
  /** What the writer finds wrong with single nodes; nodes with which nothing is wrong are not among them. */
  readonly conditions?: Readonly<Record<NodeId, readonly NodeCondition[]>>;
  readonly detail: string;
  readonly lastValidAt?: EpochMs;
  /** Replicas heard to receive from the master after this sentinel's first failed look (the veto). */
  readonly heardBy: readonly NodeId[];
  /** The writer stays in alert and will look again at once. */
  readonly alert: boolean;
  /** The writer's deadline is near: wake its own zone. */
  readonly handover: boolean;
  /** What only this sentinel saw (±sdown, ±tilt, role changes), newest last; `seq` counts within this observation. */
  readonly events: readonly RecordedEvent[];
}

/** One vote of one sentinel in one epoch. Written once, never changed. */
export interface Vote {
  readonly master: string;
  readonly epoch: number;
  readonly sentinel: SentinelId;
  readonly candidate: Incarnation;
  readonly at: EpochMs;
}

/** A sentinel's heartbeat and the hint who holds its alert. */
export interface SentinelRecord {
  readonly sentinel: SentinelId;
  readonly incarnation: number;
  readonly at: EpochMs;
  /** Until when the holder asks the zone's other invocations to stay out; a hint, at most 3 s ahead. */
  readonly alertUntil?: EpochMs;
  /** Where clients reach its Sentinel port; a function has none. */
  readonly address?: Address;
}
