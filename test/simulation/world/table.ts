/** The linearizable table: one item after the other, each changed only under its condition. It knows no fault. */
import {
  isLater,
  type MasterState,
  type Observation,
  type SentinelId,
  type SentinelRecord,
  type Vote,
} from '../../../src/core/model.ts';
import type { Host } from './host.ts';

export interface Master {
  state: MasterState | undefined;
  readonly observations: Map<SentinelId, Observation>;
  readonly votes: Map<string, Vote>;
}

/** Who writes: a zone's process, or somebody at a door. */
export type Writer = Host | 'operator';

/** Told of every write at the moment it takes effect. `sentAt` is when its writer let go of it. */
export interface TableWatcher {
  stateWritten(by: Writer, before: MasterState | undefined, after: MasterState, sentAt: number): void;
  voteCast(by: Writer, before: Vote | undefined, after: Vote, sentAt: number): void;
  observationWritten(by: Writer, before: Observation | undefined, after: Observation, sentAt: number): void;
  /** A zone's alert was taken. */
  alertTaken(by: Writer, record: SentinelRecord): void;
}

export class SimulatedTable {
  readonly directory = new Set<string>();
  readonly sentinels = new Map<SentinelId, SentinelRecord>();
  readonly #masters = new Map<string, Master>();
  readonly #watcher: TableWatcher;
  #writes = 0;

  constructor(watcher: TableWatcher) {
    this.#watcher = watcher;
  }

  master(name: string): Master {
    const known = this.#masters.get(name);
    if (known) return known;
    const master: Master = { state: undefined, observations: new Map(), votes: new Map() };
    this.#masters.set(name, master);
    return master;
  }

  newWriteId(): string {
    return `write-${++this.#writes}`;
  }

  /** @returns whether the item still was what `seen` says */
  putState(by: Writer, seen: MasterState | undefined, next: MasterState, sentAt: number): boolean {
    const master = this.master(next.name);
    const before = master.state;
    if (before?.rev !== seen?.rev || before?.writeId !== seen?.writeId) return false;
    master.state = next;
    this.#watcher.stateWritten(by, before, next, sentAt);
    return true;
  }

  putVote(by: Writer, vote: Vote, sentAt: number): boolean {
    const { votes } = this.master(vote.master);
    const key = `${vote.epoch} ${vote.sentinel}`;
    const before = votes.get(key);
    if (before !== undefined) return false;
    votes.set(key, vote);
    this.#watcher.voteCast(by, before, vote, sentAt);
    return true;
  }

  voteOf({ master, epoch, sentinel }: Vote): Vote | undefined {
    return this.master(master).votes.get(`${epoch} ${sentinel}`);
  }

  putObservation(by: Writer, observation: Observation, sentAt: number): boolean {
    const { observations } = this.master(observation.master);
    const before = observations.get(observation.sentinel);
    if (before && isLater(before, observation)) return false;
    observations.set(observation.sentinel, observation);
    this.#watcher.observationWritten(by, before, observation, sentAt);
    return true;
  }

  putSentinel(by: Writer, record: SentinelRecord, seen: number): boolean {
    const before = this.sentinels.get(record.sentinel);
    if ((before?.incarnation ?? 0) !== seen || (before && seen === 0)) return false;
    this.sentinels.set(record.sentinel, record);
    if (record.alertUntil !== undefined && record.incarnation > seen) this.#watcher.alertTaken(by, record);
    return true;
  }
}
