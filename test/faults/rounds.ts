/** Rounds one after the other on the same sentinels, so that what each leaves behind adds up and is seen. */
import { until } from '../../src/local/until.ts';
import { Footprint } from './footprint.ts';
import { descendants, openSockets } from './left-behind.ts';
import { type Plan, tellPlan } from './plan.ts';
import { Reader } from './reader.ts';
import { healed, playRound, type RoundResult } from './round.ts';
import type { Subject } from './subject.ts';

export interface Failure {
  readonly plan: Plan;
  readonly why: string;
  readonly evidence: Evidence;
}

/** What a round's sentinels told and logged. */
export interface Evidence {
  readonly events: readonly string[];
  readonly log: readonly string[];
}

export interface Run {
  readonly title: string;
  /** Of the rounds that came to their end, with a promise broken or not. */
  readonly results: readonly RoundResult[];
  readonly failures: readonly Failure[];
  readonly footprint: Footprint;
  /** Processes and sockets that were there at the end and not at the start. */
  readonly leftBehind: readonly string[];
}

export interface RunOptions {
  readonly start: () => Promise<Subject>;
  readonly plans: readonly Plan[];
  /** How long all may take to be well again. */
  readonly healMs: number;
  readonly onRound: (title: string, plan: Plan, result: RoundResult | Failure, evidence: Evidence) => void;
}

const LOG_LINES = 60;

export async function playRounds(options: RunOptions): Promise<Run> {
  const before = { processes: descendants(), sockets: openSockets() };
  const results: RoundResult[] = [];
  const failures: Failure[] = [];
  const footprint = new Footprint();
  const left = [...options.plans];
  let title = '';
  // A round that fails may leave anything: the next one begins with sentinels of its own.
  while (left.length > 0) {
    const subject = await options.start();
    title = subject.title;
    const reader = new Reader(subject.readUrl, subject.master);
    try {
      await healed(subject, options.healMs);
      reader.start();
      for (let plan = left.shift(); plan; plan = left.shift()) {
        footprint.take(subject.watched());
        const failure = await play(subject, plan, reader, options, results);
        if (!failure) continue;
        failures.push(failure);
        break;
      }
      footprint.take(subject.watched());
    } finally {
      await reader.end();
      await subject.end();
    }
  }
  return { title, results, failures, footprint, leftBehind: await leftBehind(before) };
}

interface Belongings {
  readonly processes: readonly string[];
  readonly sockets: readonly string[];
}

/** The other end of a connection may take a moment to notice that it is over. */
const GONE_WITHIN_MS = 5000;

async function leftBehind(before: Belongings): Promise<string[]> {
  const left = () => [
    ...descendants().filter((process) => !before.processes.includes(process)),
    ...openSockets().slice(before.sockets.length),
  ];
  await until('nothing left', () => left().length === 0, { timeoutMs: GONE_WITHIN_MS }).catch(() => {}); // told below
  return left();
}

async function play(
  subject: Subject,
  plan: Plan,
  reader: Reader,
  { healMs, onRound }: RunOptions,
  results: RoundResult[],
): Promise<Failure | undefined> {
  const before = subject.events().length;
  const outcome = await playRound(subject, plan, reader, healMs).catch((error: Error) => error);
  const evidence = { events: subject.events().slice(before), log: subject.takeLog() };
  const why = outcome instanceof Error ? outcome.message : outcome.broken.join('; ');
  if (!(outcome instanceof Error)) results.push(outcome);
  const failure = why === '' ? undefined : { plan, why, evidence };
  const result = outcome instanceof Error ? { plan, why, evidence } : (failure ?? outcome);
  onRound(subject.title, plan, result, evidence);
  return failure;
}

export function tellFailure({ plan, why, evidence }: Failure, replay: string): string {
  const told = [...evidence.events, ...evidence.log.slice(-LOG_LINES)].join('\n');
  return `FAILED: ${why}\n${tellPlan(plan)}\n${told}\nreplay: ${replay}`;
}
