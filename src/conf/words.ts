/** One line of a Redis configuration file as its words, and words as such a line: quotes and escapes as Redis has them. */

export type Split =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly why: string };

const UNBALANCED = 'quotes that are closed, with a blank or the end of the line behind them';
const NO_TEXT = 'text in UTF-8, without a NUL';

const BLANK = /[ \t\n\v\f\r]/;
const ENDS_WORD = /[ \t\n\r]/;
const HEX_PAIR = /^[0-9A-Fa-f]{2}$/;
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\x07': '\\a' },
  ...{ '"': '\\"', '\\': '\\\\' },
};
/** What means itself without quotes. */
const PLAIN = /^[\x21\x23-\x26\x28-\x7e]+$/;

/**
 * @param line - a character for each byte (latin1), for an escape such as `\xc3` is a byte and not a character
 * @returns the words as text, or what is allowed instead
 */
export function splitWords(line: string): Split {
  const words: string[] = [];
  for (let at = 0; ; ) {
    while (at < line.length && BLANK.test(line.charAt(at))) at += 1;
    if (at >= line.length) return decoded(words);
    const read = readWord(line, at);
    if (!read) return { ok: false, why: UNBALANCED };
    words.push(read.word);
    at = read.end;
  }
}

/** A line that {@link splitWords} splits into these words, a character for each byte. */
export function joinWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}

function quoteWord(word: string): string {
  if (PLAIN.test(word)) return word;
  const bytes = Buffer.from(word, 'utf8').toString('latin1');
  const escaped = bytes.replace(
    /[^\x20\x21\x23-\x5b\x5d-\x7e]/g,
    (byte) => ESCAPES[byte] ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}

/** A quote may open in the middle of a word, and ends it. */
function readWord(line: string, start: number): { word: string; end: number } | undefined {
  let word = '';
  for (let at = start; at < line.length; at++) {
    const sign = line.charAt(at);
    if (ENDS_WORD.test(sign)) return { word, end: at };
    if (sign === '"' || sign === "'") {
      const quoted = readQuoted(line, at + 1, sign);
      return quoted && { word: word + quoted.word, end: quoted.end };
    }
    word += sign;
  }
  return { word, end: line.length };
}

function readQuoted(line: string, start: number, quote: string): { word: string; end: number } | undefined {
  let word = '';
  for (let at = start; at < line.length; at++) {
    const sign = line.charAt(at);
    if (sign === quote) {
      const end = at + 1;
      return end === line.length || BLANK.test(line.charAt(end)) ? { word, end } : undefined;
    }
    const escaped = sign === '\\' ? readEscape(line, at + 1, quote) : undefined;
    word += escaped?.byte ?? sign;
    at += escaped?.length ?? 0;
  }
  return undefined;
}

/** In single quotes only the quote itself can be escaped. */
function readEscape(line: string, at: number, quote: string): { byte: string; length: number } | undefined {
  const sign = line.charAt(at);
  if (quote === "'") return sign === "'" ? { byte: sign, length: 1 } : undefined;
  const hex = line.slice(at + 1, at + 3);
  if (sign === 'x' && HEX_PAIR.test(hex)) {
    return { byte: String.fromCharCode(Number.parseInt(hex, 16)), length: 3 };
  }
  return sign === '' ? undefined : { byte: ESCAPED[sign] ?? sign, length: 1 };
}

function decoded(words: readonly string[]): Split {
  try {
    const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const texts = words.map((word) => utf8.decode(Buffer.from(word, 'latin1')));
    return texts.some((text) => text.includes('\0'))
      ? { ok: false, why: NO_TEXT }
      : { ok: true, words: texts };
  } catch {
    return { ok: false, why: NO_TEXT };
  }
}
