import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DIRECTIVE_NAMES } from '../src/core/directives.ts';

const PAGE = 'docs/BEHAVIOUR.md';
const rows = readFileSync(PAGE, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('|---'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')))
  .filter(([, , , shown]) => shown !== 'shown by');

/** `file`, or `file`: "name of a test in it" */
function references(cell: string): { file: string; name: string | undefined }[] {
  return [...cell.matchAll(/`([^`]+)`(?:: "([^"]+)")?/g)].map(([, file = '', name]) => ({ file, name }));
}

/** What the first column names in code. */
const named = new Set(
  rows.flatMap(([what = '']) => references(what).map(({ file }) => file.split(' ')[0] ?? '')),
);

const SENTINELS_DIRECTIVES =
  `monitor down-after-milliseconds failover-timeout parallel-syncs auth-pass auth-user
  notification-script client-reconfig-script rename-command master-reboot-down-after-period announce-ip announce-port
  deny-scripts-reconfig sentinel-user sentinel-pass resolve-hostnames announce-hostnames myid current-epoch config-epoch
  leader-epoch known-replica known-slave known-sentinel protected-mode port daemonize pidfile loglevel logfile dir aclfile
  user requirepass`.split(/\s+/);

const SENTINELS_EVENTS =
  `+monitor -monitor +reset-master +set +sdown -sdown +odown -odown +new-epoch +try-failover
  +vote-for-leader +elected-leader +failover-state-select-slave +selected-slave +promoted-slave
  +failover-state-reconf-slaves +failover-end +failover-end-for-timeout -failover-abort-not-elected
  -failover-abort-no-good-slave -failover-abort-slave-timeout -failover-abort-master-timeout +config-update-from
  +switch-master +tilt -tilt +slave +sentinel +reboot +convert-to-slave +fix-slave-config
  +failover-state-send-slaveof-noone +failover-state-wait-promotion +slave-reconf-sent +slave-reconf-inprog
  +slave-reconf-done -slave-reconf-sent-timeout +role-change -role-change`.split(/\s+/);

/** Every event that the core's source names, and so every event that can be told. */
function eventsOfTheCore(): string[] {
  const sources = globSync('src/core/**/*.ts').map((file) => readFileSync(file, 'utf8'));
  return [...new Set(sources.flatMap((text) => text.match(/(?<=')[+-][a-z][a-z-]+(?=')/g) ?? []))];
}

function pathOf(file: string): string {
  return file.endsWith('.txt') ? `test/transcripts/${file}` : `test/${file}`;
}

/** After `test(`, `it.skipIf(…)(`, `describe.each([…])(`: what stands in quotes, on that line or the next. */
const TITLE = /(?:\b(?:test|it|describe)(?:\.\w+)*|[)`])\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
/** The first cell of a table's row: the title itself where that is '%s'. */
const ROW = /\[\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1,/g;

/** The titles of the tests in a source, not whatever else it says. */
function titlesIn(source: string): readonly string[] {
  const found = (pattern: RegExp) => [...source.matchAll(pattern)].map(([, , title = '']) => title);
  const titles = found(TITLE);
  const all = titles.includes('%s') ? [...titles, ...found(ROW)] : titles;
  return all.map((title) => title.replace(/\\(.)/g, '$1'));
}

describe('the page of behaviour', () => {
  it('has rows, each with four columns', () => {
    expect(rows.length).toBeGreaterThan(30);
    for (const row of rows) expect(row).toHaveLength(4);
  });

  it('has a row for every directive, Sentinel’s and ours', () => {
    const missing = [...SENTINELS_DIRECTIVES, ...DIRECTIVE_NAMES].filter((name) => !named.has(name));
    expect(missing).toEqual([]);
  });

  it('has a row for every event, Sentinel’s and whatever the core can tell', () => {
    const told = eventsOfTheCore();
    expect(told.length).toBeGreaterThan(40);
    expect([...SENTINELS_EVENTS, ...told].filter((name) => !named.has(name))).toEqual([]);
  });

  it('has a row for each rule that keeps it safe', () => {
    const rules = rows.flatMap(([what = '']) => what.match(/^I\d+(?= )/) ?? []);
    expect(rules).toEqual(Array.from({ length: 11 }, (_, i) => `I${i + 1}`));
  });

  it.each(rows)('says of "%s" only what a test shows', (_, __, here = '', shown = '') => {
    const named = references(shown);
    if (named.length === 0) expect(here).toMatch(/not built yet|does not apply/);
    for (const { file, name } of named) {
      expect(existsSync(pathOf(file)), `${file} exists`).toBe(true);
      if (name) expect(titlesIn(readFileSync(pathOf(file), 'utf8')), file).toContain(name);
    }
  });

  it.each([
    ['in quotes', `test('a name', () => {})`, ['a name']],
    ['in a template string, on the next line', 'it.skipIf(gone)(\n  `a name`, () => {})', ['a name']],
    ['of a table', `describe.each([['x', 1]])('with %s a name', (x) => {})`, ['with %s a name']],
    ['in a row of a table', `test.each([\n  ['a name', 1],\n])('%s', () => {})`, ['%s', 'a name']],
    ['with a sign that is escaped', `test('Sentinel\\'s name', () => {})`, [`Sentinel's name`]],
    ['nowhere, only in what is asked', `expect('a name').toBe(rows['a name'])`, []],
  ])('finds the title of a test %s', (_, source, titles) => {
    expect(titlesIn(source)).toEqual(titles);
  });
});
