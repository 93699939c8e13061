import { describe, expect, test } from 'vitest';
import type { NodeLook } from '../../src/core/looks.ts';
import {
  alarming,
  describeHealth,
  health,
  reached,
  replicaDown,
  subjectivelyDown,
  subjectivelyDownAt,
} from '../../src/core/observation.ts';
import { afterLooks, answered, at, masterInfo, N1, refused, silent } from './samples.ts';

const ok = (mono: number) => answered(N1, mono, masterInfo());
const no = (mono: number) => refused(N1, mono);
const mute = (mono: number, since: number) => silent(N1, mono, since);
const busy = (mono: number): NodeLook => ({
  node: N1,
  sentAt: mono,
  at: mono,
  outcome: 'busy',
  detail: 'BUSY',
  link: 'l',
});
const wrong = (mono: number): NodeLook => ({
  ...{ node: N1, sentAt: mono, at: mono, outcome: 'misconfigured', detail: 'WRONGPASS' },
});
const says = (reply: 'loading' | 'masterdown', mono: number): NodeLook => ({
  ...{ node: N1, sentAt: mono, at: mono, outcome: 'answered', reply, link: 'l' },
});
const each = (from: number, to: number, look: (mono: number) => NodeLook, every = 100): NodeLook[] =>
  Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, i) => look(from + i * every));

/** When S_DOWN falls, in ms, after these looks. */
const DEADLINES: readonly (readonly [
  story: string,
  downAfterMs: number,
  looks: NodeLook[],
  at: number | undefined,
])[] = [
  ['answers: never', 1000, [ok(0)], undefined],
  ['silent: from the first unanswered probe, not the last reply', 1000, [ok(0), mute(950, 900)], 1900],
  ['silent still: the same deadline', 1000, [ok(0), mute(950, 900), mute(1800, 900)], 1900],
  ['silent from the start: from its first probe', 1000, [mute(100, 80)], 1080],
  [
    'silent in flight over a gap of a minute: all of it counts',
    90_000,
    [mute(100, 80), mute(60_100, 80)],
    90_080,
  ],
  [
    'silent on a new probe after a gap: a second of the gap counts',
    5000,
    [mute(100, 80), mute(10_100, 10_080)],
    14_080,
  ],
  ['refused: from the last valid reply', 1000, [ok(0), no(300)], 1000],
  ['refused late: at least 500 ms of refusals', 1000, [ok(0), no(900)], 1400],
  ['refused with a short down-after: refusals for down-after', 200, [ok(0), no(900)], 1100],
  ['refused after a gap: a second of the gap counts', 5000, [ok(0), no(60_000)], 64_000],
  ['refused from the start: no credit for what was not watched', 5000, [no(700)], 5700],
  ['refused every look: the first refusal counts', 1000, [ok(0), ...each(300, 900, no)], 1000],
  ['refused, nobody looked for 3 s, refused: a second of it counts', 5000, [ok(0), no(500), no(3500)], 6500],
  ['refused, then silent: from the first failure on', 1000, [ok(0), no(300), mute(450, 400)], 1300],
  ['silent, then refused: the refusal brings it forward', 5000, [ok(0), mute(450, 400), no(500)], 5000],
  [
    'silent, refused, silent, refused: the refusals begin anew',
    1000,
    [ok(0), mute(150, 100), no(200), mute(350, 300), no(900)],
    1100,
  ],
  ['answered between: forgotten', 1000, [ok(0), no(300), ok(400), no(500)], 1400],
  ['loading is a valid reply', 1000, [no(0), says('loading', 100)], undefined],
  ['masterdown is a valid reply', 1000, [no(0), says('masterdown', 100)], undefined],
  ['busy is none: from the first busy probe', 1000, [ok(0), busy(200), busy(700)], 1200],
  ['misconfigured is not down', 1000, [ok(0), wrong(100), wrong(5000)], undefined],
  ['misconfigured after refusals: up again', 1000, [ok(0), no(100), wrong(200)], undefined],
  [
    'refused after misconfigured: from the last valid reply, a second before the refusal at most',
    5000,
    [ok(0), wrong(4000), no(4100)],
    8100,
  ],
];

