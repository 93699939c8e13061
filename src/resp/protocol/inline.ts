/** Inline commands, as a person types them: words with spaces between, and quotes as in a shell. */

/** @returns the words, or undefined when a quote is left open or followed by anything but a space. */
export function splitInline(line: string): string[] | undefined {
  const words: string[] = [];
  let i = 0;
  for (;;) {
    while (i < line.length && isSpace(line[i])) i += 1;
    if (i >= line.length) return words;
    const read = readWord(line, i);
    if (!read) return undefined;
    words.push(read.word);
    i = read.end;
  }
}

function readWord(line: string, start: number): { word: string; end: number } | undefined {
  let word = '';
  let i = start;
  while (i < line.length && !isSpace(line[i])) {
    const sign = line[i] ?? '';
    if (sign !== '"' && sign !== "'") {
      word += sign;
      i += 1;
      continue;
    }
    const quoted = sign === '"' ? readDoubleQuoted(line, i + 1) : readSingleQuoted(line, i + 1);
    if (!quoted) return undefined;
    word += quoted.word;
    i = quoted.end;
    if (i < line.length && !isSpace(line[i])) return undefined;
  }
  return { word, end: i };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

function readDoubleQuoted(line: string, start: number): { word: string; end: number } | undefined {
  let word = '';
  for (let i = start; i < line.length; i++) {
    const sign = line[i] ?? '';
    if (sign === '"') return { word, end: i + 1 };
    if (sign !== '\\' || i + 1 >= line.length) {
      word += sign;
      continue;
    }
    const hex = /^x([0-9A-Fa-f]{2})/.exec(line.slice(i + 1, i + 4))?.[1];
    const escaped = line[i + 1] ?? '';
    word += hex === undefined ? (ESCAPES[escaped] ?? escaped) : String.fromCharCode(Number.parseInt(hex, 16));
    i += hex === undefined ? 1 : 3;
  }
  return undefined;
}

function readSingleQuoted(line: string, start: number): { word: string; end: number } | undefined {
  let word = '';
  for (let i = start; i < line.length; i++) {
    const sign = line[i] ?? '';
    if (sign === "'") return { word, end: i + 1 };
    const escaped = sign === '\\' && line[i + 1] === "'";
    word += escaped ? "'" : sign;
    if (escaped) i += 1;
  }
  return undefined;
}

function isSpace(sign: string | undefined): boolean {
  return sign !== undefined && /\s/.test(sign);
}
