import { beforeEach, expect, test } from 'vitest';
import { LastAnswers } from '../../src/http/last-answers.ts';
import { Unavailable } from '../../src/ports.ts';
import { HandClock } from './endpoint.ts';

let clock: HandClock;
let answers: LastAnswers<string>;
beforeEach(() => {
  clock = new HandClock();
  answers = new LastAnswers<string>(clock, { log: () => {} });
});

function pass(ms: number): void {
  clock.advance({ wall: ms, mono: ms });
}

async function unreachable(): Promise<string> {
  throw new Unavailable('no answer in 1000 ms');
}

test('what was found to be gone is forgotten', async () => {
  await answers.answer('orders', async () => 'here');
  pass(1);
  expect(await answers.answer('orders', async () => undefined)).toBeUndefined();
  await expect(answers.answer('orders', unreachable)).rejects.toThrow(Unavailable);
});

test('of two reads side by side the one sent later is kept, whichever returns last', async () => {
  const slow = Promise.withResolvers<string>();
  const first = answers.answer('orders', () => slow.promise);
  pass(10);
  await answers.answer('orders', async () => 'new');
  slow.resolve('old');
  expect(await first).toEqual({ kind: 'current', value: 'old' });
  pass(10);
  expect(await answers.answer('orders', unreachable)).toEqual({ kind: 'stale', value: 'new', ageMs: 10 });
});

test('the age counts from when the read was sent, not from its return', async () => {
  const slow = Promise.withResolvers<string>();
  const first = answers.answer('orders', () => slow.promise);
  pass(700);
  slow.resolve('here');
  await first;
  expect(await answers.answer('orders', unreachable)).toMatchObject({ kind: 'stale', ageMs: 700 });
});

test('a failure that is not the table’s silence is no reason to answer from memory', async () => {
  await answers.answer('orders', async () => 'here');
  const broken = async (): Promise<string> => {
    throw new TypeError('a fault of the program');
  };
  await expect(answers.answer('orders', broken)).rejects.toThrow(TypeError);
});

test('a thousand answers are kept, and the one longest unread goes first', async () => {
  for (let i = 0; i < 1000; i++) await answers.answer(`m${i}`, async () => `${i}`);
  pass(1);
  await answers.answer('m0', async () => '0');
  await answers.answer('m1000', async () => '1000');
  expect(await answers.answer('m0', unreachable)).toMatchObject({ value: '0' });
  expect(await answers.answer('m1000', unreachable)).toMatchObject({ value: '1000' });
  await expect(answers.answer('m1', unreachable)).rejects.toThrow(Unavailable);
});