describe('S_DOWN', () => {
  test.each(DEADLINES)('%s', (_, downAfterMs, looks, deadline) => {
    const node = afterLooks(...looks);
    expect(subjectivelyDownAt(node, downAfterMs)).toBe(deadline);
    const last = looks.at(-1);
    if (deadline === undefined || !last) return;
    const goingOn = (until: number) => {
      const same = each(last.at, until, (mono) => ({ ...last, sentAt: mono, at: mono }), 500);
      return afterLooks(...looks, ...same, { ...last, sentAt: until, at: until });
    };
    expect(subjectivelyDown(goingOn(deadline - 1), downAfterMs)).toBe(false);
    expect(subjectivelyDown(goingOn(deadline), downAfterMs)).toBe(true);
  });

  test('takes a look that finds it so: time in which nobody looks proves nothing', () => {
    const node = afterLooks(ok(0), no(100), busy(200));
    expect(subjectivelyDownAt(node, 1000)).toBe(1100);
    expect(subjectivelyDown(node, 1000)).toBe(false);
  });
});

describe('a node whose replies come too late for their looks', () => {
  /** Each look waits 20 ms; each reply takes 30 and comes before the next one. */
  const slow = (from: number, to: number) =>
    each(from, to, (mono) => ({
      ...{ ...mute(mono + 20, mono), sentAt: mono, outcome: 'silent', since: mono },
      ...(mono > from && { heard: { at: mono - 70, afterMs: 30 } }),
    }));

  test('is slow and not down', () => {
    const node = afterLooks(ok(0), ...slow(100, 5000));
    expect(node.noReplySince).toBe(5000);
    expect(node.lastValidAt).toBe(4930);
    expect(subjectivelyDown(node, 1000)).toBe(false);
    expect(replicaDown(node, 1000)).toBe(false);
    expect(alarming(node, 1000, at(5020))).toBe(false);
  });

  test('is down by its oldest unanswered probe once it says nothing more', () => {
    const heard = { at: 1930, afterMs: 30 };
    const dead = each(2000, 3100, (mono) => ({ ...mute(mono + 20, 2000), sentAt: mono, ...{ heard } }));
    const node = afterLooks(ok(0), ...slow(100, 1900), ...dead);
    expect(subjectivelyDownAt(node, 1000)).toBe(3000);
    expect(subjectivelyDown(node, 1000)).toBe(true);
  });

  test.each([
    ['refuses', no],
    ['says BUSY', busy],
  ])('fails anew when it has answered late and then %s', (_, look) => {
    const heard = { at: 930, afterMs: 700 };
    const silent = each(100, 900, (mono) => mute(mono, 100));
    const node = afterLooks(ok(0), ...silent, { ...look(1000), heard } as NodeLook);
    expect(node.lastValidAt).toBe(930);
    expect(subjectivelyDown(node, 500)).toBe(false);
    expect(subjectivelyDownAt(node, 500)).toBe(1500);
    const without = afterLooks(ok(0), ...silent, look(1000));
    expect(subjectivelyDown(without, 500)).toBe(true);
  });

  test('is given time for its replies: how long they take is remembered', () => {
    expect(afterLooks(...slow(100, 300)).replyMs).toBe(30);
    const quick = { ...ok(400), sentAt: 398 };
    expect(afterLooks(...slow(100, 300), quick).replyMs).toBe(30 + (2 - 30) / 8);
  });
});

