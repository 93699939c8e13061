/** Redis' glob patterns, as SENTINEL RESET takes them: `*`, `?`, `[a-z]`, `[^a-z]`, and `\` before a sign that is meant. */

/** One sign of the pattern: what it takes of the text, or any run of signs. */
type Sign = '*' | ((sign: string) => boolean);

/** Walks back to the last `*` alone, so that no pattern takes more than pattern × text steps. */
export function globMatches(pattern: string, text: string): boolean {
  const signs = readPattern([...pattern]);
  const letters = [...text];
  let at = 0;
  let back: { sign: number; letter: number } | undefined;
  for (let letter = 0; letter < letters.length; ) {
    const sign = signs[at];
    if (sign === '*') {
      back = { sign: at, letter };
      at += 1;
    } else if (sign?.(letters[letter] ?? '')) {
      at += 1;
      letter += 1;
    } else if (back) {
      back = { ...back, letter: back.letter + 1 };
      at = back.sign + 1;
      letter = back.letter;
    } else return false;
  }
  return signs.slice(at).every((sign) => sign === '*');
}

function readPattern(letters: readonly string[]): Sign[] {
  const signs: Sign[] = [];
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i] ?? '';
    if (letter === '*') signs.push('*');
    else if (letter === '?') signs.push(() => true);
    else if (letter === '[') {
      const { end, takes } = readClass(letters, i + 1);
      signs.push(takes);
      i = end;
    } else {
      if (letter === '\\' && i + 1 < letters.length) i += 1;
      const meant = letters[i];
      signs.push((sign) => sign === meant);
    }
  }
  return signs;
}

/** From after `[` to its `]`, or to the end of a pattern that has none. */
function readClass(
  letters: readonly string[],
  start: number,
): { end: number; takes: (sign: string) => boolean } {
  const not = letters[start] === '^';
  const ranges: [string, string][] = [];
  let i = not ? start + 1 : start;
  for (; i < letters.length && letters[i] !== ']'; i++) {
    if (letters[i] === '\\' && i + 1 < letters.length) i += 1;
    const low = letters[i] ?? '';
    const isRange = letters[i + 1] === '-' && i + 2 < letters.length && letters[i + 2] !== ']';
    const high = isRange ? (letters[i + 2] ?? '') : low;
    if (isRange) i += 2;
    ranges.push(low <= high ? [low, high] : [high, low]);
  }
  return { end: i, takes: (sign) => ranges.some(([low, high]) => low <= sign && sign <= high) !== not };
}
