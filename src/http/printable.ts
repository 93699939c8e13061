/**
 * What a caller sent, fit to be shown in a reply or a log line: without control characters, and without the
 * invisible ones that reorder or hide what stands beside them.
 */
export function printable(text: string): string {
  const shown = visible(text);
  return shown.length > MOST_CHARACTERS ? `${shown.slice(0, MOST_CHARACTERS)}…`.toWellFormed() : shown;
}

const MOST_CHARACTERS = 256;

/** The same of every text and every key in what is told as JSON, at any depth; nothing is cut. */
export function stripped<T>(told: T): T {
  return strip(told) as T;
}

function strip(told: unknown): unknown {
  if (typeof told === 'string') return visible(told);
  if (typeof told !== 'object' || told === null) return told;
  if (Array.isArray(told)) return told.map(strip);
  return Object.fromEntries(Object.entries(told).map(([key, value]) => [visible(key), strip(value)]));
}

function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '');
}
