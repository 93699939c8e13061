/** Sentinels under test: ours, or the yardstick. The rounds know only this much of them. */
import type { Fault } from './fault.ts';
import type { Group } from './group.ts';

/** Ends what a fault began. Called once, after every fault of the round has begun. */
export type Lift = () => Promise<void>;

export interface Subject {
  readonly title: string;
  readonly master: string;
  readonly group: Group;
  /** Where clients ask: `GET /masters/{name}`. */
  readonly readUrl: string;
  /** @returns `host:port` as it is announced */
  currentMaster(): Promise<string>;
  /** @returns undefined when it has no such fault */
  begin(fault: Fault): Promise<Lift | undefined>;
  /** What keeps the sentinels from being at rest, beside the nodes themselves. @returns undefined: nothing */
  unsettled(): Promise<string | undefined>;
  /** How each change of the master came about, oldest first: `automatic`, `coordinated`, … */
  readonly switches: readonly string[];
  /** How many failovers have come to their end. */
  completed(): number;
  /** What may never happen and did. */
  broken(): readonly string[];
  /** Whether it promises what the rounds and the clients' history are held to; else that is only counted. */
  readonly judged: boolean;
  /** What its processes wrote since it was last asked. */
  takeLog(): readonly string[];
  events(): readonly string[];
  /** Its processes that run now: of what should need no more after a hundred rounds than after one. */
  watched(): readonly number[];
  end(): Promise<void>;
}
