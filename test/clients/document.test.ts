import { expect, test } from 'vitest';
import { JAVASCRIPT, OTHERS, runnable, title } from './catalogue.ts';
import { documented, readDocument, withSnippets } from './document.ts';
import { problems, table } from './table.ts';

const CLIENTS = [...JAVASCRIPT, ...OTHERS];
const PASSAGE = { switchMs: 1000, firstWriteMs: 20, lost: 0, failed: 3 };

test('docs/CLIENTS.md shows the configurations that are run, of every client', () => {
  const document = readDocument();
  expect(withSnippets(document), 'after a change: npm run test:clients -- --docs').toBe(document);
  const shown = documented(document);
  for (const { folder, snippet } of CLIENTS) {
    for (const part of snippet) {
      expect(shown.filter((one) => one.startsWith(`${folder}/`) && one.endsWith(` ${part}`))).toHaveLength(1);
    }
  }
});

test('its table has a row for every client that is run', () => {
  const rows = readDocument().split('\n');
  for (const { name, protocol, needs } of CLIENTS) {
    expect(
      rows.filter((row) => row.startsWith(`| ${name} |`) && row.includes(` | ${protocol} | `)),
    ).not.toEqual([]);
    expect(
      rows.some((row) => row.endsWith(`| ${needs} |`)),
      needs,
    ).toBe(true);
  }
});

test('a part that no program has is told', () => {
  const document = '<!-- ioredis/writer.ts nothing -->\n```ts\n```';
  expect(() => withSnippets(document)).toThrow('test/clients/ioredis/writer.ts has no part "nothing"');
});

test('a changed configuration is noticed', () => {
  const stale = readDocument().replace('new Redis({', 'new Redis({ stale,');
  expect(withSnippets(stale)).not.toBe(stale);
});

test('every client has a title of its own', () => {
  expect(new Set(CLIENTS.map(title)).size).toBe(CLIENTS.length);
});

test('what went wrong is told with its client, and what never came as such', () => {
  const [client] = CLIENTS;
  if (!client) throw new Error('no client');
  const result = {
    client,
    version: '6.0.0',
    killed: { ...PASSAGE, firstWriteMs: Number.NaN },
    handedOver: PASSAGE,
  };
  expect(table([{ ...result, problems: [] }])).toContain('| 1000 ms | never | 0 | 3 |');
  expect(problems([{ ...result, problems: ['it ended'] }])).toEqual(['ioredis 6.0.0, RESP3: it ended']);
});

test('a client that nobody knows is refused', () => {
  const [client] = OTHERS;
  if (!client) throw new Error('no client');
  expect(() => runnable({ ...client, folder: 'hiredis' }, false)).toThrow('no client "hiredis"');
});
