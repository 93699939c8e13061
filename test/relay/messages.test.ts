import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENTS_KEPT, type MasterState, type RecordedEvent } from '../../src/core/model.ts';
import { messagesOf } from '../../src/relay/messages.ts';
import { AT, aCalmState, observed, written } from './writes.ts';

const CALM = aCalmState('m');

function grown(before: MasterState, count: number): MasterState {
  return written(
    before,
    Array.from({ length: count }, () => '+slave'),
  );
}

function toldOf(before: MasterState | undefined, after: MasterState): string[] {
  return messagesOf({ kind: 'state', before, after }).map(({ id, event }) => `${id} ${event.type}`);
}

const slaves = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `m:${from + i} +slave`);

describe('a change of a state tells', () => {
  const five = grown(CALM, 5);
  const eight = grown(five, 3);
  test.each<[string, MasterState | undefined, MasterState, string[]]>([
    ['the events it adds', five, eight, slaves(6, 8)],
    ['nothing when it adds none', eight, { ...eight, rev: 9 }, []],
    ['nothing of an image that is older', eight, five, []],
    ['all there is of the first state', undefined, five, slaves(1, 5)],
    [
      'all that is kept without its old image',
      undefined,
      grown(five, EVENTS_KEPT),
      ['m:5 +events-missed', ...slaves(6, 5 + EVENTS_KEPT)],
    ],
    [
      'what more events than are kept have pushed out',
      five,
      grown(grown(five, 20), 20),
      ['m:13 +events-missed', ...slaves(14, 45)],
    ],
    ['what is counted and nowhere kept', five, { ...five, lastSeq: 9 }, ['m:9 +events-missed']],
  ])('%s', (_, before, after, told) => {
    expect(toldOf(before, after)).toEqual(told);
  });

  test('which numbers were missed, by the master they are about', () => {
    const [missed] = messagesOf({ kind: 'state', before: five, after: grown(grown(five, 20), 20) });
    expect(missed).toMatchObject({
      id: 'm:13',
      event: { seq: 13, by: 'relay', payload: 'master m 10.0.0.1 6379 #events 6-13' },
    });
  });
});

test('whatever is written, each number is told once, in order, by itself or as missed', () => {
  const writes = fc.array(fc.integer({ min: 0, max: EVENTS_KEPT + 8 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(writes, fc.boolean(), (counts, firstIsMissing) => {
      let state = firstIsMissing ? grown(CALM, 5) : CALM;
      let last = state.lastSeq;
      for (const count of counts) {
        const next = grown(state, count);
        for (const { id, event } of messagesOf({ kind: 'state', before: state, after: next })) {
          expect(id).toBe(`m:${event.seq}`);
          const [, first] = /#events (\d+)-/.exec(event.payload) ?? [];
          expect(Number(first ?? event.seq)).toBe(last + 1);
          if (first === undefined) expect(next.events).toContain(event);
          else expect(next.events.some(({ seq }) => seq <= event.seq)).toBe(false);
          last = event.seq;
        }
        expect(last).toBe(next.lastSeq);
        state = next;
      }
    }),
  );
});

describe('a rewrite of an observation tells', () => {
  const sdown = event(1, AT, '+sdown');
  const lifted = event(2, AT + 50, '-sdown');
  test.each<[string, RecordedEvent[] | undefined, number, RecordedEvent[], string[]]>([
    ['what it adds', [sdown], AT + 50, [sdown, lifted], [`m:b:${AT + 50}:2`]],
    ['nothing when it only says the same again', [sdown], AT + 900, [sdown], []],
    ['all of the first one', undefined, AT, [sdown], [`m:b:${AT}:1`]],
    [
      'only its own, when the one before it was swept',
      undefined,
      AT + 50,
      [sdown, lifted],
      [`m:b:${AT + 50}:2`],
    ],
    [
      'its own, under a number that another environment has used',
      [event(7, AT, '+tilt')],
      AT + 50,
      [lifted],
      [`m:b:${AT + 50}:2`],
    ],
    ['nothing anew, in the same millisecond', [lifted], AT + 50, [lifted], []],
  ])('%s', (_, known, at, events, ids) => {
    const before = known && observed('m', 'b', AT - 1, known);
    const messages = messagesOf({ kind: 'observation', before, after: observed('m', 'b', at, events) });
    expect(messages.map(({ id }) => id)).toEqual(ids);
    expect(messages.every(({ sentinel, master }) => sentinel === 'b' && master === 'm')).toBe(true);
  });
});

function event(seq: number, at: number, type: string): RecordedEvent {
  return { seq, at, by: 'b', type, payload: 'master m 10.0.0.1 6379' };
}
