import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/core/model.ts';
import { NO_CONDITIONS, news, type Seen } from '../../src/resp/feed/news.ts';

const MASTER = 'master m 10.0.0.1 6379';
const ADDRESS = { host: '10.0.0.1', port: 6379 };

function event(seq: number, at: number, type: string, by = 'a', payload = MASTER): RecordedEvent {
  return { seq, at, by, type, payload };
}

function seen(
  events: readonly RecordedEvent[],
  observed: Readonly<Record<string, readonly RecordedEvent[]>> = {},
): Seen {
  return {
    state: { name: 'm', master: { address: ADDRESS }, events, lastSeq: events.at(-1)?.seq ?? 0 },
    observations: Object.entries(observed).map(([sentinel, of]) => ({ sentinel, events: of })),
  };
}

/** The types told by each read of a row, after the first. */
function told(...reads: readonly Seen[]): string[][] {
  let conditions = NO_CONDITIONS;
  let before: Seen | undefined;
  const all = reads.map((read) => {
    const found = news(before, read, conditions);
    [before, conditions] = [read, found.conditions];
    return found.events.map(({ type }) => type);
  });
  return all.slice(1);
}

const DOWN = (by: string, at: number, seq = 1) => event(seq, at, '+sdown', by);
const UP = (by: string, at: number, seq = 2) => event(seq, at, '-sdown', by);

describe('news', () => {
  it('of the first read are none', () => {
    expect(news(undefined, seen([event(1, 1, '+monitor')]), NO_CONDITIONS).events).toEqual([]);
  });

  it('are the events after the last that was seen, once', () => {
    const first = seen([event(1, 1, '+monitor')]);
    const second = seen([event(1, 1, '+monitor'), event(2, 2, '+slave'), event(3, 3, '+sentinel')]);
    expect(told(first, second, second)).toEqual([['+slave', '+sentinel'], []]);
  });

  it('say how many went by unseen', () => {
    const found = news(seen([event(1, 1, '+monitor')]), seen([event(40, 9, '+slave')]), NO_CONDITIONS);
    expect([found.missed, found.events.length]).toEqual([38, 1]);
  });

  it('of a table that was restored to earlier are none', () => {
    expect(
      told(
        seen([event(9, 9, '+slave')]),
        seen([event(2, 2, '+slave')]),
        seen([event(2, 2, '+slave'), event(3, 9, '+slave')]),
      ),
    ).toEqual([[], ['+slave']]);
  });

  it('of several sentinels come in the order they happened, each in its own', () => {
    const down = { a: [DOWN('a', 10)], b: [event(1, 12, '+tilt', 'b', '#tilt mode entered')] };
    expect(told(seen([]), seen([event(1, 11, '+odown'), event(2, 9, '+new-epoch')], down))).toEqual([
      ['+sdown', '+odown', '+new-epoch', '+tilt'],
    ]);
  });

  it('tell of S_DOWN when the first sentinel sees it, and of its end when the last does', () => {
    expect(
      told(
        seen([], { a: [], b: [] }),
        seen([], { a: [DOWN('a', 1)], b: [] }),
        seen([], { a: [DOWN('a', 1)], b: [DOWN('b', 2)] }),
        seen([], { a: [DOWN('a', 1), UP('a', 3)], b: [DOWN('b', 2)] }),
        seen([], { a: [DOWN('a', 1), UP('a', 3)], b: [DOWN('b', 2), UP('b', 4)] }),
      ),
    ).toEqual([['+sdown'], [], [], ['-sdown']]);
  });

  it('tell of the end of what held at the first read', () => {
    expect(told(seen([], { a: [DOWN('a', 1)] }), seen([], { a: [DOWN('a', 1), UP('a', 2)] }))).toEqual([
      ['-sdown'],
    ]);
  });

  it('are told again of a sentinel that begins its events anew', () => {
    expect(told(seen([], { a: [DOWN('a', 1), UP('a', 2)] }), seen([], { a: [DOWN('a', 9)] }))).toEqual([
      ['+sdown'],
    ]);
  });

  it('do not hold what a sentinel that is gone once saw', () => {
    expect(told(seen([], { a: [DOWN('a', 1)] }), seen([], {}), seen([], { b: [DOWN('b', 3)] }))).toEqual([
      [],
      ['+sdown'],
    ]);
  });

  it('begin anew after a switch', () => {
    const switched = event(1, 5, '+switch-master', 'a', 'm 10.0.0.1 6379 10.0.0.2 6379');
    expect(
      told(
        seen([], { a: [] }),
        seen([], { a: [DOWN('a', 1)] }),
        seen([switched], { a: [DOWN('a', 1)] }),
        seen([switched], { a: [DOWN('a', 1), DOWN('a', 9, 2)] }),
      ),
    ).toEqual([['+sdown'], ['+switch-master'], ['+sdown']]);
  });

  it('leave out what a sentinel saw of the old master, when the switch was told before', () => {
    const switched = seen([event(1, 5, '+switch-master', 'a', 'm 10.0.0.1 6379 10.0.0.2 6379')], { a: [] });
    const after: Seen = {
      ...switched,
      state: { ...switched.state, master: { address: { host: '10.0.0.2', port: 6379 } } },
    };
    const late = { ...after, observations: [{ sentinel: 'a', events: [DOWN('a', 4), UP('a', 9)] }] };
    const ofTheNew = event(3, 10, '+sdown', 'a', 'master m 10.0.0.2 6379');
    const later = {
      ...after,
      observations: [{ sentinel: 'a', events: [DOWN('a', 4), UP('a', 9), ofTheNew] }],
    };
    expect(told(seen([], { a: [] }), after, late, later)).toEqual([['+switch-master'], [], ['+sdown']]);
    // read with the switch, it came before it
    expect(told(seen([], { a: [] }), late)).toEqual([['+sdown', '+switch-master']]);
  });

  it('tell of roles by what is said of whom, whatever the suffix', () => {
    const role = (seq: number, sign: string, by: string, says: string) =>
      event(seq, seq, `${sign}role-change`, by, `${MASTER} new reported role is ${says}`);
    expect(
      told(
        seen([], { a: [] }),
        seen([], { a: [role(1, '-', 'a', 'slave')] }),
        seen([], { a: [role(1, '-', 'a', 'slave'), role(2, '+', 'a', 'master')] }),
      ),
    ).toEqual([['-role-change'], ['+role-change']]);
  });
});
