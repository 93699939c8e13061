/** What came of the rounds, each kind of sentinels in a column of its own. */
import type { RoundResult } from './round.ts';
import type { Run } from './rounds.ts';

/**
 * Only the rounds that all of them played to the end, with every fault of the plan: one that only a table can have
 * would be counted against one of them alone.
 */
export function reportCompared(runs: readonly Run[], rounds: readonly number[]): string {
  const whole = ({ results }: Run, round: number) =>
    results.some((result) => result.round === round && result.notHere.length === 0);
  const compared = new Set(rounds.filter((round) => runs.every((run) => whole(run, round))));
  const left = rounds.filter((round) => !compared.has(round));
  const among = ({ round }: RoundResult) => compared.has(round);
  const table = report(runs.map((run) => ({ ...run, results: run.results.filter(among) })));
  const without = left.length > 0 ? `, without ${left.join(', ')}` : '';
  return `compared: ${compared.size} of ${rounds.length} rounds${without}\n${table}`;
}

export function report(runs: readonly Run[]): string {
  const rows = ROWS.map(([name, figure]) => [name, ...runs.map(figure)]);
  const lines = [['', ...runs.map(({ title }) => title)], ...rows];
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart((widths[i] ?? 0) + 3))),
    )
    .map((line) => line.join('').trimEnd())
    .join('\n');
}

type Figure = (run: Run) => string;

const ROWS: readonly (readonly [string, Figure])[] = [
  ['rounds', ({ results }) => String(results.length)],
  ['rounds that failed, of all', ({ failures }) => String(failures.length)],
  ['failovers completed', ({ results }) => String(sum(results.map(({ failovers }) => failovers)))],
  [
    'failovers that were due and did not come',
    ({ results }) => String(results.filter(({ missed }) => missed).length),
  ],
  ['no writable master, median of rounds without, ms', ({ results }) => String(median(outages(results)))],
  ['no writable master, longest, ms', ({ results }) => String(Math.max(0, ...outages(results)))],
  ['no writable master, together, s', ({ results }) => seconds(outages(results))],
  ['two masters, together, s', ({ results }) => seconds(results.map(({ twoMastersMs }) => twoMastersMs))],
  [
    'two masters, longest, ms',
    ({ results }) => String(Math.max(0, ...results.map((one) => one.twoMastersMs))),
  ],
  ['writes acknowledged', ({ results }) => String(sum(results.map(({ acknowledged }) => acknowledged)))],
  ['acknowledged writes lost', ({ results }) => String(sum(results.map(({ lost }) => lost)))],
  [
    'all well after the faults, median, ms',
    ({ results }) => String(median(results.map((one) => one.healedAfterMs))),
  ],
  [
    'all well after the faults, longest, ms',
    ({ results }) => String(Math.max(0, ...results.map((one) => one.healedAfterMs))),
  ],
  ['memory of the sentinel that lived longest, MiB', (run) => grown(run, 'residentMb')],
  ['its open files', (run) => grown(run, 'files')],
  ['rounds it lived', ({ footprint }) => String(Math.max(0, footprint.longest.length - 1))],
  ['processes and sockets left behind', ({ leftBehind }) => String(leftBehind.length)],
];

function outages(results: Run['results']): number[] {
  return results.map(({ withoutMasterMs }) => withoutMasterMs).filter((ms) => ms > 0);
}

/** At its first sample, at its last, and at three in between. */
function grown({ footprint }: Run, what: 'residentMb' | 'files'): string {
  const life = footprint.longest;
  const last = life.length - 1;
  const shown = new Set([0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * last)));
  return [...shown].map((i) => life[i]?.[what] ?? '-').join(' → ');
}

function seconds(ms: readonly number[]): string {
  return (sum(ms) / 1000).toFixed(1);
}

function sum(figures: readonly number[]): number {
  return figures.reduce((all, one) => all + one, 0);
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}
