/** A configuration file as its lines, each kept to the byte: what nobody changes is written back as it was. */
import { splitWords } from './words.ts';

export interface ConfLine {
  /** From 1. */
  readonly number: number;
  /** A character for each byte (latin1), with its line end; the last line may have none. */
  readonly text: string;
  /** Empty for a blank line or a comment, and where `problem` says why the line cannot be read. */
  readonly words: readonly string[];
  /** What is allowed instead. */
  readonly problem?: string;
}

export function readLines(bytes: Uint8Array): ConfLine[] {
  const texts = Buffer.from(bytes)
    .toString('latin1')
    .split(/(?<=\n)/);
  return texts.filter((text) => text !== '').map((text, i) => readLine(text, i + 1));
}

export function writeLines(lines: readonly Pick<ConfLine, 'text'>[]): Uint8Array {
  return new Uint8Array(Buffer.from(lines.map(({ text }) => text).join(''), 'latin1'));
}

function readLine(text: string, number: number): ConfLine {
  const trimmed = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  if (trimmed === '' || trimmed.startsWith('#')) return { number, text, words: [] };
  const split = splitWords(trimmed);
  return split.ok ? { number, text, words: split.words } : { number, text, words: [], problem: split.why };
}

/** Sentinel's older words, which it still reads. */
const SYNONYMS: Readonly<Record<string, string>> = {
  'known-slave': 'known-replica',
  'primary-reboot-down-after-period': 'master-reboot-down-after-period',
};

/** A line's words with those that are read whatever their case, or under two names, in one form. */
export function canonicalWords(words: readonly string[]): readonly string[] {
  const [directive = '', option, ...rest] = words;
  if (directive.toLowerCase() !== 'sentinel' || option === undefined) {
    return [directive.toLowerCase(), ...words.slice(1)];
  }
  const lower = option.toLowerCase();
  return ['sentinel', SYNONYMS[lower] ?? lower, ...rest];
}
