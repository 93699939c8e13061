import { expect, test } from 'vitest';
import { until } from '../../src/local/until.ts';

test('a look that does not come back does not hold up the end of the wait', async () => {
  const never = () => new Promise<true>(() => {});
  await expect(until('an answer', never, { timeoutMs: 50 })).rejects.toThrow(
    'an answer did not happen in 50 ms: the last look has not come back',
  );
});

test('what is found is given back, and what was thrown last is told', async () => {
  let looks = 0;
  expect(await until('the third', () => ++looks === 3 && looks, { timeoutMs: 5000, everyMs: 1 })).toBe(3);
  const refused = () => Promise.reject(new Error('refused'));
  await expect(until('an answer', refused, { timeoutMs: 20 })).rejects.toThrow(/20 ms: refused$/);
});
