/** One round: faults begin, last for a while and are lifted, under clients that write; then everything must be well. */
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../../src/local/until.ts';
import { Writer } from '../../src/local/writer.ts';
import { describe } from './fault.ts';
import { brokenLosses } from './losses.ts';
import { overdue, type Plan } from './plan.ts';
import type { Reader } from './reader.ts';
import { RoleWatch, type Watched } from './role-watch.ts';
import type { Lift, Subject } from './subject.ts';

const WRITERS = 3;
const BETWEEN_WRITES_MS = 10;

export interface RoundResult extends Watched {
  readonly round: number;
  readonly failovers: number;
  /** A failover that was due did not come, and clients had no master. */
  readonly missed: boolean;
  /** From the moment the faults were lifted. */
  readonly healedAfterMs: number;
  readonly acknowledged: number;
  readonly lost: number;
  /** Of the plan's faults, those that these sentinels cannot have. */
  readonly notHere: readonly string[];
  /** What may never happen and did. */
  readonly broken: readonly string[];
}

/**
 * @param healMs - how long it may take from the last fault's end until all is well
 * @throws Error that names what is not well
 */
export async function playRound(
  subject: Subject,
  plan: Plan,
  reader: Reader,
  healMs: number,
): Promise<RoundResult> {
  const before = marks(subject, reader);
  const key = (i: number) => `faults:${plan.round}:${i}`;
  const writers = Array.from(
    { length: WRITERS },
    (_, i) =>
      new Writer(subject.readUrl, subject.master, { key: key(i), betweenWritesMs: BETWEEN_WRITES_MS }),
  );
  reader.follow(key(0));
  for (const writer of writers) writer.start();
  const watch = new RoleWatch(subject.group.nodes.map(({ address }) => address));
  try {
    const notHere = await endure(subject, plan);
    const liftedAt = performance.now();
    await healed(subject, healMs);
    const healedAfterMs = Math.round(performance.now() - liftedAt);
    for (const writer of writers) await writer.end();
    const master = await healed(subject, healMs);
    const node = subject.group.addressOf(master);
    let lost = 0;
    for (const writer of writers) lost += await writer.lostAt(node);
    const acknowledged = writers.reduce((sum, writer) => sum + writer.acknowledged.length, 0);
    const watched = await watch.end();
    const failovers = subject.completed() - before.completed;
    const late = overdue(plan, subject.switches.slice(before.switches));
    const broken = [...(subject.judged ? late : []), ...brokenSince(subject, reader, before, lost)];
    return {
      round: plan.round,
      ...watched,
      failovers,
      missed: late.length > 0,
      healedAfterMs,
      acknowledged,
      lost,
      notHere,
      broken,
    };
  } finally {
    await watch.end();
    for (const writer of writers) await writer.end();
  }
}

/** All is well: the sentinels rest, and every node is what they say. @returns the master */
export async function healed(subject: Subject, timeoutMs: number): Promise<string> {
  return until(
    `all well again (${subject.title})`,
    async () => {
      const unsettled = await subject.unsettled();
      if (unsettled !== undefined) throw new Error(unsettled);
      const master = await subject.currentMaster();
      const amiss = await subject.group.amiss(master);
      if (amiss !== undefined) throw new Error(amiss);
      return master;
    },
    { timeoutMs, everyMs: 50 },
  );
}

/** @returns the faults that these sentinels cannot have */
async function endure(subject: Subject, { faults, liftedAfterMs }: Plan): Promise<string[]> {
  const startedAt = performance.now();
  const reach = (ms: number) => wait(Math.max(0, startedAt + ms - performance.now()));
  const lifts: Lift[] = [];
  const notHere: string[] = [];
  try {
    for (const { afterMs, fault } of faults) {
      await reach(afterMs);
      const lift = await subject.begin(fault);
      if (lift) lifts.push(lift);
      else notHere.push(describe(fault));
    }
    await reach(liftedAfterMs);
  } finally {
    for (const lift of lifts.reverse()) await lift();
  }
  return notHere;
}

interface Marks {
  readonly completed: number;
  readonly switches: number;
  readonly broken: number;
  readonly olderAnswers: number;
  readonly olderNumbers: number;
}

function marks(subject: Subject, reader: Reader): Marks {
  return {
    completed: subject.completed(),
    switches: subject.switches.length,
    broken: subject.broken().length,
    olderAnswers: reader.olderAnswers.length,
    olderNumbers: reader.olderNumbers.length,
  };
}

function brokenSince(subject: Subject, reader: Reader, before: Marks, lost: number): string[] {
  if (!subject.judged) return [];
  return [
    ...subject.broken().slice(before.broken),
    ...reader.olderAnswers.slice(before.olderAnswers),
    ...brokenLosses({
      switches: subject.switches.slice(before.switches),
      lost,
      olderNumbers: reader.olderNumbers.slice(before.olderNumbers),
    }),
  ];
}
