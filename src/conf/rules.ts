/** How the words behind a directive are read; each rule says what is allowed instead. */
import { readInteger } from '../core/directives.ts';

export interface WordsRule<T> {
  readonly allowed: string;
  /** Undefined for what is not allowed. */
  read(words: readonly string[]): T | undefined;
}

/** A rule for exactly one word. */
function single<T>(allowed: string, read: (word: string) => T | undefined): WordsRule<T> {
  return {
    allowed,
    read: ([word, ...more]) => (word === undefined || more.length > 0 ? undefined : read(word)),
  };
}

export function whole(min: number, max: number): WordsRule<number> {
  return single(`a whole number from ${min} to ${max}`, (word) => readInteger(word, min, max));
}

export const yesNo: WordsRule<boolean> = single('yes or no', (word) => {
  const lower = word.toLowerCase();
  return lower === 'yes' ? true : lower === 'no' ? false : undefined;
});

export function oneOf<T extends string>(...words: readonly T[]): WordsRule<T> {
  return single(`one of ${words.join(', ')}`, (word) => words.find((one) => one === word.toLowerCase()));
}

export function text(allowed: string, pattern = /^/): WordsRule<string> {
  return single(allowed, (word) => (pattern.test(word) ? word : undefined));
}

export function list(allowed: string, pattern: RegExp): WordsRule<readonly string[]> {
  return {
    allowed,
    read: (words) => (words.length > 0 && words.every((word) => pattern.test(word)) ? words : undefined),
  };
}