describe('a replica, which only pulses look at,', () => {
  const MINUTE = 60_000;
  test.each([
    ['refuses', no],
    ['says BUSY', busy],
    ['is silent, each time on a new probe', (mono: number) => mute(mono, mono)],
  ])('is down when every look of a minute failed: it %s', (_, look) => {
    const node = afterLooks(ok(0), look(MINUTE), look(2 * MINUTE));
    expect(replicaDown(node, 30_000)).toBe(true);
    expect(replicaDown(afterLooks(ok(0), look(MINUTE)), 30_000)).toBe(false);
    expect(subjectivelyDown(node, 30_000)).toBe(false);
  });

  test.each([
    ['answered', ok],
    ['was misconfigured', wrong],
  ])('and not when it %s between', (_, look) => {
    const node = afterLooks(ok(0), no(MINUTE), look(1.5 * MINUTE), no(2 * MINUTE));
    expect(replicaDown(node, 30_000)).toBe(false);
  });
});

describe('an alarming node', () => {
  test.each([
    ['refuses', no],
    ['says BUSY', busy],
  ])('%s', (_, look) => {
    expect(alarming(afterLooks(ok(0), look(1)), 30_000, at(1))).toBe(true);
  });

  test('or is silent for half of down-after', () => {
    const node = afterLooks(ok(0), mute(100, 100));
    expect(alarming(node, 1000, at(599))).toBe(false);
    expect(alarming(node, 1000, at(600))).toBe(true);
  });

  test('or is found silent by pulses so far apart that the time between proves nothing', () => {
    const [one, two] = [60_000, 120_000];
    expect(alarming(afterLooks(ok(0), mute(one, one)), 30_000, at(one))).toBe(false);
    expect(alarming(afterLooks(ok(0), mute(one, one), mute(two, two)), 30_000, at(two))).toBe(true);
  });

  test.each([
    ['silence', [mute(2, 2)]],
    ['a longer silence', [mute(2, 2), mute(200, 2), mute(400, 2)]],
    ['BUSY', [busy(2), mute(3, 3)]],
  ])('or refused before: %s is no sign of life', (_, looks) => {
    expect(alarming(afterLooks(ok(0), no(1), ...looks), 30_000, at(400))).toBe(true);
  });

  test.each([
    ['it answered', ok(2)],
    ['it is only misconfigured', wrong(2)],
    ['a late reply of it came', { ...mute(2, 2), heard: { at: 2, afterMs: 30 } } as NodeLook],
  ])('and no longer when %s', (_, look) => {
    expect(alarming(afterLooks(ok(0), no(1), look), 1000, at(3))).toBe(false);
    expect(alarming(afterLooks(ok(0), no(1), look, mute(4, 4)), 1000, at(5))).toBe(false);
  });
});

describe('health as others read it', () => {
  test.each([
    ['up', ok(0), 'answers'],
    ['up', says('loading', 0), 'answers loading'],
    ['silent', mute(0, 0), 'is silent for 70 ms'],
    ['silent', busy(0), 'takes no commands for 70 ms (BUSY)'],
    ['refused', no(0), 'refuses for 70 ms (ECONNREFUSED)'],
    ['misconfigured', wrong(0), 'is up but misconfigured (WRONGPASS)'],
  ] as const)('%s', (found, look, sentence) => {
    const node = afterLooks(look);
    expect(health(node)).toBe(found);
    expect(describeHealth(node, at(70))).toBe(sentence);
  });

  test('of a node nobody looked at is said so', () => {
    expect(describeHealth(undefined, at(0))).toBe('not looked at yet');
  });
});

describe('a node is reached', () => {
  test('when the last look itself read its INFO', () => {
    expect(reached(afterLooks(ok(0)))).toBe(true);
    expect(reached(afterLooks(ok(0), answered(N1, 100)))).toBe(false);
    expect(reached(afterLooks(ok(0), no(100)))).toBe(false);
    expect(reached(undefined)).toBe(false);
  });

  test('and what it once told outlives the looks that do not tell it', () => {
    const { runId: _, ...brief } = masterInfo({ offset: 120 });
    const node = afterLooks(ok(0), answered(N1, 100, brief), no(200));
    expect(node).toMatchObject({ runId: 'run-1', fullInfoAt: 0, infoAt: 100, info: { offset: 120 } });
    expect(node.lastValidAt).toBe(100);
  });
});
