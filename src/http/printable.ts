/**
 * What a caller sent, fit to be shown in a reply or a log line: without control characters, and without the
 * invisible ones that reorder or hide what stands beside them.
 */
export function printable(text: string): string {
  const shown = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '');
  return shown.length > MOST_CHARACTERS ? `${shown.slice(0, MOST_CHARACTERS)}…`.toWellFormed() : shown;
}

const MOST_CHARACTERS = 256;
