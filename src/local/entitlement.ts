/**
 * Whether those who open, take and carry out a failover are entitled to it, told anew from what stood in the table: by
 * plainer rules than the core's, so that a mistake there is not made here too.
 */
import { FRESH_MS } from '../core/agreement.ts';
import {
  type EpochMs,
  type Failover,
  type Incarnation,
  type MasterState,
  nodeId,
  type Observation,
  type SentinelId,
  sameAddress,
  sameIncarnation,
  type Vote,
} from '../core/model.ts';

/** From the read that an election is decided from to its decision. */
const DECIDED_MS_MAX = 3000;
/** At its first read a report may be so old by its writer's clock, and be watched for as long again. */
const REPORT_MS_MAX = 2 * FRESH_MS + DECIDED_MS_MAX;
/** A process that is stopped between its decision and its write may write it so late. */
const KEPT_MS = 60_000;

interface Report {
  readonly observation: Observation;
  /** It stood in the table from then on, until then. */
  readonly from: EpochMs;
  until: EpochMs;
}

export class Entitlement {
  readonly #broken: string[];
  readonly #callers = new Map<SentinelId, string>();
  #reports: Report[] = [];
  #votes: Vote[] = [];
  /** Nodes that were told to say replica while the state named them: `node configuration-epoch`. */
  readonly #saidReplica = new Set<string>();

  constructor(broken: string[]) {
    this.#broken = broken;
  }

  heed(observation: Observation, caller: string): void {
    const { sentinel, address, configEpoch, conditions = {} } = observation;
    this.#checkWriter(sentinel, caller, 'the observation');
    const now = Date.now();
    const before = this.#reports.findLast((report) => report.observation.sentinel === sentinel);
    if (before) before.until = now;
    this.#reports = this.#reports.filter(({ until }) => now - until <= KEPT_MS);
    this.#reports.push({ observation, from: now, until: Number.POSITIVE_INFINITY });
    const named = nodeId(address);
    if (conditions[named]?.includes('role')) this.#saidReplica.add(`${named} ${configEpoch}`);
  }

  count(vote: Vote, caller: string): void {
    this.#checkWriter(vote.sentinel, caller, 'the vote');
    this.#votes = [...this.#votes.filter(({ epoch }) => epoch >= vote.epoch), vote];
  }

  /** One write of the state. */
  check(before: MasterState, after: MasterState, caller: string): void {
    if (before.removed !== undefined || after.removed !== undefined) return;
    const { failover } = after;
    if (after.election && after.election.epoch !== before.election?.epoch)
      this.#checkElection(before, after, after.election.candidate, after.election.openedAt, caller);
    if (failover && failover.epoch !== before.failover?.epoch) this.#checkLeader(before, failover, caller);
    if (failover?.intent && failover.intent.epoch !== before.failover?.intent?.epoch)
      this.#checkIntent(before, failover, caller);
    if (after.configEpoch !== before.configEpoch) this.#checkSwitch(before, after, caller);
  }

  /** A new failover; one that is open is resumed without O_DOWN. The candidate itself need not have told what it saw. */
  #checkElection(
    before: MasterState,
    after: MasterState,
    candidate: Incarnation,
    openedAt: EpochMs,
    caller: string,
  ): void {
    const { master, configEpoch, directives, voters } = after;
    const what = `the election of epoch ${after.currentEpoch}`;
    this.#checkWriter(candidate.sentinel, caller, what);
    if (before.failover) return;
    if (!after.outage) this.#broken.push(`${what} was opened without O_DOWN`);
    const down = this.#reports.filter(
      ({ observation, from, until }) =>
        observation.subjectivelyDown &&
        observation.tilt === undefined &&
        observation.configEpoch === configEpoch &&
        sameAddress(observation.address, master.address) &&
        voters.includes(observation.sentinel) &&
        openedAt - from <= REPORT_MS_MAX &&
        openedAt - until <= DECIDED_MS_MAX,
    );
    const others = new Set(down.map(({ observation }) => observation.sentinel));
    others.delete(candidate.sentinel);
    if (others.size + 1 < directives.quorum)
      this.#broken.push(`${what}: besides ${candidate.sentinel} S_DOWN was told by ${named(others)}`);
  }

  #checkLeader(
    { failover, command, voters, directives }: MasterState,
    taken: Failover,
    caller: string,
  ): void {
    const { epoch, leader, kind } = taken;
    const what = `the failover of epoch ${epoch}`;
    this.#checkWriter(leader.sentinel, caller, what);
    if (!failover && kind !== 'automatic') {
      if (command?.kind !== 'failover') this.#broken.push(`${what} is ${kind}, and nobody asked for it`);
      return;
    }
    const voted = voters.filter((voter) =>
      this.#votes.some(
        (vote) => vote.sentinel === voter && vote.epoch === epoch && sameIncarnation(vote.candidate, leader),
      ),
    );
    if (voted.length * 2 > voters.length && voted.length >= directives.quorum) return;
    this.#broken.push(`${what}: ${leader.sentinel} took it with the votes of ${named(voted)}`);
  }

  /** The old master only where it said replica itself, or behind an intent that came to nothing. */
  #checkIntent(before: MasterState, { leader, intent }: Failover, caller: string): void {
    if (!intent) return;
    const node = nodeId(intent.node);
    const what = `the intent of epoch ${intent.epoch}`;
    this.#checkWriter(leader.sentinel, caller, what);
    const resumed = before.failover?.intent !== undefined;
    const mayStay = resumed || this.#saidReplica.has(`${node} ${before.configEpoch}`);
    const isMaster = sameAddress(intent.node, before.master.address);
    if (isMaster ? mayStay : before.replicas[node]) return;
    this.#broken.push(`${what} is ${node}, ${isMaster ? 'the master itself' : 'which is no replica of it'}`);
  }

  /** By an operator's leave the state follows what somebody else did. */
  #checkSwitch(before: MasterState, after: MasterState, caller: string): void {
    const { failover } = before;
    if (!failover && (before.paused || before.directives.observeOnly)) return;
    const what = `the switch of epoch ${after.configEpoch}`;
    const to = nodeId(after.master.address);
    const { intent } = failover ?? {};
    if (intent?.epoch !== after.configEpoch || nodeId(intent.node) !== to)
      this.#broken.push(`${what} names ${to}, ${intentOf(failover)}`);
    if (failover) this.#checkWriter(failover.leader.sentinel, caller, what);
  }

  /** A zone is known by who wrote its first observation or vote. */
  #checkWriter(sentinel: SentinelId, caller: string, what: string): void {
    const known = this.#callers.get(sentinel) ?? caller;
    this.#callers.set(sentinel, known);
    if (known !== caller) this.#broken.push(`${what} is ${sentinel}'s, and ${caller} wrote it`);
  }
}

function named(sentinels: Iterable<SentinelId>): string {
  return [...sentinels].join() || 'nobody';
}

function intentOf(failover: Failover | undefined): string {
  const { intent } = failover ?? {};
  return intent
    ? `and the intent of epoch ${intent.epoch} is ${nodeId(intent.node)}`
    : 'and there is no intent';
}
