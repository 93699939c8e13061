/** docs/CLIENTS.md: its table is one that was measured, its configurations are parts of the programs that were run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Result } from './passages.ts';
import { table } from './table.ts';

const DOCUMENT = new URL('../../docs/CLIENTS.md', import.meta.url);
const MEASURED = /(<!-- measured -->\n)[\s\S]*?(<!-- \/measured -->)/;
/** `<!-- jedis/Writer.java pool -->`, then a fenced block. */
const SNIPPET = /(<!-- (\S+\/\S+) (\S+) -->\n)```[\s\S]*?```/g;
const LANGUAGES: Readonly<Record<string, string>> = {
  ...{ '.ts': 'ts', '.py': 'python', '.go': 'go', '.java': 'java', '.sh': 'bash' },
};

export function readDocument(): string {
  return readFileSync(DOCUMENT, 'utf8');
}

export function writeDocument(results: readonly Result[]): void {
  const measured = readDocument().replace(MEASURED, (_, open, close) => `${open}${table(results)}\n${close}`);
  writeFileSync(DOCUMENT, withSnippets(measured));
}

/** With every configuration as the program has it now. @throws Error for a part that no program has */
export function withSnippets(document: string): string {
  return document.replace(SNIPPET, (_, mark, file, region) => {
    return `${mark}\`\`\`${LANGUAGES[extname(file)]}\n${snippet(file, region)}\n\`\`\``;
  });
}

/** Of each program and part that has its configuration there. */
export function documented(document: string): string[] {
  return [...document.matchAll(SNIPPET)].map(([, , file, region]) => `${file} ${region}`);
}

function snippet(file: string, region: string): string {
  const lines = readFileSync(new URL(file, import.meta.url), 'utf8').split('\n');
  const first = lines.findIndex((line) => line.trim().endsWith(`#region ${region}`)) + 1;
  const last = lines.findIndex((line, i) => i >= first && line.trim().endsWith('#endregion'));
  if (first === 0 || last < 0) throw new Error(`test/clients/${file} has no part "${region}"`);
  const part = lines.slice(first, last);
  const indent = Math.min(...part.filter((line) => line !== '').map((line) => line.search(/\S/)));
  return part.map((line) => line.slice(indent)).join('\n');
}
