import { expect, test } from 'vitest';
import type { MasterState, RecordedEvent } from '../../src/core/model.ts';
import { masterSince } from '../../src/http/since.ts';
import { monitored, withLastFailover } from './state.ts';

const SWITCHED = Date.UTC(2026, 10, 24, 11, 59) + 60;

function event(seq: number, at: number, type: string, payload: string): RecordedEvent {
  return { seq, at, by: 'a', type, payload };
}

function switched(state: MasterState): MasterState {
  const { lastFailover, ...rest } = withLastFailover(state);
  if (!lastFailover?.to) throw new Error('it has switched');
  return { ...rest, lastFailover, configEpoch: 7, master: { address: lastFailover.to } };
}

test('a master that was never failed over is there since it was monitored', () => {
  expect(masterSince(monitored('orders'))).toBe(Date.UTC(2026, 10, 24, 11, 59));
});

test('after a switch it is there since its event', () => {
  const state = switched(monitored('orders'));
  const told = event(2, 5000, '+switch-master', 'orders 10.0.1.5 6379 10.0.2.5 6379');
  expect(masterSince({ ...state, events: [...state.events, told] })).toBe(5000);
});

test('an event that is no longer kept is stood in for by the last failover’s time line', () => {
  expect(masterSince({ ...switched(monitored('orders')), events: [] })).toBe(SWITCHED);
});

test.each<[string, (state: MasterState) => MasterState]>([
  [
    'the last failover ended without a switch',
    (state) => {
      const { lastFailover, ...rest } = state;
      if (!lastFailover) return state;
      const { to, ...aborted } = lastFailover;
      return { ...rest, lastFailover: aborted };
    },
  ],
  ['the master was moved since by an operator', (state) => ({ ...state, configEpoch: 8 })],
  ['it is at another address', (state) => ({ ...state, master: { address: { host: '10.0.9.9', port: 1 } } })],
])('nothing is told when %s', (_, change) => {
  expect(masterSince(change({ ...switched(monitored('orders')), events: [] }))).toBeUndefined();
});
