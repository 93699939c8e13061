/** What a command tells, and how it ends: never with a stack trace. */

/** Where a command writes: answers to `out`, everything else to `err`. Each ends its text with a line end. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

export const STANDARD_OUTPUT: Output = {
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
};

/** Exit statuses: done, not done, asked in a way that cannot be understood. */
export const DONE = 0;
export const FAILED = 1;
export const MISUSED = 2;
export type Status = typeof DONE | typeof FAILED | typeof MISUSED;

/** What was asked for is wrong: an option, or a file that it names. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
}

/** Rows in columns, two blanks between them. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) => `${indent}${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}
